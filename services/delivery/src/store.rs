//! Every SQL statement of this service.

use participant::Table;
use sqlx::AnyConnection;
use storage::{Dialect, Migration, json_rows};

use crate::delivery::{Delivery, RECALLED};

pub const MIGRATIONS: &[Migration] = &[Migration {
    version: 100,
    name: "deliveries",
    sql: include_str!("../migrations/0100_deliveries.sql"),
}];

const COLUMNS: &str = "id, order_id, product_id, qty, delivery_status, destination, payment_id, \
    product_name, order_key, recalled, hidden";

/// The deliveries that people see.
pub(crate) const SHOWN: Table =
    Table { name: "deliveries", columns: COLUMNS, visible: "hidden = 0" };

/// Takes a delivery that is shown in hand: nobody else can change it until `tx` ends.
pub(crate) async fn lock(
    id: i64,
    dialect: Dialect,
    tx: &mut AnyConnection,
) -> sqlx::Result<Option<Delivery>> {
    lock_where("id = $1 AND hidden = 0", id, dialect, tx).await
}

/// Takes the delivery of an order in hand, shown or not.
pub(crate) async fn lock_of_order(
    order: i64,
    dialect: Dialect,
    tx: &mut AnyConnection,
) -> sqlx::Result<Option<Delivery>> {
    lock_where("order_key = $1", order, dialect, tx).await
}

async fn lock_where(
    condition: &str,
    value: i64,
    dialect: Dialect,
    tx: &mut AnyConnection,
) -> sqlx::Result<Option<Delivery>> {
    let from = format!("deliveries WHERE {condition}{}", dialect.for_update());
    Ok(json_rows(dialect, COLUMNS, &from, tx, |query| query.bind(value)).await?.pop())
}

/// Keeps a new delivery and gives it its id; `None` when its order has one already.
pub(crate) async fn insert(
    delivery: &Delivery,
    tx: &mut AnyConnection,
) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar(
        "INSERT INTO deliveries (order_id, product_id, qty, delivery_status, destination, \
         payment_id, product_name, order_key, recalled, hidden) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (order_key) DO NOTHING RETURNING id",
    )
    .bind(delivery.order_id)
    .bind(delivery.product_id)
    .bind(delivery.qty.map(i64::from))
    .bind(&delivery.delivery_status)
    .bind(&delivery.destination)
    .bind(delivery.payment_id)
    .bind(&delivery.product_name)
    .bind(delivery.order_key)
    .bind(delivery.recalled)
    .bind(delivery.hidden)
    .fetch_optional(tx)
    .await
}

/// Keeps what became of a delivery.
pub(crate) async fn update(delivery: &Delivery, tx: &mut AnyConnection) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE deliveries SET order_id = $1, product_id = $2, qty = $3, delivery_status = $4, \
         destination = $5, payment_id = $6, product_name = $7, recalled = $8, hidden = $9 \
         WHERE id = $10",
    )
    .bind(delivery.order_id)
    .bind(delivery.product_id)
    .bind(delivery.qty.map(i64::from))
    .bind(&delivery.delivery_status)
    .bind(&delivery.destination)
    .bind(delivery.payment_id)
    .bind(&delivery.product_name)
    .bind(delivery.recalled)
    .bind(delivery.hidden)
    .bind(delivery.id)
    .execute(tx)
    .await
    .map(drop)
}

/// Remembers an order whose payment was void before anything was sent, so that nothing ever is.
/// The number is none that a delivery gets.
pub(crate) async fn insert_never(order: i64, tx: &mut AnyConnection) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO deliveries (id, order_key, order_id, delivery_status, recalled, hidden) \
         VALUES ($1, $2, $2, $3, 1, 1) ON CONFLICT DO NOTHING",
    )
    .bind(order.saturating_neg())
    .bind(order)
    .bind(RECALLED)
    .execute(tx)
    .await
    .map(drop)
}
