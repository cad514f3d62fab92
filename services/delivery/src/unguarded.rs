//! Delivery without some of its safeguards, and with the defects of the ancestors: for labs alone.
//!
//! docs/guards.md says what each safeguard is for; `policy.rs` is how it is done right.

use events::{Envelope, Event, Payment};
use messaging::{Policy, Transaction};
use participant::{Bug, CompatBugs, Guard, Guards};

use crate::{
    Dispatch,
    delivery::Delivery,
    policy::{ByOrder, recall_sent, send},
    store,
};

/// A [`Dispatch`] that lacks what the settings take away.
pub(crate) struct UnguardedDispatch {
    pub(crate) guards: Guards,
    pub(crate) bugs: CompatBugs,
}

impl Policy for UnguardedDispatch {
    const GROUP: &'static str = Dispatch::GROUP;

    fn wants(&self, event: &Event) -> bool {
        let undone = matches!(event, Event::PayCancelled(_));
        Dispatch.wants(event) && (!undone || self.guards.has(Guard::Compensation))
    }

    async fn react(&self, event: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        self.react_all(std::slice::from_ref(event), tx).await
    }

    async fn react_all(&self, events: &[Envelope], tx: &mut Transaction) -> anyhow::Result<()> {
        if self.guards.has(Guard::Ordering) && self.bugs == CompatBugs::None {
            return Dispatch.react_all(events, tx).await;
        }
        for event in events {
            match &event.event {
                Event::Paid(payment) => self.paid(payment, tx).await?,
                Event::PayCancelled(payment) => self.cancelled(payment, tx).await?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl UnguardedDispatch {
    async fn paid(&self, payment: &Payment, tx: &mut Transaction) -> anyhow::Result<()> {
        match payment.order_id {
            Some(_) if self.bugs.has(Bug::DeliversAgain) => send_again(payment, tx).await,
            Some(order) => send(&ByOrder::from([(order, payment)]), tx).await,
            None => Ok(()),
        }
    }

    /// Nothing remembers an order whose goods were not sent yet: a later `Paid` sends them.
    async fn cancelled(&self, payment: &Payment, tx: &mut Transaction) -> anyhow::Result<()> {
        match payment.order_id {
            Some(_) if self.bugs.has(Bug::RecallsTheWrongOrder) => forget(payment, tx).await,
            Some(order) => recall_sent(&ByOrder::from([(order, payment)]), tx).await.map(drop),
            None => Ok(()),
        }
    }
}

/// Sends the goods, whether they were sent or not, as the original did.
async fn send_again(payment: &Payment, tx: &mut Transaction) -> anyhow::Result<()> {
    let mut delivery = Delivery::of(payment);
    delivery.order_key = None;
    delivery.id = store::insert(&delivery, tx).await?.unwrap_or_default();
    tx.tell(delivery.delivered());
    Ok(())
}

/// Hides the payment's delivery and publishes nothing, as the original did; and only if the number of the
/// order happens to be that of the payment, which is what it compared.
async fn forget(payment: &Payment, tx: &mut Transaction) -> anyhow::Result<()> {
    let deliveries = store::lock_of_payment(payment.id, tx).await?;
    for mut delivery in deliveries.into_iter().filter(|it| it.order_id == Some(payment.id)) {
        delivery.hidden = true;
        store::update(&delivery, tx).await?;
    }
    Ok(())
}
