//! What is old and settled is removed, and nothing else changes.

use serde_json::Value;
use testkit::{
    Fleet, eventually,
    fleet::Service::{Delivery, OrderTrace, Payment},
    invariants,
    ledger::settle,
    rows,
};

use crate::steps::{PREPARING, becomes, cancel, place, words};

pub(crate) fn what_is_settled_is_removed_and_the_sums_stay(fleet: &mut Fleet) {
    let orders: Vec<i64> = (0..6).map(|_| place(fleet)).collect();
    for order in &orders {
        becomes(fleet, *order, "DELIVERY START");
    }
    cancel(fleet, orders[0]);
    becomes(fleet, orders[0], "ORDER CANCEL");
    settle(fleet);

    nothing_old_is_left(fleet);

    invariants::hold(fleet);
    let timeline = timeline(fleet, orders[1]);
    assert_eq!(timeline["facts"], Value::Array(Vec::new()));
    // Ordered, due, taken, delivered.
    assert_eq!(timeline["removed"], 4);

    // An order is as good as ever, also for those who call it off late.
    cancel(fleet, orders[1]);
    becomes(fleet, orders[1], "ORDER CANCEL");
    let next = place(fleet);
    becomes(fleet, next, "DELIVERY START");
    settle(fleet);
    invariants::hold(fleet);

    nothing_old_is_left(fleet);

    invariants::hold(fleet);
    assert_eq!(words(fleet, Payment, orders[1], "paymentStatus"), ["ORDER CANCEL"]);
    assert_eq!(words(fleet, Delivery, orders[2], "deliveryStatus"), [PREPARING]);
}

/// Waits until timelines, and the log with what inboxes remember of it, are empty. A topic of Kafka
/// keeps its events, and may deliver them again: so the inboxes keep what they know of them.
fn nothing_old_is_left(fleet: &Fleet) {
    let mut tables = vec![("ordertrace", "facts")];
    if !fleet.cell().has_kafka() {
        tables.extend([("log", "log_record"), ("payment", "inbox"), ("delivery", "inbox")]);
    }
    for (owner, table) in tables {
        eventually(|| match fleet.number(owner, &format!("SELECT COUNT(*) FROM {table}")) {
            0 => Ok(()),
            left => Err(format!("{left} rows are left in {table} of {owner}")),
        });
    }
}

fn timeline(fleet: &Fleet, order: i64) -> Value {
    let traces = rows::all(fleet, OrderTrace);
    let trace = traces.iter().find(|(_, trace)| trace["orderId"] == order);
    let path = format!("/orderTraces/{}/timeline", trace.expect("it is traced").0);
    fleet.ask(OrderTrace, "GET", &path, None).json()
}
