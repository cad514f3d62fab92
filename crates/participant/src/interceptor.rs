//! What may stand between a service and what is behind it.

use std::sync::Arc;

use events::{Envelope, Event};
use messaging::{Policy, Transaction, Transport};
use storage::Obstacle;

/// Sees every use of a service's database and transport, and each reaction before it begins; it may
/// delay them, or let them fail.
pub trait Interceptor: Send + Sync + 'static {
    /// What is asked before each use of the database.
    fn database(&self) -> Box<dyn Obstacle>;

    /// The transport as it is from now on.
    fn transport(&self, transport: Arc<dyn Transport>) -> Arc<dyn Transport>;

    /// Whether the policy may react to so many events; an error is as if it had failed itself.
    fn before_reactions(&self, events: usize) -> anyhow::Result<()>;
}

/// The interceptor of each service of a process, by the service's name.
pub type Interceptors = Arc<dyn Fn(&'static str) -> Arc<dyn Interceptor> + Send + Sync>;

/// A policy behind an interceptor.
pub(crate) struct Intercepted<P> {
    pub(crate) policy: P,
    pub(crate) interceptor: Arc<dyn Interceptor>,
}

impl<P: Policy> Policy for Intercepted<P> {
    const GROUP: &'static str = P::GROUP;

    fn is_idempotent(&self) -> bool {
        self.policy.is_idempotent()
    }

    fn wants(&self, event: &Event) -> bool {
        self.policy.wants(event)
    }

    async fn react(&self, event: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        self.interceptor.before_reactions(1)?;
        self.policy.react(event, tx).await
    }

    async fn react_all(&self, events: &[Envelope], tx: &mut Transaction) -> anyhow::Result<()> {
        self.interceptor.before_reactions(events.len())?;
        self.policy.react_all(events, tx).await
    }

    fn committed(&self) {
        self.policy.committed();
    }
}
