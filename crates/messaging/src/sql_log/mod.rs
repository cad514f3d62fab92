//! The SQL log: a transport in a database, for a fleet without a broker.
//!
//! It appends, and is read by consumer group and offset, nothing more. Positions within a
//! partition have no gaps and become visible in their order, because whoever appends holds the
//! partition's row until it commits.

mod lease;
mod retention;
mod subscription;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use serde::Serialize;
use sqlx::AssertSqlSafe;
use storage::{Connection, Database, DatabaseArgs, Dialect, Kind, Migration, given, json};
use tokio::sync::watch;

use crate::{
    Record, Subscription, Transport, retention::Step, transport::Extent, unordered::Turns,
};

const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "log", sql: include_str!("schema.sql") },
    Migration { version: 10, name: "retention", sql: include_str!("retention.sql") },
];

/// How many partitions a new log has: the most members of a group that can share its work.
const PARTITIONS: u32 = 4;
/// Where appends are notified on PostgreSQL.
const CHANNEL: &str = "bulsajo_log";

/// A log in a database, shared by every service that uses the same `DATABASE_URL`.
#[derive(Clone)]
pub struct SqlLog {
    db: Database,
    /// Counts appends, so that consumers hear of them at once: those of this process, and on
    /// PostgreSQL those of others.
    appended: Arc<watch::Sender<u64>>,
    turns: Arc<Turns>,
    fleet: Fleet,
}

/// Who has to have taken part before anything is removed from a log: those that have not yet will.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fleet {
    /// The consumer groups.
    pub groups: &'static [&'static str],
    /// The services that publish.
    pub producers: &'static [&'static str],
}

impl SqlLog {
    /// Opens the log beside the services' own databases.
    pub async fn open(args: &DatabaseArgs) -> Result<Self, storage::Error> {
        let db = args.open_shared("log", MIGRATIONS).await?;
        let appended = Arc::new(watch::Sender::new(0));
        if db.is_notified() {
            args.listen(CHANNEL, &appended);
        }
        Ok(Self { db, appended, turns: Arc::default(), fleet: Fleet::default() })
    }

    /// Removes nothing before all of these have taken part.
    #[must_use]
    pub fn of(self, fleet: Fleet) -> Self {
        Self { fleet, ..self }
    }

    async fn append(&self, records: &[Record]) -> sqlx::Result<()> {
        let partitions: Vec<i64> = records.iter().map(|it| self.partition_of(it)).collect();
        let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
        for partition in &partitions {
            *counts.entry(*partition).or_default() += 1;
        }
        let mut tx = self.db.begin().await?;
        let mut next = reserve(&counts, self.db.dialect, &mut tx).await?;
        let rows: Vec<Row> = records
            .iter()
            .zip(partitions)
            .map(|(record, partition)| {
                let position = next.entry(partition).or_default();
                *position += 1;
                Row::of(record, partition, *position - 1)
            })
            .collect::<sqlx::Result<_>>()?;
        write(&rows, self.db.dialect, &mut tx).await?;
        tx.commit().await
    }

    fn partition_of(&self, record: &Record) -> i64 {
        match record.key.as_str() {
            "" => self.turns.next(PARTITIONS).into(),
            key => partition_of(key),
        }
    }
}

impl Transport for SqlLog {
    fn describe(&self) -> String {
        "the SQL log".to_owned()
    }

    fn publish<'a>(&'a self, records: &'a [Record]) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async move {
            self.append(records).await?;
            self.appended.send_modify(|count| *count += 1);
            Ok(())
        })
    }

    fn subscribe<'a>(
        &'a self,
        group: &'static str,
    ) -> BoxFuture<'a, anyhow::Result<Box<dyn Subscription>>> {
        Box::pin(async move {
            let member = subscription::Member::join(self.db.clone(), group, &self.appended).await?;
            Ok(Box::new(member) as Box<dyn Subscription>)
        })
    }

    fn reach(&self) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(async move {
            sqlx::query_scalar::<_, i64>("SELECT CAST(1 AS BIGINT)")
                .fetch_one(&mut *self.db.read().await?)
                .await?;
            Ok(())
        })
    }

    fn lag<'a>(&'a self, group: &'static str) -> BoxFuture<'a, anyhow::Result<i64>> {
        // What was removed from a partition, a group that begins at 0 has not to read.
        const LAG: &str = "SELECT CAST(COALESCE(SUM(CASE WHEN first > position \
            THEN next - first ELSE next - position END), 0) AS BIGINT) FROM \
            (SELECT p.next_position AS next, g.position, COALESCE((SELECT MIN(r.position) \
             FROM log_record r WHERE r.partition = p.partition), p.next_position) AS first \
             FROM log_group g JOIN log_partition p ON p.partition = g.partition \
             WHERE g.name = $1) AS parts";
        Box::pin(async move {
            Ok(sqlx::query_scalar(LAG).bind(group).fetch_one(&mut *self.db.read().await?).await?)
        })
    }

    fn extent(&self) -> BoxFuture<'_, anyhow::Result<Extent>> {
        Box::pin(async move { Ok(retention::extent(self).await?) })
    }

    fn settle<'a>(&'a self, producer: &'a str, at: i64) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async move { Ok(retention::settle(producer, at, self).await?) })
    }

    fn remove_handled(&self, limit: Duration) -> BoxFuture<'_, anyhow::Result<Step>> {
        Box::pin(async move { Ok(retention::remove_handled(self, limit).await?) })
    }
}

/// The key's partition. FNV-1a: short, stable for ever, and spreads consecutive order ids.
fn partition_of(key: &str) -> i64 {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    i64::try_from(hash % u64::from(PARTITIONS)).unwrap_or(0)
}

/// Takes so many positions of each partition, and the partitions themselves until `tx` ends; says
/// which is the first of each. Always in the order of their numbers: two who append at once never
/// wait for each other in a circle.
async fn reserve(
    counts: &BTreeMap<i64, i64>,
    dialect: Dialect,
    tx: &mut Connection,
) -> sqlx::Result<BTreeMap<i64, i64>> {
    let given = given(dialect, &[("partition", Kind::Integer), ("wanted", Kind::Integer)]);
    let sql = format!(
        "INSERT INTO log_partition (partition, next_position) \
         SELECT partition, wanted FROM {given} WHERE true ORDER BY partition \
         ON CONFLICT (partition) DO UPDATE \
         SET next_position = log_partition.next_position + excluded.next_position \
         RETURNING partition, next_position"
    );
    let rows: Vec<(&i64, &i64)> = counts.iter().collect();
    let ends: Vec<(i64, i64)> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(json(&rows)?).fetch_all(tx).await?;
    Ok(ends.into_iter().map(|(partition, end)| (partition, end - counts[&partition])).collect())
}

/// A record as a row of the log.
#[derive(Serialize)]
struct Row(i64, i64, String, String, i64, String);

impl Row {
    fn of(record: &Record, partition: i64, position: i64) -> sqlx::Result<Self> {
        // PostgreSQL does not take U+0000, in a text or as JSON's escape for it.
        let clean = |text: &str| text.replace('\0', "\u{fffd}");
        let headers = record.headers.iter().map(|(name, value)| (clean(name), clean(value)));
        let headers = json(&headers.collect::<Vec<_>>())?;
        let payload = clean(&String::from_utf8_lossy(&record.payload));
        Ok(Self(partition, position, clean(&record.key), headers, record.timestamp, payload))
    }
}

async fn write(rows: &[Row], dialect: Dialect, tx: &mut Connection) -> sqlx::Result<()> {
    const COLUMNS: &[(&str, Kind)] = &[
        ("partition", Kind::Integer),
        ("position", Kind::Integer),
        ("key", Kind::Text),
        ("headers", Kind::Text),
        ("timestamp", Kind::Integer),
        ("payload", Kind::Text),
    ];
    let sql = format!(
        "INSERT INTO log_record (partition, position, key, headers, timestamp, payload) \
         SELECT partition, position, key, headers, timestamp, payload FROM {}",
        given(dialect, COLUMNS)
    );
    sqlx::query(AssertSqlSafe(sql)).bind(json(rows)?).execute(&mut *tx).await?;
    if dialect == Dialect::Postgres {
        sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(tx).await?;
    }
    Ok(())
}
