//! `READINESS_INCLUDES`: what readiness depends on besides the process itself.

use actuator::{Component, Question};
use runtime::Service;

/// What a service needs to call itself ready.
#[derive(Debug, Clone, clap::Args)]
pub struct ReadinessArgs {
    /// Whose absence makes readiness fail; liveness never asks. With anything but `none`, one
    /// database that is away takes every replica out of its Service at once.
    #[arg(long, env, default_value = "none")]
    pub readiness_includes: Includes,
}

/// Whom readiness asks, each for less than a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Includes {
    /// Nobody: ready is who can answer
    None,
    /// The service's database
    Database,
    /// What carries facts: Kafka, or the tables that stand in for it
    Kafka,
    /// Both
    All,
}

impl Includes {
    /// Makes the service's readiness ask these, as far as they are included.
    pub(crate) fn apply(
        self,
        service: Service,
        database: Question,
        transport: Question,
    ) -> Service {
        let (with_database, with_transport) = match self {
            Self::None => (false, false),
            Self::Database => (true, false),
            Self::Kafka => (false, true),
            Self::All => (true, true),
        };
        let part = |name, check| Component { name, check, unit: "answered", about: None };
        let parts = [
            with_database.then(|| part("database", database)),
            with_transport.then(|| part("messaging", transport)),
        ];
        parts.into_iter().flatten().fold(service, Service::include)
    }
}
