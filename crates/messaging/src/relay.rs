//! Publishing what the outbox holds.

use std::{borrow::Cow, sync::Arc, time::Duration};

use sqlx::AssertSqlSafe;
use storage::{Connection, Database, Dialect, First, Kind, Within, given, json, json_rows};
use tokio_util::sync::CancellationToken;

use crate::{Outbox, Transport, batch::BATCH_BYTES, pace::Pace, record::StoredFact};

/// How long a fact may wait when its wake-up was lost, or another process told it.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How long to wait before trying a transport again that failed.
const BACKOFF: Duration = Duration::from_millis(500);
/// How many facts go out together at most.
const BATCH: usize = 256;

/// Moves facts from the outbox to the transport, oldest first, at least once.
pub struct Relay {
    outbox: Outbox,
    transport: Arc<dyn Transport>,
}

impl Relay {
    pub fn new(outbox: Outbox, transport: Arc<dyn Transport>) -> Self {
        Self { outbox, transport }
    }

    /// Runs until `drain` is cancelled, then sends what is left once more; what cannot be sent
    /// waits in the outbox for the next run.
    pub async fn run(self, drain: CancellationToken) -> anyhow::Result<()> {
        let (mut failing, mut pace) = (false, Pace::new());
        loop {
            let wait = match self.send().await {
                Ok(Sent { more: true, .. }) => continue,
                Ok(Sent { count, .. }) => {
                    failing = false;
                    pace.after(count).await;
                    POLL_INTERVAL
                }
                Err(error) => {
                    if !failing {
                        tracing::warn!(error = format!("{error:#}"), "facts wait in the outbox");
                    }
                    failing = true;
                    BACKOFF
                }
            };
            tokio::select! {
                () = drain.cancelled() => break,
                () = self.outbox.wake.notified(), if !failing => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.send().await.map(drop).or_else(|error| {
            tracing::warn!(error = format!("{error:#}"), "facts stay in the outbox");
            Ok(())
        })
    }

    /// Sends the oldest facts, then forgets them; says how many there were.
    pub async fn step(&self) -> anyhow::Result<usize> {
        Ok(self.send().await?.count)
    }

    /// On PostgreSQL the rows stay locked until the transport has them, so that replicas neither
    /// send twice nor overtake each other. SQLite has one relay a file.
    async fn send(&self) -> anyhow::Result<Sent> {
        let db = &self.outbox.db;
        match db.dialect {
            Dialect::Sqlite => {
                // What cannot be forgotten afterwards would be sent again and again.
                db.check_writing().await?;
                let facts = oldest(db, &mut *db.read().await?).await?;
                let (ids, more) = self.publish(facts).await?;
                if !ids.is_empty() {
                    let mut tx = db.begin().await?;
                    forget(&ids, db.dialect, &mut tx).await?;
                    tx.commit().await?;
                }
                Ok(Sent { count: ids.len(), more })
            }
            Dialect::Postgres => {
                let mut tx = db.begin_many().await?;
                let facts = oldest(db, &mut tx).await?;
                let (ids, more) = self.publish(facts).await?;
                forget(&ids, db.dialect, &mut tx).await?;
                tx.commit().await?;
                Ok(Sent { count: ids.len(), more })
            }
        }
    }

    /// Says which these were, and whether they were cut off for being many or large.
    async fn publish(&self, facts: Vec<StoredFact>) -> anyhow::Result<(Vec<i64>, bool)> {
        let ids: Vec<i64> = facts.iter().map(|fact| fact.id).collect();
        let bytes: usize = facts.iter().map(|fact| fact.payload.len()).sum();
        let more = ids.len() == BATCH || bytes >= BATCH_BYTES;
        if !ids.is_empty() {
            let records: Vec<_> = facts.into_iter().map(StoredFact::into_record).collect();
            self.transport.publish(&records).await?;
        }
        Ok((ids, more))
    }
}

/// What one step sent.
struct Sent {
    count: usize,
    /// Whether there is more to send at once.
    more: bool,
}

async fn oldest(db: &Database, connection: &mut Connection) -> sqlx::Result<Vec<StoredFact>> {
    let within = Within { size: "octet_length(payload)", bytes: BATCH_BYTES };
    let first = First { table: "outbox", of: "true", by: "id", rows: BATCH, within };
    let from = format!("{first}{}", db.dialect.for_update());
    json_rows(db.dialect, &columns(db.dialect), &from, connection, |query| query).await
}

/// The columns of a [`StoredFact`]. A replica whose clock is ahead tells of the future, which Kafka
/// refuses, and with it all that is behind: the database knows better. A file has no other clock.
fn columns(dialect: Dialect) -> Cow<'static, str> {
    match dialect {
        Dialect::Sqlite => StoredFact::COLUMNS.into(),
        Dialect::Postgres => {
            let no_later = format!("LEAST(occurred_at, {})", dialect.now());
            StoredFact::COLUMNS.replace("occurred_at", &no_later).into()
        }
    }
}

/// Deletes exactly these rows: a row with a smaller id may have been committed meanwhile.
async fn forget(ids: &[i64], dialect: Dialect, connection: &mut Connection) -> sqlx::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<[i64; 1]> = ids.iter().map(|id| [*id]).collect();
    let given = given(dialect, &[("id", Kind::Integer)]);
    let sql = format!("DELETE FROM outbox WHERE id IN (SELECT id FROM {given})");
    sqlx::query(AssertSqlSafe(sql)).bind(json(&rows)?).execute(connection).await.map(drop)
}
