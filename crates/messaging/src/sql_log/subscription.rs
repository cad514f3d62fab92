//! One member of a consumer group of the SQL log.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use serde::Deserialize;
use sqlx::AssertSqlSafe;
use storage::{Database, Dialect, Kind, given, json};
use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

use super::lease;
use crate::{Received, Record, Subscription, batch::BATCH_BYTES};

/// How long a record of another process may go unnoticed.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// How long to wait before trying again to become a member.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Member {
    db: Database,
    group: &'static str,
    name: String,
    appended: watch::Receiver<u64>,
    renew_at: Instant,
    /// Something was handed out and not committed.
    pending: bool,
}

impl Member {
    pub(super) async fn join(
        db: Database,
        group: &'static str,
        appended: &watch::Sender<u64>,
    ) -> anyhow::Result<Self> {
        // A database that is too busy for a start gets time, as it does later on.
        while let Err(error) = lease::enrol(&db, group).await {
            if !storage::is_outage(&error) {
                return Err(error.into());
            }
            tracing::warn!(%error, "waiting to become a member of {group}");
            tokio::time::sleep(PAUSE).await;
        }
        let (name, renew_at) = (member_name(db.dialect), Instant::now());
        let appended = appended.subscribe();
        Ok(Self { db, group, name, appended, renew_at, pending: false })
    }

    /// Reads on from the group's offsets. They are the log's, not this member's: whatever was not
    /// committed comes again.
    async fn read(&self, max: usize) -> sqlx::Result<Vec<Received>> {
        let rows: Vec<Row> = self
            .db
            .rows("partition, position, key, headers, timestamp, payload", &next(max), |query| {
                query.bind(self.group.to_owned()).bind(self.name.clone())
            })
            .await?;
        Ok(rows.into_iter().map(Row::into_received).collect())
    }

    async fn next_batch(&mut self, max: usize) -> anyhow::Result<Vec<Received>> {
        loop {
            if Instant::now() >= self.renew_at {
                lease::renew(&self.db, self.group, &self.name).await?;
                self.renew_at = Instant::now() + Duration::from_millis(lease::RENEWAL);
            }
            self.appended.mark_unchanged();
            let records = self.read(max).await?;
            // None of those pending: they went to another member.
            if !records.is_empty() || self.pending {
                self.pending = !records.is_empty();
                return Ok(records);
            }
            let _ = tokio::time::timeout(POLL_INTERVAL, self.appended.changed()).await;
        }
    }

    async fn store_offsets(&self, handled: &[Received]) -> sqlx::Result<()> {
        let mut next: BTreeMap<i32, i64> = BTreeMap::new();
        for Received { partition, offset, .. } in handled {
            let position = next.entry(*partition).or_default();
            *position = (*position).max(offset + 1);
        }
        let rows: Vec<(i32, i64)> = next.into_iter().collect();
        let given =
            given(self.db.dialect, &[("partition", Kind::Integer), ("position", Kind::Integer)]);
        let sql = format!(
            "UPDATE log_group SET position = given.position FROM {given} \
             WHERE log_group.name = $2 AND log_group.member = $3 \
             AND log_group.partition = given.partition"
        );
        let update = sqlx::query(AssertSqlSafe(sql)).bind(json(&rows)?);
        let mut tx = self.db.begin().await?;
        update.bind(self.group).bind(&self.name).execute(&mut *tx).await?;
        tx.commit().await
    }
}

/// Where a member's next records are: at most `max`, and no more once they have [`BATCH_BYTES`]. Sizes
/// are added up apart from the records, which would otherwise be kept meanwhile.
fn next(max: usize) -> String {
    format!(
        "(SELECT r.partition, r.position, r.key, r.headers, r.timestamp, r.payload FROM \
         (SELECT partition, position, SUM(size) OVER \
         (ORDER BY partition, position ROWS UNBOUNDED PRECEDING) - size AS before FROM \
         (SELECT r.partition, r.position, octet_length(r.payload) + octet_length(r.headers) AS size \
         FROM log_group g JOIN log_record r \
         ON r.partition = g.partition AND r.position >= g.position \
         WHERE g.name = $1 AND g.member = $2 \
         ORDER BY r.partition, r.position LIMIT {max}) sizes) sums \
         JOIN log_record r ON r.partition = sums.partition AND r.position = sums.position \
         WHERE sums.before < {BATCH_BYTES} ORDER BY r.partition, r.position) mine"
    )
}

/// On PostgreSQL every replica is another member. A SQLite log has one process a service, which
/// keeps its name: after a crash it need not wait until its own old lease runs out.
fn member_name(dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => "this process".to_owned(),
        Dialect::Postgres => Uuid::now_v7().to_string(),
    }
}

impl Subscription for Member {
    fn next(&mut self, max: usize) -> BoxFuture<'_, anyhow::Result<Vec<Received>>> {
        Box::pin(self.next_batch(max))
    }

    fn commit<'a>(&'a mut self, handled: &'a [Received]) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async {
            self.store_offsets(handled).await?;
            self.pending = false;
            Ok(())
        })
    }

    /// The table of dead letters is enough: here nobody reads the log with tools of their own.
    fn bury<'a>(&'a self, _: &'a Received, _: &'a str) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn leave(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<()>> {
        Box::pin(async move { Ok(lease::leave(&self.db, self.group, &self.name).await?) })
    }
}

#[derive(Deserialize)]
struct Row {
    partition: i32,
    position: i64,
    key: String,
    headers: String,
    timestamp: i64,
    payload: String,
}

impl Row {
    fn into_received(self) -> Received {
        let headers = serde_json::from_str(&self.headers);
        let unreadable = headers.is_err().then_some("its headers are not JSON");
        let (headers, payload) = (headers.unwrap_or_default(), self.payload.into_bytes());
        let record = Record { key: self.key, headers, timestamp: self.timestamp, payload };
        let (partition, offset) = (self.partition, self.position);
        Received { partition, offset, record: Arc::new(record), unreadable }
    }
}
