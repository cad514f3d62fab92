//! Reading what was heard: a few facts at a time, however many there are and however large.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use storage::{Database, Dialect, First, Kind, Within, given, json};

use super::COLUMNS;
use crate::trace::Trace;

/// A fact about an order, as the timeline and the live feed show it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
pub struct Fact {
    /// Counts up in the order in which this service heard of facts.
    pub id: i64,
    pub event_id: String,
    pub order_id: i64,
    pub event_type: String,
    /// Milliseconds since 1970, by the clock of the service that told it.
    pub occurred_at: i64,
    /// Milliseconds since 1970, by this service's clock.
    pub heard_at: i64,
    /// The fact as it was told.
    #[serde(deserialize_with = "embedded")]
    pub fact: serde_json::Value,
    /// Its place among those that occurred at the same time.
    #[serde(skip_serializing)]
    pub(crate) stage: i64,
}

const FACT: &str = "id, event_id, order_key, event_type, occurred_at, heard_at, payload, stage";

/// How many facts are read at once, and how large they may be together: no further one is once they
/// have so many bytes.
const BATCH: usize = 100;
const BATCH_BYTES: usize = 32 * 1024;

fn batch<'a>(of: &'a str, by: &'a str) -> First<'a> {
    let within = Within { size: "octet_length(payload)", bytes: BATCH_BYTES };
    First { table: "facts", of, by, rows: BATCH, within }
}

fn embedded<'de, D: serde::Deserializer<'de>>(from: D) -> Result<serde_json::Value, D::Error> {
    let text = String::deserialize(from)?;
    serde_json::from_str(&text).map_err(serde::de::Error::custom)
}

/// What was told about an order, causes before effects: what follows `after`, or the first of it. A
/// few at a time, and none at the end.
pub(crate) async fn timeline(
    order: i64,
    after: Option<&Fact>,
    db: &Database,
) -> sqlx::Result<Vec<Fact>> {
    const BY: &str = "occurred_at, stage, event_id";
    let Some(last) = after else {
        let from = batch("order_key = $1", BY).to_string();
        return db.rows(FACT, &from, |query| query.bind(order)).await;
    };
    let from = batch("order_key = $1 AND (occurred_at, stage, event_id) > ($2, $3, $4)", BY);
    let (at, stage, id) = (last.occurred_at, last.stage, last.event_id.clone());
    db.rows(FACT, &from.to_string(), |query| query.bind(order).bind(at).bind(stage).bind(id)).await
}

/// What was heard after the fact `after` up to the fact `until`, of all orders or of one: a few at a
/// time, and none at the end.
pub(crate) async fn heard(
    after: i64,
    until: i64,
    order: Option<i64>,
    db: &Database,
) -> sqlx::Result<Vec<Fact>> {
    let of = "id > $1 AND id <= $2";
    let Some(order) = order else {
        let from = batch(of, "id").to_string();
        return db.rows(FACT, &from, |query| query.bind(after).bind(until)).await;
    };
    let of = format!("{of} AND order_key = $3");
    let from = batch(&of, "id").to_string();
    db.rows(FACT, &from, |query| query.bind(after).bind(until).bind(order)).await
}

/// Where these orders stand now; those that nothing is known of are left out.
pub(crate) async fn standing(
    orders: &BTreeSet<i64>,
    db: &Database,
) -> sqlx::Result<HashMap<i64, Trace>> {
    let given = given(db.dialect, &[("wanted", Kind::Integer)]);
    let from = format!("order_traces WHERE order_key IN (SELECT wanted FROM {given})");
    let wanted: Vec<[i64; 1]> = orders.iter().map(|order| [*order]).collect();
    let array = match db.dialect {
        Dialect::Sqlite => "json_array",
        Dialect::Postgres => "json_build_array",
    };
    let (columns, wanted) = (format!("order_key, {array}({COLUMNS})"), json(&wanted)?);
    let rows: Vec<(i64, Trace)> = db.rows(&columns, &from, |query| query.bind(wanted)).await?;
    Ok(rows.into_iter().collect())
}

/// The id of the latest fact, 0 before the first.
pub(crate) async fn latest(db: &Database) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) FROM facts")
        .fetch_one(&mut *db.read().await?)
        .await
}
