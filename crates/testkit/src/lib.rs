//! What tests stand on: the real binary on every backend, plain HTTP byte for byte, and patience.
//!
//! For `[dev-dependencies]` only.

mod autoscaler;
mod balancer;
mod campaign;
mod cell;
mod compose;
mod database;
mod dice;
pub mod fleet;
pub mod http;
pub mod inside;
pub mod invariants;
pub mod ledger;
mod load;
mod metrics;
pub mod namespace;
mod patience;
mod plan;
mod pooler;
mod ports;
pub mod raw_records;
mod replica;
pub mod rows;
mod servers;
pub mod toolbox;
mod topic;
mod wire;
mod workspace;
mod wrong_clock;

pub use autoscaler::{Autoscaler, Reading};
pub use campaign::dose;
pub use cell::Cell;
pub use compose::Compose;
pub use database::Database;
pub use dice::Dice;
pub use fleet::{Doors, Fleet};
pub use http::{Connection, Response};
pub use ledger::Ledger;
pub use load::Load;
pub use metrics::Metrics;
pub use namespace::Namespace;
pub use patience::{eventually, eventually_async, eventually_within};
pub use plan::{Plan, unique_name};
pub use ports::free_base_port;
pub use replica::Replica;
pub use servers::skipped;
pub use topic::Topic;
pub use wire::Wire;
pub use workspace::workspace;
pub use wrong_clock::clock_ahead_by;
