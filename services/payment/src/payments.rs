//! The use cases: charging for an order, changing a payment, taking and giving back money.

use hal::{Change, Problem};
use messaging::{Outbox, Transaction};

use crate::{
    payment::{Draft, Payment, Refusal},
    store::{self, SHOWN},
};

/// The payments of this shop.
#[derive(Clone)]
pub struct Payments {
    outbox: Outbox,
    /// Whether an order is charged again that was charged already: never, but in a lab (`unguarded.rs`).
    charges_again: bool,
}

/// Why a use case did not work out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("{}", .0.detail)]
    Unreadable(Problem),
    #[error("the database failed: {0}")]
    Broken(#[from] sqlx::Error),
}

impl Payments {
    pub fn new(outbox: Outbox) -> Self {
        Self { outbox, charges_again: false }
    }

    /// The same without the rule that an order is charged once.
    pub(crate) fn charging_again(self) -> Self {
        Self { charges_again: true, ..self }
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Asks for money. The order's id makes it the same charge each time: whoever repeats the
    /// question gets the first answer.
    pub async fn charge(&self, draft: Draft) -> Result<Payment, Error> {
        let mut payment = Payment::new(draft)?;
        if self.charges_again {
            payment.order_key = None;
        }
        if let Some(id) = store::charge(&payment, &self.outbox).await? {
            payment.id = id;
            return Ok(payment);
        }
        let mut tx = self.outbox.begin().await?;
        let order = payment.order_key.unwrap_or_default();
        let known = store::lock_of_orders(&[order], &mut tx).await?;
        match known.into_iter().next() {
            Some(existing) if !existing.void => Ok(existing),
            _ => Err(Refusal::CalledOff.into()),
        }
    }

    /// Changes what a payment says; with `END` that is how a worksheet pays.
    pub async fn change(&self, id: i64, change: &Change) -> Result<Option<Payment>, Error> {
        let mut tx = self.outbox.begin().await?;
        let Some(mut payment) = SHOWN.lock::<Payment>(id, &mut tx).await? else {
            return Ok(None);
        };
        payment.change(change.apply(&payment.draft()).map_err(Error::Unreadable)?)?;
        store::update(&payment, &mut tx).await?;
        if !payment.void {
            tx.tell(payment.paid());
        }
        tx.commit().await?;
        Ok(Some(payment))
    }

    /// Takes a payment away, and gives back its money; false when there is none.
    pub async fn delete(&self, id: i64) -> Result<bool, Error> {
        let mut tx = self.outbox.begin().await?;
        let Some(mut payment) = SHOWN.lock::<Payment>(id, &mut tx).await? else {
            return Ok(false);
        };
        payment.hidden = true;
        cancel(&mut payment, &mut tx).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Makes a payment void, once.
pub(crate) async fn cancel(payment: &mut Payment, tx: &mut Transaction) -> sqlx::Result<()> {
    if payment.cancel() {
        tx.tell(payment.pay_cancelled());
    }
    store::update(payment, tx).await
}
