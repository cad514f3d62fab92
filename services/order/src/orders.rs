//! The use cases: placing an order, changing it, calling it off.
//!
//! Placing has two short transactions around the call to payment and none across it. A process
//! that dies in between leaves a pending order, which the sweep finishes: payment answers the same
//! order the same way, however often it is asked.

use std::time::Duration;

use events::Event;
use hal::{Change, Problem};
use jiff::Timestamp;
use messaging::Outbox;

use crate::{
    order::{Draft, Order, Refusal},
    payments::{NotCharged, Payments, Reason},
    store::{self, PLACED, QUEUED},
};

/// The orders of this shop.
#[derive(Clone)]
pub struct Orders {
    outbox: Outbox,
    payments: Payments,
    after_rejection: AfterRejection,
}

/// The event to publish about an order that payment has not confirmed, if any.
pub(crate) type AfterRejection = fn(&Order, &NotCharged) -> Option<Event>;

/// Cancels the order if payment may have received the request all the same, so that no money is ever kept
/// for it.
fn cancel_if_it_may_have_arrived(order: &Order, refusal: &NotCharged) -> Option<Event> {
    refusal.may_have_arrived.then(|| order.cancelled())
}

/// What became of a wish that was not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Payment has said yes.
    Placed(Order),
    /// Payment could not be asked. The order is kept, and placed when payment is back.
    Queued(i64, Reason),
}

/// Why a use case did not work out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    NotCharged(#[from] NotCharged),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("the database failed: {0}")]
    Broken(#[from] sqlx::Error),
}

/// A change that makes no order; the problem says which field is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.detail)]
pub struct Unreadable(pub Problem);

impl Orders {
    pub fn new(outbox: Outbox, payments: Payments) -> Self {
        Self { outbox, payments, after_rejection: cancel_if_it_may_have_arrived }
    }

    /// The same with another event after a rejection, for labs (`defects.rs`).
    pub(crate) fn publishing(self, after_rejection: AfterRejection) -> Self {
        Self { after_rejection, ..self }
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Takes an order, once payment has said yes; or for later, if it is to be kept until then.
    pub async fn place(&self, draft: Draft) -> Result<Taken, Error> {
        draft.check()?;
        let placed_at = Timestamp::now().as_millisecond();
        let mut tx = self.outbox.begin_single().await?;
        let dialect = self.outbox.db().dialect;
        let id = store::insert_pending(&draft, placed_at, dialect, &mut tx).await?;
        tx.commit().await?;
        let order = draft.into_order(id, placed_at);
        match self.payments.charge(&order).await {
            Ok(()) => store::place(&order, &self.outbox).await?,
            Err(refusal) if self.payments.keeps(&refusal.reason) && self.queue(id).await? => {
                return Ok(Taken::Queued(id, refusal.reason));
            }
            Err(refusal) if self.reject(&order, &refusal).await? => return Err(refusal.into()),
            // The sweep was faster, and payment said yes to it.
            Err(_) => {}
        }
        Ok(Taken::Placed(order))
    }

    /// Leaves an order to the sweep; false when that was faster. Payment is told nothing: if it
    /// has heard of the order, it will say the same when it is asked again.
    async fn queue(&self, id: i64) -> sqlx::Result<bool> {
        let mut tx = self.outbox.begin().await?;
        let queued = store::queue(id, &mut tx).await?;
        tx.commit().await?;
        if queued {
            self.payments.kept();
        }
        Ok(queued)
    }

    /// Rejects an order that payment has not confirmed. False: the sweep was faster, and it is placed.
    async fn reject(&self, order: &Order, refusal: &NotCharged) -> sqlx::Result<bool> {
        let mut tx = self.outbox.begin().await?;
        if store::reject(order.id, &mut tx).await? {
            if let Some(event) = (self.after_rejection)(order, refusal) {
                tx.tell(event);
            }
            tx.commit().await?;
            return Ok(true);
        }
        Ok(!store::is_placed(order.id, &mut tx).await?)
    }

    /// Calls an order off; false when there is none, or none any more.
    pub async fn cancel(&self, id: i64) -> Result<bool, Error> {
        let mut tx = self.outbox.begin().await?;
        if let Some(order) = QUEUED.lock::<Order>(id, &mut tx).await? {
            // As if payment had said no: it was never placed, and payment may have heard of it.
            store::reject(id, &mut tx).await?;
            tx.tell(order.cancelled());
            tx.commit().await?;
            return Ok(true);
        }
        let Some(order) = PLACED.lock::<Order>(id, &mut tx).await? else {
            return Ok(false);
        };
        store::cancel(id, &mut tx).await?;
        tx.tell(order.cancelled());
        tx.commit().await?;
        Ok(true)
    }

    /// Changes what an order says. Payment is not asked again, as in the originals.
    pub async fn change(&self, id: i64, change: &Change) -> Result<Option<Order>, Error> {
        let mut tx = self.outbox.begin().await?;
        let Some(order) = PLACED.lock::<Order>(id, &mut tx).await? else {
            return Ok(None);
        };
        let draft: Draft = change.apply(&order.draft()).map_err(Unreadable)?;
        draft.check()?;
        store::update(id, &draft, &mut tx).await?;
        tx.commit().await?;
        Ok(Some(draft.into_order(id, order.placed_at)))
    }

    /// Finishes orders that are queued, or were left pending for longer than `age`; says how many
    /// were finished.
    pub async fn sweep(&self, age: Duration) -> Result<usize, Error> {
        if store::count_pending(self.outbox.db().clone()).await? == 0 {
            return Ok(0);
        }
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let mut tx = self.outbox.begin().await?;
        let left = store::claim_pending(age, tx.dialect(), &mut tx).await?;
        tx.commit().await?;
        let mut finished = 0;
        for (index, order) in left.iter().enumerate() {
            match self.payments.charge(order).await {
                Ok(()) => store::place(order, &self.outbox).await?,
                Err(refusal) if matches!(refusal.reason, Reason::Refused(_)) => {
                    self.reject(order, &refusal).await?;
                }
                // Payment is away, and the rest would wait as long; or it fails for this order
                // alone, which then must not hold up the others: the next sweep begins with them.
                Err(_) => {
                    let mut tx = self.outbox.begin().await?;
                    store::release(&left[index + 1..], tx.dialect(), &mut tx).await?;
                    tx.commit().await?;
                    break;
                }
            }
            finished += 1;
            tracing::info!(order_id = order.id, "finished an order that waited for payment");
        }
        Ok(finished)
    }
}
