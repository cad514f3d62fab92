//! The SQL of the retention of timelines.

use messaging::retention::BATCH;
use serde::Deserialize;
use sqlx::AssertSqlSafe;
use storage::{Connection, Database, Dialect, Kind, given, json, json_rows};

use crate::invariants::ORDERS;

const KEYS: &[(&str, Kind)] = &[("order_key", Kind::Integer)];

/// A fact: its number, and its order.
#[derive(Deserialize)]
pub(super) struct Seen(pub(super) i64, i64);

/// Reads a batch of facts, after the one with this number and up to the newest that is old enough.
pub(super) async fn look(
    after: i64,
    newest: i64,
    dialect: Dialect,
    tx: &mut Connection,
) -> sqlx::Result<Vec<Seen>> {
    let from = format!("facts WHERE id > $1 AND id <= $2 ORDER BY id LIMIT {BATCH}");
    let columns = "id, order_key";
    json_rows(dialect, columns, &from, tx, |query| query.bind(after).bind(newest)).await
}

/// The newest fact. Their numbers become visible in their order.
pub(super) async fn latest(tx: &mut Connection) -> sqlx::Result<i64> {
    let latest = "SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) FROM facts";
    sqlx::query_scalar(latest).fetch_one(tx).await
}

/// Keeps what the settled ones of these facts' orders came to, and removes their facts; says how
/// many there were. A fact that comes meanwhile is newer, and stays.
pub(super) async fn settle(
    seen: &[Seen],
    newest: i64,
    dialect: Dialect,
    tx: &mut Connection,
) -> sqlx::Result<u64> {
    let mut orders: Vec<[i64; 1]> = seen.iter().map(|fact| [fact.1]).collect();
    orders.sort_unstable();
    orders.dedup();
    let given = given(dialect, KEYS);
    let settle = include_str!("settle.sql").replace("{orders}", ORDERS).replace("{given}", &given);
    // With all guards, nothing is taken once it was given back.
    let settle = sqlx::query_scalar(AssertSqlSafe(settle)).bind(json(&orders)?).bind(1_i64);
    let settled: Vec<i64> = settle.bind(newest).fetch_all(&mut *tx).await?;
    let settled: Vec<[i64; 1]> = settled.into_iter().map(|order| [order]).collect();
    let delete = format!(
        "DELETE FROM facts WHERE order_key IN (SELECT order_key FROM {given}) AND id <= $2"
    );
    let delete = sqlx::query(AssertSqlSafe(delete)).bind(json(&settled)?).bind(newest);
    Ok(delete.execute(tx).await?.rows_affected())
}

/// How many facts of this order have been removed.
pub(crate) async fn removed(order: i64, db: &Database) -> sqlx::Result<i64> {
    let from = "settled_orders WHERE order_key = $1";
    let rows: Vec<[i64; 1]> = db.rows("events", from, |query| query.bind(order)).await?;
    Ok(rows.first().map_or(0, |[events]| *events))
}
