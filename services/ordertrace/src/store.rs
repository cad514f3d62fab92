//! Every SQL statement of this service but those of the invariants and of the retention.

mod facts;

use events::{Envelope, Event, Style};
use hal::Rows;
use participant::Table;
use sqlx::AssertSqlSafe;
use storage::{Connection, Database, Dialect, Kind, Migration, given, json};

use crate::{
    progress::Progress,
    trace::{Draft, Trace, place},
};

pub use facts::Fact;
pub(crate) use facts::{heard, latest, standing, timeline};

pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 100,
        name: "order traces",
        sql: include_str!("../migrations/0100_order_traces.sql"),
    },
    Migration {
        version: 101,
        name: "invariants",
        sql: include_str!("../migrations/0101_invariants.sql"),
    },
    Migration {
        version: 102,
        name: "deliveries",
        sql: include_str!("../migrations/0102_deliveries.sql"),
    },
    Migration {
        version: 110,
        name: "settled orders",
        sql: include_str!("../migrations/0110_settled_orders.sql"),
    },
];

const COLUMNS: &str = "id, product_id, qty, cost, product_name, order_id, status";

pub(crate) const TRACES: Table = Table {
    name: "order_traces",
    columns: COLUMNS,
    texts: &["qty", "product_name", "status"],
    visible: "1 = 1",
};

/// The traces that name this order.
pub(crate) async fn of_order(order: i64, db: &Database) -> sqlx::Result<Rows<Trace>> {
    TRACES.list(db, Some(("order_id", order))).await
}

/// Keeps these facts for the timelines.
///
/// Replicas take turns on PostgreSQL, until `tx` ends: numbers become visible in their order, so
/// that whoever reads on from the last one misses nothing.
pub(crate) async fn remember(
    facts: &[Envelope],
    dialect: Dialect,
    tx: &mut Connection,
) -> sqlx::Result<()> {
    const COLUMNS: &[(&str, Kind)] = &[
        ("event_id", Kind::Text),
        ("order_key", Kind::Integer),
        ("event_type", Kind::Text),
        ("stage", Kind::Integer),
        ("occurred_at", Kind::Integer),
        ("payload", Kind::Text),
        ("payment_id", Kind::Integer),
        ("cost", Kind::Integer),
        ("delivery_id", Kind::Integer),
    ];
    let row = |fact: &Envelope| {
        let (name, place) = (fact.event.name(Style::Sktkanumodel), place(&fact.event));
        let payload = serde_json::to_string(&fact.wire(Style::Sktkanumodel));
        let payload = payload.map_err(|error| sqlx::Error::Encode(error.into()))?;
        let at = fact.occurred_at.as_millisecond();
        let (payment, cost) = money(&fact.event);
        let (id, order) = (fact.id.to_string(), fact.event.order_id());
        let delivery = delivery(&fact.event);
        Ok((id, order, name, place, at, payload, payment, cost, delivery))
    };
    let rows = facts.iter().map(row).collect::<sqlx::Result<Vec<_>>>()?;
    if dialect == Dialect::Postgres {
        let turn = "SELECT pg_advisory_xact_lock(hashtext('bulsajo facts'))";
        sqlx::query(turn).execute(&mut *tx).await?;
    }
    let sql = format!(
        "INSERT INTO facts (event_id, order_key, event_type, stage, occurred_at, heard_at, payload, \
         payment_id, cost, delivery_id) SELECT event_id, order_key, event_type, stage, occurred_at, \
         {}, payload, payment_id, cost, delivery_id FROM {} WHERE true ON CONFLICT (event_id) DO NOTHING",
        dialect.now(),
        given(dialect, COLUMNS)
    );
    sqlx::query(AssertSqlSafe(sql)).bind(json(&rows)?).execute(tx).await.map(drop)
}

/// Whose money a fact is about, and how much: the payment's number and its cost.
fn money(event: &Event) -> (Option<i64>, Option<i64>) {
    match event {
        Event::Paid(payment) | Event::PayCancelled(payment) => (Some(payment.id), payment.cost),
        _ => (None, None),
    }
}

/// Which goods a fact is about.
fn delivery(event: &Event) -> Option<i64> {
    match event {
        Event::Delivered(delivery) | Event::DeliveryCancelled(delivery) => Some(delivery.id),
        _ => None,
    }
}

/// When the status of a trace is overwritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overwrite {
    /// By a later stage only: an event that was overtaken changes nothing.
    ByLater,
    /// By each event that has a status.
    Always,
}

impl Overwrite {
    fn condition(self) -> &'static str {
        match self {
            Self::ByLater => "given.stage > order_traces.stage",
            Self::Always => "given.status IS NOT NULL",
        }
    }
}

/// Brings the traces of these orders on. What an order is about is kept once known.
pub(crate) async fn advance(
    orders: &[Progress],
    overwrite: Overwrite,
    dialect: Dialect,
    tx: &mut Connection,
) -> sqlx::Result<()> {
    const COLUMNS: &[(&str, Kind)] = &[
        ("order_key", Kind::Integer),
        ("product_id", Kind::Integer),
        ("qty", Kind::Text),
        ("cost", Kind::Integer),
        ("product_name", Kind::Text),
        ("status", Kind::Text),
        ("stage", Kind::Integer),
    ];
    let (given, counts) = (given(dialect, COLUMNS), overwrite.condition());
    // Known orders are left out of the insert: a conflict would use up a number all the same.
    let begin = format!(
        "INSERT INTO order_traces (order_key, order_id, status, stage) \
         SELECT order_key, order_key, status, stage FROM {given} WHERE NOT EXISTS \
         (SELECT 1 FROM order_traces known WHERE known.order_key = given.order_key) \
         ORDER BY order_key ON CONFLICT (order_key) DO NOTHING"
    );
    let advance = format!(
        "UPDATE order_traces SET \
         product_id = COALESCE(order_traces.product_id, given.product_id), \
         qty = COALESCE(order_traces.qty, given.qty), \
         cost = COALESCE(order_traces.cost, given.cost), \
         product_name = COALESCE(order_traces.product_name, given.product_name), \
         status = CASE WHEN {counts} THEN given.status \
                  ELSE order_traces.status END, \
         stage = CASE WHEN {counts} THEN given.stage \
                 ELSE order_traces.stage END \
         FROM {given} WHERE order_traces.order_key = given.order_key"
    );
    let row = |order: &Progress| {
        let Progress { order_id, product_id, qty, cost, product_name, stage, status } =
            order.clone();
        let qty = qty.map(|qty| qty.to_string());
        (order_id, product_id, qty, cost, product_name, status, stage as i64)
    };
    let rows: Vec<_> = orders.iter().map(row).collect();
    let rows = json(&rows)?;
    sqlx::query(AssertSqlSafe(begin)).bind(rows.clone()).execute(&mut *tx).await?;
    sqlx::query(AssertSqlSafe(advance)).bind(rows).execute(tx).await.map(drop)
}

pub(crate) async fn insert(draft: &Draft, tx: &mut Connection) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "INSERT INTO order_traces (product_id, qty, cost, product_name, order_id, status, stage) \
         VALUES ($1, $2, $3, $4, $5, $6, 0) RETURNING id",
    )
    .bind(draft.product_id)
    .bind(draft.qty.map(|qty| qty.to_string()))
    .bind(draft.cost)
    .bind(&draft.product_name)
    .bind(draft.order_id)
    .bind(&draft.status)
    .fetch_one(tx)
    .await
}

pub(crate) async fn update(id: i64, draft: &Draft, tx: &mut Connection) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE order_traces SET product_id = $1, qty = $2, cost = $3, product_name = $4, \
         order_id = $5, status = $6 WHERE id = $7",
    )
    .bind(draft.product_id)
    .bind(draft.qty.map(|qty| qty.to_string()))
    .bind(draft.cost)
    .bind(&draft.product_name)
    .bind(draft.order_id)
    .bind(&draft.status)
    .bind(id)
    .execute(tx)
    .await
    .map(drop)
}

pub(crate) async fn delete(id: i64, tx: &mut Connection) -> sqlx::Result<bool> {
    let delete = sqlx::query("DELETE FROM order_traces WHERE id = $1").bind(id);
    Ok(delete.execute(tx).await?.rows_affected() == 1)
}
