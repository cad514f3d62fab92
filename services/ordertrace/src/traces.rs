//! The use cases: looking at traces, and writing on them by hand as the originals allowed.

use hal::{Change, Problem};
use messaging::Outbox;

use crate::{
    store::{self, TRACES},
    trace::{Draft, Trace},
};

/// The traces of this shop's orders.
#[derive(Clone)]
pub struct Traces {
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

impl Traces {
    pub fn new(outbox: Outbox) -> Self {
        Self { outbox }
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    pub async fn note(&self, draft: Draft) -> Result<Trace, Error> {
        let mut tx = self.outbox.begin().await?;
        let id = store::insert(&draft, &mut tx).await?;
        tx.commit().await?;
        Ok(draft.into_trace(id))
    }

    pub async fn change(&self, id: i64, change: &Change) -> Result<Option<Trace>, Error> {
        let mut tx = self.outbox.begin().await?;
        let Some(trace) = TRACES.lock::<Trace>(id, &mut tx).await? else {
            return Ok(None);
        };
        let draft: Draft = change.apply(&trace.draft()).map_err(Error::Unreadable)?;
        store::update(id, &draft, &mut tx).await?;
        tx.commit().await?;
        Ok(Some(draft.into_trace(id)))
    }

    /// Forgets a trace; false when there is none. The facts stay.
    pub async fn delete(&self, id: i64) -> Result<bool, Error> {
        let mut tx = self.outbox.begin().await?;
        let found = store::delete(id, &mut tx).await?;
        tx.commit().await?;
        Ok(found)
    }
}
