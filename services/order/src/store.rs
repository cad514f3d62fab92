//! Every SQL statement of this service.

use events::Envelope;
use hal::Property;
use messaging::{Outbox, Statement};
use participant::Table;
use sqlx::AssertSqlSafe;
use storage::{Connection, Database, Dialect, Kind, Migration, given, json, json_rows, sum};

use crate::order::{Draft, Order};

pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 100, name: "orders", sql: include_str!("../migrations/0100_orders.sql") },
    Migration { version: 101, name: "claims", sql: include_str!("../migrations/0101_claims.sql") },
    Migration { version: 102, name: "queued", sql: include_str!("../migrations/0102_queued.sql") },
    Migration { version: 103, name: "clock", sql: include_str!("../migrations/0103_clock.sql") },
];

const COLUMNS: &str = "id, product_id, qty, payment_type, cost, product_name, placed_at";
const TEXTS: &[&str] = &["payment_type", "product_name"];

/// What orders can be sorted by, and the column of each.
pub(crate) const SORTABLE: &[Property] = &[
    Property::new("id", "id"),
    Property::new("productId", "product_id"),
    Property::new("qty", "qty"),
    Property::new("paymentType", "payment_type"),
    Property::new("cost", "cost"),
    Property::new("productName", "product_name"),
];

/// The orders that customers see: those that payment has said yes to and nobody called off.
pub(crate) const PLACED: Table =
    Table { name: "orders", columns: COLUMNS, texts: TEXTS, visible: "status = 'placed'" };

/// Keeps an order that payment has not been asked about, so that it has an id.
pub(crate) async fn insert_pending(
    draft: &Draft,
    placed_at: i64,
    dialect: Dialect,
    connection: &mut Connection,
) -> sqlx::Result<i64> {
    let sql = format!(
        "INSERT INTO orders (product_id, qty, payment_type, cost, product_name, status, placed_at, \
         asked_at) VALUES ($1, $2, $3, $4, $5, 'pending', $6, {}) RETURNING id",
        dialect.now()
    );
    sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(draft.product_id)
        .bind(draft.qty.map(i64::from))
        .bind(&draft.payment_type)
        .bind(draft.cost)
        .bind(&draft.product_name)
        .bind(placed_at)
        .fetch_one(connection)
        .await
}

/// Orders that nobody has decided about. The index is on the same words.
const UNDECIDED: &str = "status IN ('pending', 'queued')";

/// How many orders a sweep takes in hand at once.
pub(crate) const BATCH: usize = 100;

/// Moves an undecided order on. Were the states part of the text, PostgreSQL would look through all
/// undecided orders, and those that had been so lately, rather than for the one with this number.
const DECIDE: &str =
    "UPDATE orders SET status = $1 WHERE id = $2 AND status IN ($3, $4) RETURNING id";

/// Places an undecided order and tells so, unless somebody else has decided about it.
pub(crate) async fn place(order: &Order, outbox: &Outbox) -> sqlx::Result<()> {
    let bind =
        |decide: Statement| decide.bind("placed").bind(order.id).bind("pending").bind("queued");
    outbox
        .change_and_tell(DECIDE, bind, |_| Envelope::seal_at(order.ordered(), order.placed_at()))
        .await
        .map(drop)
}

/// Rejects an undecided order; false when somebody else has decided about it.
pub(crate) async fn reject(id: i64, tx: &mut Connection) -> sqlx::Result<bool> {
    let decide = sqlx::query(DECIDE).bind("rejected").bind(id);
    let decided = decide.bind("pending").bind("queued").fetch_optional(tx).await?;
    Ok(decided.is_some())
}

/// Lets a pending order wait for payment; false when somebody else has decided about it.
pub(crate) async fn queue(id: i64, tx: &mut Connection) -> sqlx::Result<bool> {
    let update = "UPDATE orders SET status = 'queued' WHERE id = $1 AND status = 'pending'";
    let done = sqlx::query(update).bind(id).execute(tx).await?;
    Ok(done.rows_affected() == 1)
}

/// The orders whose customers know that they wait for payment.
pub(crate) const QUEUED: Table =
    Table { name: "orders", columns: COLUMNS, texts: TEXTS, visible: "status = 'queued'" };

/// Whether this order was placed.
pub(crate) async fn is_placed(id: i64, tx: &mut Connection) -> sqlx::Result<bool> {
    let count = "SELECT count(*) FROM orders WHERE id = $1 AND status = 'placed'";
    let count: i64 = sqlx::query_scalar(count).bind(id).fetch_one(tx).await?;
    Ok(count == 1)
}

pub(crate) async fn cancel(id: i64, tx: &mut Connection) -> sqlx::Result<()> {
    let update = sqlx::query("UPDATE orders SET status = 'cancelled' WHERE id = $1");
    update.bind(id).execute(tx).await.map(drop)
}

pub(crate) async fn update(id: i64, draft: &Draft, tx: &mut Connection) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE orders SET product_id = $1, qty = $2, payment_type = $3, cost = $4, \
         product_name = $5 WHERE id = $6",
    )
    .bind(draft.product_id)
    .bind(draft.qty.map(i64::from))
    .bind(&draft.payment_type)
    .bind(draft.cost)
    .bind(&draft.product_name)
    .bind(id)
    .execute(tx)
    .await
    .map(drop)
}

/// Takes the oldest orders in hand that are queued, or that nobody has decided about for `age`
/// milliseconds, and that no sweep has taken in hand for as long.
///
/// By the database's clock: those of replicas may differ. What is later than now was written by
/// another clock, and does not count.
pub(crate) async fn claim_pending(
    age: i64,
    dialect: Dialect,
    tx: &mut Connection,
) -> sqlx::Result<Vec<Order>> {
    let now = storage::now(dialect, tx).await?;
    let from = format!(
        "orders WHERE {UNDECIDED} AND (status = 'queued' OR asked_at NOT BETWEEN $1 AND $2) \
         AND claimed_at NOT BETWEEN $1 AND $2 ORDER BY placed_at LIMIT {BATCH}{}",
        dialect.for_update_of_the_rest()
    );
    let since = now.saturating_sub(age);
    let orders: Vec<Order> =
        json_rows(dialect, COLUMNS, &from, tx, |query| query.bind(since).bind(now)).await?;
    claim(&orders, now, dialect, tx).await?;
    Ok(orders)
}

/// Lets the next sweep take these orders.
pub(crate) async fn release(
    orders: &[Order],
    dialect: Dialect,
    tx: &mut Connection,
) -> sqlx::Result<()> {
    claim(orders, 0, dialect, tx).await
}

async fn claim(
    orders: &[Order],
    at: i64,
    dialect: Dialect,
    tx: &mut Connection,
) -> sqlx::Result<()> {
    let rows: Vec<[i64; 1]> = orders.iter().map(|order| [order.id]).collect();
    let given = given(dialect, &[("id", Kind::Integer)]);
    let claim = format!("UPDATE orders SET claimed_at = $2 WHERE id IN (SELECT id FROM {given})");
    let claim = sqlx::query(AssertSqlSafe(claim)).bind(json(&rows)?).bind(at);
    claim.execute(tx).await.map(drop)
}

/// How many orders there are in each state, and what they cost together.
pub(crate) async fn totals(db: &Database) -> sqlx::Result<Vec<(String, i64, i128)>> {
    let from = "(SELECT status, COUNT(*) AS orders, COALESCE(SUM(cost >> 32), 0) AS upper_cost, \
                COALESCE(SUM(cost & 4294967295), 0) AS lower_cost FROM orders GROUP BY status) AS totals";
    let totals: Vec<(String, i64, i64, i64)> =
        db.rows("status, orders, upper_cost, lower_cost", from, |query| query).await?;
    Ok(totals.into_iter().map(|(status, n, upper, lower)| (status, n, sum(upper, lower))).collect())
}

/// How many orders nobody has decided about.
pub(crate) async fn count_pending(db: Database) -> sqlx::Result<i64> {
    let count = format!("SELECT count(*) FROM orders WHERE {UNDECIDED}");
    sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *db.read().await?).await
}
