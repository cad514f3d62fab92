//! The use cases: charging for an order, changing a payment, taking and giving back money.

use hal::{Change, Problem};
use messaging::{Guard, Guards, Outbox, Transaction};
use participant::{Bug, CompatBugs};

use crate::{
    payment::{Draft, Payment, Refusal},
    store::{self, SHOWN},
};

/// The payments of this shop.
#[derive(Clone)]
pub struct Payments {
    outbox: Outbox,
    guards: Guards,
    bugs: CompatBugs,
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
    pub fn new(outbox: Outbox, guards: Guards, bugs: CompatBugs) -> Self {
        Self { outbox, guards, bugs }
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Asks for money. The order's id makes it the same charge each time: whoever repeats the
    /// question gets the first answer.
    pub async fn charge(&self, draft: Draft) -> Result<Payment, Error> {
        let mut payment = Payment::new(draft)?;
        // The original did not look whether the order had been charged.
        if !self.guards.has(Guard::Idempotency) || self.bugs.has(Bug::ChargesAgain) {
            payment.order_key = None;
        }
        if let Some(id) = store::charge(&payment, &self.outbox).await? {
            payment.id = id;
            return Ok(payment);
        }
        let mut tx = self.outbox.begin().await?;
        let order = payment.order_key.unwrap_or_default();
        let known: Vec<Payment> = SHOWN.lock_all("order_key", &[order], &mut tx).await?;
        match known.into_iter().next() {
            Some(existing) if existing.void == 0 => Ok(existing),
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
        if payment.void == 0 {
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
        payment.hidden = 1;
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
