//! What faults do to what is behind a service: its database, its transport, and its reactions.

mod database;
mod transport;

use std::sync::Arc;

use anyhow::bail;
use messaging::Transport;
use participant::Interceptor;
use storage::Obstacle;

use self::{database::FaultyDatabase, transport::FaultyTransport};
use crate::faults::{Fault, Faults};

/// The faults of one service, between it and what is behind it.
pub(crate) struct FaultyServers(pub(crate) Faults);

impl Interceptor for FaultyServers {
    fn database(&self) -> Box<dyn Obstacle> {
        Box::new(FaultyDatabase(self.0.clone()))
    }

    fn transport(&self, transport: Arc<dyn Transport>) -> Arc<dyn Transport> {
        Arc::new(FaultyTransport { transport, faults: self.0.clone() })
    }

    fn before_reactions(&self, events: usize) -> anyhow::Result<()> {
        if (0..events).any(|_| self.0.strike(Fault::KafkaPoison).is_some()) {
            bail!("the fault `kafka-poison` is in force");
        }
        Ok(())
    }
}
