//! What must be true once everything has settled.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use hal::Resource as _;
use messaging::Outbox;
use participant::Guards;
use proptest::{prelude::*, test_runner::TestCaseError};
use serde_json::json;
use sqlx::{AnyPool, Row as _};

use crate::world::World;

type Checked = Result<(), TestCaseError>;

/// One order, with what each service holds of it.
#[derive(Debug)]
struct Whole {
    id: i64,
    status: String,
    /// taken, refunded, void
    payment: Option<(bool, bool, bool)>,
    /// recalled
    delivery: Option<bool>,
    trace: Option<String>,
    /// How many facts of each kind were told, by their identities.
    told: BTreeMap<String, usize>,
}

pub(crate) async fn everything(world: &World) -> Checked {
    nothing_is_stuck(world).await?;
    for order in orders(world).await {
        money_is_right(world, &order)?;
        goods_are_right(&order)?;
        trace_is_right(&order)?;
        each_fact_was_told_once(&order)?;
    }
    timelines_are_the_facts(world).await?;
    nothing_was_handled_twice(world).await?;
    books_agree(world).await
}

async fn nothing_is_stuck(world: &World) -> Checked {
    for outbox in &world.outboxes {
        let dead: i64 = count("SELECT count(*) FROM dead_letter", outbox.db()).await;
        prop_assert_eq!(dead, 0, "dead letters");
    }
    let charged_twice = "SELECT count(*) FROM (SELECT order_id FROM payments WHERE hidden = 0 \
                         GROUP BY order_id HAVING count(*) > 1) twice";
    prop_assert_eq!(count(charged_twice, world.outboxes[1].db()).await, 0, "charged twice");
    Ok(())
}

/// Charged once; kept iff the order stands (and was paid), given back iff it was called off.
fn money_is_right(world: &World, order: &Whole) -> Checked {
    let stands = order.status == "placed";
    if stands {
        let due = world.approval_is_automatic || world.paid.contains(&order.id);
        prop_assert_eq!(order.payment, Some((due, false, false)), "{:?}", order);
    } else if let Some((taken, refunded, void)) = order.payment {
        prop_assert!(void && taken == refunded, "{:?}", order);
    } else {
        prop_assert_eq!(&order.status, "rejected", "{:?}", order);
    }
    Ok(())
}

/// Sent iff paid for an order that stands; otherwise never sent, or brought back.
fn goods_are_right(order: &Whole) -> Checked {
    let kept = matches!(order.payment, Some((true, false, _)));
    if kept {
        prop_assert_eq!(order.delivery, Some(false), "{:?}", order);
    } else {
        prop_assert!(order.delivery != Some(false), "{:?}", order);
    }
    Ok(())
}

fn trace_is_right(order: &Whole) -> Checked {
    let expected = match (order.status.as_str(), order.payment) {
        ("placed", Some((true, ..))) => Some("DELIVERY START"),
        ("placed", _) => Some("Order END"),
        ("cancelled", _) => Some("ORDER CANCEL"),
        _ => None,
    };
    match expected {
        Some(status) => prop_assert_eq!(order.trace.as_deref(), Some(status), "{:?}", order),
        // Rejected: it may have left traces, but never of an order that stands.
        None => prop_assert!(
            matches!(order.trace.as_deref(), None | Some("ORDER CANCEL" | "null")),
            "{:?}",
            order
        ),
    }
    Ok(())
}

fn each_fact_was_told_once(order: &Whole) -> Checked {
    for (kind, count) in &order.told {
        // Paid is told when money is due and when it was taken, and once more for each PUT.
        prop_assert!(*count == 1 || kind == "Paid", "{kind} told {count} times: {:?}", order);
    }
    let ordered = order.told.contains_key("Ordered");
    prop_assert_eq!(ordered, order.status != "rejected", "{:?}", order);
    Ok(())
}

/// However often an event is published and delivered, and whatever the inbox has forgotten.
async fn nothing_was_handled_twice(world: &World) -> Checked {
    let twice = "SELECT count(*) FROM (SELECT event_id FROM handled GROUP BY event_id \
                 HAVING count(*) > 1) twice";
    for service in [1, 2] {
        prop_assert_eq!(count(twice, world.outboxes[service].db()).await, 0, "handled twice");
    }
    Ok(())
}

/// The sums of ordertrace are those of the orders, also of orders whose facts were removed.
async fn books_agree(world: &World) -> Checked {
    let db = world.outboxes[3].db();
    let books = ordertrace::books(db, Guards::default(), Duration::ZERO).await.unwrap();
    let books = serde_json::to_value(books).unwrap();
    prop_assert_eq!(&books["holds"], true, "{}", &books);
    let (mut placed, mut cancelled, mut paid) = (0, 0, 0);
    for order in orders(world).await {
        placed += i64::from(order.status == "placed");
        cancelled += i64::from(order.status == "cancelled");
        paid += i64::from(order.payment == Some((true, false, false)));
    }
    let expected = json!({
        "told": placed + cancelled, "finished": paid, "cancelled": cancelled,
        "inFlight": placed - paid,
    });
    prop_assert_eq!(&books["orders"], &expected, "{}", &books);
    prop_assert_eq!(&books["money"]["kept"], 1000 * paid, "{}", &books);
    prop_assert_eq!(&books["money"]["owed"], 1000 * (placed - paid), "{}", &books);
    Ok(())
}

/// What ordertrace remembers is exactly what was told, by identity; so is what it remembered before
/// that was removed.
async fn timelines_are_the_facts(world: &World) -> Checked {
    let told = told(world).await;
    let heard = in_the_timelines(&world.outboxes[3]).await;
    let heard: BTreeSet<String> = heard.into_iter().chain(world.keeper.consumed.clone()).collect();
    let told: BTreeSet<String> = told.into_keys().collect();
    prop_assert_eq!(heard, told);
    Ok(())
}

pub(crate) async fn in_the_timelines(ordertrace: &Outbox) -> Vec<String> {
    sqlx::query_scalar("SELECT event_id FROM facts")
        .fetch_all(&mut *ordertrace.db().read().await.unwrap())
        .await
        .unwrap()
}

/// Every fact that is or was in the log: identity to order and kind. A fact relayed twice has one
/// identity.
async fn told(world: &World) -> BTreeMap<String, (String, String)> {
    let mut told = world.keeper.published.clone();
    told.extend(in_the_log(&world.log_tables).await);
    told
}

pub(crate) async fn in_the_log(log: &AnyPool) -> BTreeMap<String, (String, String)> {
    let rows = sqlx::query("SELECT key, headers FROM log_record").fetch_all(log);
    let rows = rows.await.unwrap();
    let facts = rows.iter().map(|row| {
        let headers: Vec<(String, String)> =
            serde_json::from_str(&row.get::<String, _>("headers")).unwrap();
        let header = |name: &str| {
            headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        (header("eventId").unwrap(), (row.get("key"), header("type").unwrap()))
    });
    facts.collect()
}

async fn orders(world: &World) -> Vec<Whole> {
    let told = told(world).await;
    let rows: Vec<(i64, String)> = sqlx::query_as("SELECT id, status FROM orders ORDER BY id")
        .fetch_all(&mut *world.outboxes[0].db().read().await.unwrap())
        .await
        .unwrap();
    let mut orders = Vec::new();
    for (id, status) in rows {
        let mut kinds = BTreeMap::new();
        for (key, kind) in told.values() {
            if *key == id.to_string() {
                *kinds.entry(kind.clone()).or_default() += 1;
            }
        }
        let (payment, delivery) = (payment(world, id).await, delivery(world, id).await);
        let trace = trace(world, id).await;
        orders.push(Whole { id, status, payment, delivery, trace, told: kinds });
    }
    orders
}

async fn payment(world: &World, order: i64) -> Option<(bool, bool, bool)> {
    let row: Option<(i64, i64, i64)> =
        sqlx::query_as("SELECT taken, refunded, void FROM payments WHERE order_key = $1")
            .bind(order)
            .fetch_optional(&mut *world.outboxes[1].db().read().await.unwrap())
            .await
            .unwrap();
    row.map(|(taken, refunded, void)| (taken == 1, refunded == 1, void == 1))
}

async fn delivery(world: &World, order: i64) -> Option<bool> {
    let recalled: Option<i64> =
        sqlx::query_scalar("SELECT recalled FROM deliveries WHERE order_key = $1")
            .bind(order)
            .fetch_optional(&mut *world.outboxes[2].db().read().await.unwrap())
            .await
            .unwrap();
    recalled.map(|recalled| recalled == 1)
}

async fn trace(world: &World, order: i64) -> Option<String> {
    let traces = ordertrace::Traces::new(world.outboxes[3].clone());
    let all = traces.page(&crate::world::everything()).await.unwrap().items.all().await.unwrap();
    let trace = all.into_iter().find(|trace| trace.order_id == Some(order))?;
    let value = serde_json::to_value(&trace).unwrap();
    Some(value["status"].as_str().unwrap_or("null").to_owned())
}

async fn count(sql: &'static str, db: &storage::Database) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&mut *db.read().await.unwrap()).await.unwrap()
}
