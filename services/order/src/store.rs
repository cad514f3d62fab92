//! Every SQL statement of this service.

use participant::Table;
use sqlx::AnyConnection;
use storage::{Database, Dialect, Migration, json_rows};

use crate::order::{Draft, Order};

pub const MIGRATIONS: &[Migration] = &[Migration {
    version: 100,
    name: "orders",
    sql: include_str!("../migrations/0100_orders.sql"),
}];

const COLUMNS: &str = "id, product_id, qty, payment_type, cost, product_name";

/// The orders that customers see: those that payment has said yes to and nobody called off.
pub(crate) const PLACED: Table =
    Table { name: "orders", columns: COLUMNS, visible: "status = 'placed'" };

/// Keeps an order that payment has not been asked about, so that it has an id.
pub(crate) async fn insert_pending(
    draft: &Draft,
    placed_at: i64,
    connection: &mut AnyConnection,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "INSERT INTO orders (product_id, qty, payment_type, cost, product_name, status, placed_at) \
         VALUES ($1, $2, $3, $4, $5, 'pending', $6) RETURNING id",
    )
    .bind(draft.product_id)
    .bind(draft.qty.map(i64::from))
    .bind(&draft.payment_type)
    .bind(draft.cost)
    .bind(&draft.product_name)
    .bind(placed_at)
    .fetch_one(connection)
    .await
}

/// Moves a pending order on, and says when it was placed; `None` when somebody else has decided
/// about it.
pub(crate) async fn decide(
    id: i64,
    status: &'static str,
    tx: &mut AnyConnection,
) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar(
        "UPDATE orders SET status = $1 WHERE id = $2 AND status = 'pending' RETURNING placed_at",
    )
    .bind(status)
    .bind(id)
    .fetch_optional(tx)
    .await
}

/// Whether this order was placed.
pub(crate) async fn is_placed(id: i64, tx: &mut AnyConnection) -> sqlx::Result<bool> {
    let count = "SELECT count(*) FROM orders WHERE id = $1 AND status = 'placed'";
    let count: i64 = sqlx::query_scalar(count).bind(id).fetch_one(tx).await?;
    Ok(count == 1)
}

pub(crate) async fn cancel(id: i64, tx: &mut AnyConnection) -> sqlx::Result<()> {
    let update = sqlx::query("UPDATE orders SET status = 'cancelled' WHERE id = $1");
    update.bind(id).execute(tx).await.map(drop)
}

pub(crate) async fn update(id: i64, draft: &Draft, tx: &mut AnyConnection) -> sqlx::Result<()> {
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

/// Orders nobody has decided about since before `placed_before`, oldest first.
pub(crate) async fn left_pending(
    placed_before: i64,
    dialect: Dialect,
    connection: &mut AnyConnection,
) -> sqlx::Result<Vec<Order>> {
    let from = "orders WHERE status = 'pending' AND placed_at < $1 ORDER BY placed_at LIMIT 100";
    json_rows(dialect, COLUMNS, from, connection, |query| query.bind(placed_before)).await
}

/// How many orders nobody has decided about.
pub(crate) async fn count_pending(db: Database) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM orders WHERE status = 'pending'")
        .fetch_one(&db.read)
        .await
}
