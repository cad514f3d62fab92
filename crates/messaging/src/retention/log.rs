//! A service's share in keeping the log short: it says when its outbox is settled, and removes
//! what every group has handled.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;

use super::{Step, Sweep};
use crate::{Outbox, Transport};

/// Removes events from the log that every consumer group has handled, where the log is ours.
pub struct LogSweep {
    outbox: Outbox,
    transport: Arc<dyn Transport>,
    /// The service that publishes.
    producer: &'static str,
    seen: Option<Seen>,
}

/// The outbox at a time.
#[derive(Clone, Copy)]
struct Seen {
    at: i64,
    /// The newest row's number.
    newest: i64,
}

impl LogSweep {
    /// For the service of this name, which publishes from this outbox.
    pub fn new(outbox: Outbox, transport: Arc<dyn Transport>, producer: &'static str) -> Self {
        Self { outbox, transport, producer, seen: None }
    }

    /// Says that the outbox is settled, once every row is gone that was in it at a time. An event
    /// that had been handled by then was in it or was gone from it: now it is gone, and is not
    /// published again.
    async fn settle(&mut self) -> anyhow::Result<()> {
        let seen = match self.seen {
            Some(seen) => seen,
            None => self.look().await?,
        };
        self.seen = Some(seen);
        if self.holds_until(seen.newest).await? {
            return Ok(());
        }
        self.transport.settle(self.producer, seen.at).await?;
        self.seen = None;
        Ok(())
    }

    /// First the time, then the rows.
    async fn look(&self) -> sqlx::Result<Seen> {
        let db = self.outbox.db();
        let mut connection = db.read().await?;
        let at = storage::now(db.dialect, &mut connection).await?;
        let newest = "SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) FROM outbox";
        let newest = sqlx::query_scalar(newest).fetch_one(&mut *connection).await?;
        connection.done();
        Ok(Seen { at, newest })
    }

    async fn holds_until(&self, newest: i64) -> sqlx::Result<bool> {
        let mut connection = self.outbox.db().read().await?;
        let left = "SELECT CAST(COUNT(*) AS BIGINT) FROM \
            (SELECT 1 FROM outbox WHERE id <= $1 LIMIT 1) any_row";
        let left: i64 = sqlx::query_scalar(left).bind(newest).fetch_one(&mut *connection).await?;
        connection.done();
        Ok(left > 0)
    }
}

impl Sweep for LogSweep {
    fn kind(&self) -> &'static str {
        "log"
    }

    fn step(&mut self, retention: Duration) -> BoxFuture<'_, anyhow::Result<Step>> {
        Box::pin(async move {
            self.settle().await?;
            self.transport.remove_handled(retention).await
        })
    }
}
