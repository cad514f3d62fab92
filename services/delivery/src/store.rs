//! Every SQL statement of this service.

use hal::{Property, Rows};
use messaging::Transaction;
use participant::Table;
use sqlx::AssertSqlSafe;
use storage::{Connection, Database, Dialect, Kind, Migration, given, json};

use crate::delivery::{Delivery, RECALLED};

pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 100,
        name: "deliveries",
        sql: include_str!("../migrations/0100_deliveries.sql"),
    },
    Migration {
        version: 101,
        name: "numbers",
        sql: include_str!("../migrations/0101_numbers.sql"),
    },
];

const COLUMNS: &str = "id, order_id, product_id, qty, delivery_status, destination, payment_id, \
    product_name, order_key, recalled, hidden";

/// What deliveries can be sorted by, and the column of each.
pub(crate) const SORTABLE: &[Property] = &[
    Property::new("id", "id"),
    Property::new("orderId", "order_id"),
    Property::new("productId", "product_id"),
    Property::new("qty", "qty"),
    Property::new("deliveryStatus", "delivery_status"),
    Property::new("destination", "destination"),
    Property::new("paymentId", "payment_id"),
    Property::new("productName", "product_name"),
];

/// The deliveries that people see.
pub(crate) const SHOWN: Table = Table {
    name: "deliveries",
    columns: COLUMNS,
    texts: &["delivery_status", "destination", "product_name"],
    visible: "hidden = 0",
};

/// The deliveries that name this order.
pub(crate) async fn of_order(order: i64, db: &Database) -> sqlx::Result<Rows<Delivery>> {
    SHOWN.list(db, Some(("order_id", order))).await
}

/// The deliveries that name this payment.
pub(crate) async fn of_payment(payment: i64, db: &Database) -> sqlx::Result<Rows<Delivery>> {
    SHOWN.list(db, Some(("payment_id", payment))).await
}

/// Locks the delivery of each of these orders; an order has one at most.
pub(crate) async fn lock_of_orders(
    orders: &[i64],
    tx: &mut Transaction,
) -> sqlx::Result<Vec<Delivery>> {
    SHOWN.lock_all("order_key", orders, tx).await
}

/// Locks the deliveries of a payment.
pub(crate) async fn lock_of_payment(
    payment: i64,
    tx: &mut Transaction,
) -> sqlx::Result<Vec<Delivery>> {
    SHOWN.lock_all("payment_id", &[payment], tx).await
}

/// Keeps a new delivery and gives it its id; `None` when its order has one already.
pub(crate) async fn insert(delivery: &Delivery, tx: &mut Connection) -> sqlx::Result<Option<i64>> {
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
    .bind(i64::from(delivery.recalled))
    .bind(i64::from(delivery.hidden))
    .fetch_optional(tx)
    .await
}

/// Keeps new deliveries of orders that have none, and says which number each order's got.
pub(crate) async fn insert_all(
    deliveries: &[Delivery],
    dialect: Dialect,
    tx: &mut Connection,
) -> sqlx::Result<Vec<(i64, i64)>> {
    const COLUMNS: &[(&str, Kind)] = &[
        ("order_key", Kind::Integer),
        ("product_id", Kind::Integer),
        ("qty", Kind::Integer),
        ("delivery_status", Kind::Text),
        ("payment_id", Kind::Integer),
        ("product_name", Kind::Text),
    ];
    let row = |it: &Delivery| {
        let (status, name) = (it.delivery_status.clone(), it.product_name.clone());
        (it.order_key, it.product_id, it.qty, status, it.payment_id, name)
    };
    let rows: Vec<_> = deliveries.iter().map(row).collect();
    let sql = format!(
        "INSERT INTO deliveries (order_key, order_id, product_id, qty, delivery_status, payment_id, \
         product_name, recalled, hidden) SELECT order_key, order_key, product_id, qty, \
         delivery_status, payment_id, product_name, 0, 0 FROM {} WHERE true \
         ON CONFLICT (order_key) DO NOTHING RETURNING order_key, id",
        given(dialect, COLUMNS)
    );
    sqlx::query_as(AssertSqlSafe(sql)).bind(json(&rows)?).fetch_all(tx).await
}

/// Keeps what became of a delivery.
pub(crate) async fn update(delivery: &Delivery, tx: &mut Connection) -> sqlx::Result<()> {
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
    .bind(i64::from(delivery.recalled))
    .bind(i64::from(delivery.hidden))
    .bind(delivery.id)
    .execute(tx)
    .await
    .map(drop)
}

/// Remembers an order whose payment was void before anything was sent, so that nothing ever is.
pub(crate) async fn insert_never(
    order: i64,
    dialect: Dialect,
    tx: &mut Connection,
) -> sqlx::Result<()> {
    let id = dialect.hidden_number("deliveries");
    sqlx::query(AssertSqlSafe(format!(
        "INSERT INTO deliveries (id, order_key, order_id, delivery_status, recalled, hidden) \
         VALUES ({id}, $1, $1, $2, 1, 1) ON CONFLICT (order_key) DO NOTHING",
    )))
    .bind(order)
    .bind(RECALLED)
    .execute(tx)
    .await
    .map(drop)
}
