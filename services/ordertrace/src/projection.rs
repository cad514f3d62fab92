//! The projection: the events of all services become one row for each order, and a timeline.

use events::{Envelope, Event};
use messaging::{Policy, Transaction};
use tokio::sync::watch;

use crate::{
    progress::Progress,
    store::{self, Overwrite},
};

/// Follows every order. It publishes nothing, and events may come in any order and more than once.
pub struct Projection {
    /// Counts what became visible, for the live feeds of this process.
    pub heard: watch::Sender<u64>,
}

impl Policy for Projection {
    const GROUP: &'static str = "ordertrace";

    /// The events that it keeps are its inbox, because a stage is only replaced by a later one.
    fn is_idempotent(&self) -> bool {
        true
    }

    fn wants(&self, event: &Event) -> bool {
        event.order_id().is_some()
    }

    async fn react(&self, event: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        self.react_all(std::slice::from_ref(event), tx).await
    }

    async fn react_all(&self, events: &[Envelope], tx: &mut Transaction) -> anyhow::Result<()> {
        store::remember(events, tx.dialect(), tx).await?;
        let said = events.iter().filter_map(|it| Progress::of(&it.event));
        let orders = Progress::by_order(said, Progress::merge);
        Ok(store::advance(&orders, Overwrite::ByLater, tx.dialect(), tx).await?)
    }

    fn committed(&self) {
        self.heard.send_modify(|count| *count += 1);
    }
}
