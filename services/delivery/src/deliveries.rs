//! The use cases: asking for a delivery by hand, changing it, recalling it.

use hal::{Change, Problem};
use messaging::{Outbox, Transaction};

use crate::{
    delivery::{Delivery, Draft},
    store::{self, SHOWN},
};

/// The deliveries of this shop.
#[derive(Clone)]
pub struct Deliveries {
    outbox: Outbox,
}

/// Why a use case did not work out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}", .0.detail)]
    Unreadable(Problem),
    #[error("the database failed: {0}")]
    Broken(#[from] sqlx::Error),
}

impl Deliveries {
    pub fn new(outbox: Outbox) -> Self {
        Self { outbox }
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    pub async fn start(&self, draft: Draft) -> Result<Delivery, Error> {
        let mut delivery = Delivery::new(draft);
        let mut tx = self.outbox.begin().await?;
        delivery.id = store::insert(&delivery, &mut tx).await?.unwrap_or_default();
        tx.tell(delivery.delivered());
        tx.commit().await?;
        Ok(delivery)
    }

    pub async fn change(&self, id: i64, change: &Change) -> Result<Option<Delivery>, Error> {
        let mut tx = self.outbox.begin().await?;
        let Some(mut delivery) = SHOWN.lock::<Delivery>(id, &mut tx).await? else {
            return Ok(None);
        };
        delivery.change(change.apply(&delivery.draft()).map_err(Error::Unreadable)?);
        store::update(&delivery, &mut tx).await?;
        if !delivery.recalled {
            tx.tell(delivery.delivered());
        }
        tx.commit().await?;
        Ok(Some(delivery))
    }

    /// Takes a delivery away, and recalls its goods; false when there is none.
    pub async fn delete(&self, id: i64) -> Result<bool, Error> {
        let mut tx = self.outbox.begin().await?;
        let Some(mut delivery) = SHOWN.lock::<Delivery>(id, &mut tx).await? else {
            return Ok(false);
        };
        delivery.hidden = true;
        recall(&mut delivery, &mut tx).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Recalls the goods, once.
pub(crate) async fn recall(delivery: &mut Delivery, tx: &mut Transaction) -> sqlx::Result<()> {
    if delivery.recall() {
        tx.tell(delivery.delivery_cancelled());
    }
    store::update(delivery, tx).await
}
