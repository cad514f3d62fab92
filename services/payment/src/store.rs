//! Every SQL statement of this service.

use events::Envelope;
use hal::{Property, Rows};
use messaging::{Outbox, Statement, Transaction};
use participant::Table;
use sqlx::AssertSqlSafe;
use storage::{Connection, Database, Dialect, Kind, Migration, given, json};

use crate::payment::{CANCELLED, Payment};

pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 100,
        name: "payments",
        sql: include_str!("../migrations/0100_payments.sql"),
    },
    Migration {
        version: 101,
        name: "numbers",
        sql: include_str!("../migrations/0101_numbers.sql"),
    },
];

const COLUMNS: &str = "id, order_id, product_id, qty, payment_type, payment_status, cost, \
    product_name, order_key, taken, refunded, void, hidden";

/// What payments can be sorted by, and the column of each.
pub(crate) const SORTABLE: &[Property] = &[
    Property::new("id", "id"),
    Property::new("orderId", "order_id"),
    Property::new("productId", "product_id"),
    Property::new("qty", "qty"),
    Property::new("paymentType", "payment_type"),
    Property::new("paymentStatus", "payment_status"),
    Property::new("cost", "cost"),
    Property::new("productName", "product_name"),
];

/// The payments that people see.
pub(crate) const SHOWN: Table = Table {
    name: "payments",
    columns: COLUMNS,
    texts: &["payment_type", "payment_status", "product_name"],
    visible: "hidden = 0",
};

/// The payments that name this order.
pub(crate) async fn of_order(order: i64, db: &Database) -> sqlx::Result<Rows<Payment>> {
    SHOWN.list(db, Some(("order_id", order))).await
}

/// Locks the payment of each of these orders; an order has one at most.
pub(crate) async fn lock_of_orders(
    orders: &[i64],
    tx: &mut Transaction,
) -> sqlx::Result<Vec<Payment>> {
    SHOWN.lock_all("order_key", orders, tx).await
}

/// Locks all payments that name one of these orders, however many there are.
pub(crate) async fn lock_by_order_id(
    orders: &[i64],
    tx: &mut Transaction,
) -> sqlx::Result<Vec<Payment>> {
    SHOWN.lock_all("order_id", orders, tx).await
}

/// Keeps what became of the money of these payments.
pub(crate) async fn settle(
    payments: &[&Payment],
    dialect: Dialect,
    tx: &mut Connection,
) -> sqlx::Result<()> {
    const COLUMNS: &[(&str, Kind)] = &[
        ("id", Kind::Integer),
        ("payment_status", Kind::Text),
        ("taken", Kind::Integer),
        ("refunded", Kind::Integer),
        ("void", Kind::Integer),
    ];
    let row = |it: &&Payment| {
        let [taken, refunded, void] = [it.taken, it.refunded, it.void].map(i64::from);
        (it.id, it.payment_status.clone(), taken, refunded, void)
    };
    let rows: Vec<_> = payments.iter().map(row).collect();
    let sql = format!(
        "UPDATE payments SET payment_status = given.payment_status, taken = given.taken, \
         refunded = given.refunded, void = given.void FROM {} WHERE payments.id = given.id",
        given(dialect, COLUMNS)
    );
    sqlx::query(AssertSqlSafe(sql)).bind(json(&rows)?).execute(tx).await.map(drop)
}

/// Keeps a new payment, unless its order has one already, and gives it its id.
const INSERT: &str = "INSERT INTO payments (order_id, product_id, qty, payment_type, \
    payment_status, cost, product_name, order_key, taken, refunded, void, hidden) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
    ON CONFLICT (order_key) DO NOTHING RETURNING id";

/// Keeps a new payment and tells of it; `None` when its order has one already.
pub(crate) async fn charge(payment: &Payment, outbox: &Outbox) -> sqlx::Result<Option<i64>> {
    let paid = |id| Envelope::seal(Payment { id, ..payment.clone() }.paid());
    outbox.change_and_tell(INSERT, |insert| bound(insert, payment), paid).await
}

/// Keeps a new payment; `None` when its order has one already.
pub(crate) async fn insert(payment: &Payment, tx: &mut Connection) -> sqlx::Result<Option<i64>> {
    bound(sqlx::query_scalar(INSERT), payment).fetch_optional(tx).await
}

fn bound(insert: Statement, payment: &Payment) -> Statement {
    let payment = payment.clone();
    insert
        .bind(payment.order_id)
        .bind(payment.product_id)
        .bind(payment.qty.map(i64::from))
        .bind(payment.payment_type)
        .bind(payment.payment_status)
        .bind(payment.cost)
        .bind(payment.product_name)
        .bind(payment.order_key)
        .bind(i64::from(payment.taken))
        .bind(i64::from(payment.refunded))
        .bind(i64::from(payment.void))
        .bind(i64::from(payment.hidden))
}

/// Keeps what became of a payment.
pub(crate) async fn update(payment: &Payment, tx: &mut Connection) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE payments SET order_id = $1, product_id = $2, qty = $3, payment_type = $4, \
         payment_status = $5, cost = $6, product_name = $7, taken = $8, refunded = $9, void = $10, \
         hidden = $11 WHERE id = $12",
    )
    .bind(payment.order_id)
    .bind(payment.product_id)
    .bind(payment.qty.map(i64::from))
    .bind(&payment.payment_type)
    .bind(&payment.payment_status)
    .bind(payment.cost)
    .bind(&payment.product_name)
    .bind(i64::from(payment.taken))
    .bind(i64::from(payment.refunded))
    .bind(i64::from(payment.void))
    .bind(i64::from(payment.hidden))
    .bind(payment.id)
    .execute(tx)
    .await
    .map(drop)
}

/// Remembers an order that was called off before it was charged: a charge that is still on its way
/// finds this and is refused.
pub(crate) async fn insert_called_off(
    order: i64,
    dialect: Dialect,
    tx: &mut Connection,
) -> sqlx::Result<()> {
    let id = dialect.hidden_number("payments");
    sqlx::query(AssertSqlSafe(format!(
        "INSERT INTO payments \
         (id, order_key, order_id, payment_status, taken, refunded, void, hidden) \
         VALUES ({id}, $1, $1, $2, 0, 0, 1, 1) ON CONFLICT (order_key) DO NOTHING",
    )))
    .bind(order)
    .bind(CANCELLED)
    .execute(tx)
    .await
    .map(drop)
}
