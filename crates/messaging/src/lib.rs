//! Facts out by an outbox and in through an inbox, over whichever transport is configured.

mod batch;
mod blockage;
mod caught;
pub mod dead_letters;
mod inbox;
pub mod kafka;
mod kept;
pub mod outbox;
mod pace;
pub mod reactor;
mod record;
mod relay;
pub mod retention;
pub mod sql_log;
pub mod transport;
mod unordered;

use storage::Migration;

pub use blockage::Blockage;
pub use dead_letters::{DeadLetter, DeadLetters, Summary};
pub use kafka::{Kafka, KafkaArgs};
pub use kept::reason;
pub use outbox::{Outbox, Statement, Transaction};
pub use reactor::{Policy, Reactor};
pub use relay::Relay;
pub use retention::Retention;
pub use sql_log::SqlLog;
pub use transport::{Received, Record, Subscription, Transport};
pub use unordered::Unordered;

/// The tables this crate keeps in each service's own database.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "messaging", sql: include_str!("../schema.sql") },
    Migration { version: 2, name: "traces", sql: include_str!("../schema.2.sql") },
    Migration { version: 10, name: "retention", sql: include_str!("../retention.sql") },
];

/// How facts travel.
#[derive(Debug, Clone, clap::Args)]
pub struct MessagingArgs {
    /// Which originals the facts look like: `sktkanumodel` (`Ordered`, time as text) or `msaez`
    /// (`OrderPlaced`, time in milliseconds). Both are always understood.
    #[arg(long, env, default_value_t)]
    pub event_style: events::Style,

    /// How many times a reaction that fails is tried before its fact goes to the dead letters.
    #[arg(long, env, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub reaction_attempts: u32,

    /// How long to wait before the second attempt; the wait doubles with each further one.
    #[arg(long, env, default_value = "1s")]
    pub reaction_backoff: humantime::Duration,

    /// How long rows stay that nobody needs any more: events that every group has handled, what an
    /// inbox remembers of them, the timelines of orders that are settled; with 0 all of them stay.
    #[arg(long, env, value_name = "DURATION", default_value = "7d")]
    pub retention: Retention,
}
