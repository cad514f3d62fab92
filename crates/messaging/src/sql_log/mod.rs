//! The SQL log: a transport in a database, for a fleet without a broker.
//!
//! It appends, and is read by consumer group and offset, nothing more. Positions within a
//! partition have no gaps and become visible in their order, because whoever appends holds the
//! partition's row until it commits.

mod lease;
mod subscription;

use std::{collections::BTreeMap, sync::Arc};

use futures::future::BoxFuture;
use sqlx::{AnyConnection, AssertSqlSafe};
use storage::{Database, DatabaseArgs, Migration, placeholders};
use tokio::sync::watch;

use crate::{Record, Subscription, Transport};

const MIGRATIONS: &[Migration] =
    &[Migration { version: 1, name: "log", sql: include_str!("schema.sql") }];

/// How many partitions a new log has: the most members of a group that can share its work.
const PARTITIONS: i64 = 4;

/// A log in a database, shared by every service that uses the same `DATABASE_URL`.
#[derive(Clone)]
pub struct SqlLog {
    db: Database,
    /// Counts appends, so that consumers in this process hear of them at once.
    appended: Arc<watch::Sender<u64>>,
}

impl SqlLog {
    /// Opens the log beside the services' own databases.
    pub async fn open(args: &DatabaseArgs) -> Result<Self, storage::Error> {
        let db = args.open("log", MIGRATIONS).await?;
        Ok(Self { db, appended: Arc::new(watch::Sender::new(0)) })
    }

    async fn append(&self, records: &[Record]) -> sqlx::Result<()> {
        let mut by_partition: BTreeMap<i64, Vec<&Record>> = BTreeMap::new();
        for record in records {
            by_partition.entry(partition_of(&record.key)).or_default().push(record);
        }
        let mut tx = self.db.begin().await?;
        // In the order of their numbers: two who append at once never wait for each other in a
        // circle.
        for (partition, records) in by_partition {
            let first = reserve(partition, records.len(), &mut tx).await?;
            for (chunk, records) in records.chunks(64).enumerate() {
                write(partition, first + to_i64(chunk * 64), records, &mut tx).await?;
            }
        }
        tx.commit().await
    }
}

impl Transport for SqlLog {
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

    fn lag<'a>(&'a self, group: &'static str) -> BoxFuture<'a, anyhow::Result<i64>> {
        const LAG: &str = "SELECT CAST(COALESCE(SUM(p.next_position - g.position), 0) AS BIGINT) \
            FROM log_group g JOIN log_partition p ON p.partition = g.partition WHERE g.name = $1";
        Box::pin(
            async move { Ok(sqlx::query_scalar(LAG).bind(group).fetch_one(&self.db.read).await?) },
        )
    }
}

/// The key's partition. FNV-1a: short, stable for ever, and spreads consecutive order ids.
fn partition_of(key: &str) -> i64 {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    i64::try_from(hash % PARTITIONS.unsigned_abs()).unwrap_or(0)
}

fn to_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Takes the next `count` positions of a partition, and the partition itself until `tx` ends.
async fn reserve(partition: i64, count: usize, tx: &mut AnyConnection) -> sqlx::Result<i64> {
    let next: i64 = sqlx::query_scalar(
        "INSERT INTO log_partition (partition, next_position) VALUES ($1, $2) \
         ON CONFLICT (partition) DO UPDATE SET next_position = log_partition.next_position + $2 \
         RETURNING next_position",
    )
    .bind(partition)
    .bind(to_i64(count))
    .fetch_one(tx)
    .await?;
    Ok(next - to_i64(count))
}

async fn write(
    partition: i64,
    first: i64,
    records: &[&Record],
    tx: &mut AnyConnection,
) -> sqlx::Result<()> {
    let sql = format!(
        "INSERT INTO log_record (partition, position, key, headers, timestamp, payload) VALUES {}",
        placeholders(records.len(), 6)
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (position, record) in (first..).zip(records) {
        let headers = serde_json::to_string(&record.headers)
            .map_err(|error| sqlx::Error::Encode(error.into()))?;
        query = query
            .bind(partition)
            .bind(position)
            .bind(&record.key)
            .bind(headers)
            .bind(record.timestamp)
            .bind(String::from_utf8_lossy(&record.payload).into_owned());
    }
    query.execute(tx).await.map(drop)
}
