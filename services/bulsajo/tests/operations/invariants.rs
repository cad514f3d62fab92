//! `GET /invariants` agrees with what happened, and tells the damage when a guard is taken away.

use std::{thread, time::Duration};

use serde_json::{Value, json};
use testkit::{
    Dice, Fleet, eventually,
    fleet::Service::{Gateway, Order, OrderTrace},
    ledger::settle,
};

use crate::{BINARY, coffee};

pub(crate) fn invariants(fleet: &Fleet) -> Value {
    fleet.ask(OrderTrace, "GET", "/invariants?grace=0s", None).json()
}

/// Waits until the figure at this JSON pointer is as expected.
pub(crate) fn shows(fleet: &Fleet, pointer: &str, expected: impl Into<Value>) {
    let expected = expected.into();
    eventually(|| {
        let found = invariants(fleet);
        if found.pointer(pointer) == Some(&expected) {
            Ok(())
        } else {
            Err(format!("{pointer} is not {expected}: {found}"))
        }
    });
}

pub(crate) fn place(fleet: &Fleet) {
    assert_eq!(fleet.http("POST", "/orders", Some(coffee())).status, 201);
}

pub(crate) fn cancel(fleet: &Fleet, id: i64) {
    assert_eq!(fleet.http("DELETE", &format!("/orders/{id}"), None).status, 204);
}

#[test]
fn orders_and_money_add_up() {
    let fleet = Fleet::start(BINARY, &[]);
    for _ in 0..3 {
        place(&fleet);
    }
    shows(&fleet, "/orders/finished", 3);
    cancel(&fleet, 2);

    shows(&fleet, "/money/refunded", 1000);
    shows(&fleet, "/holds", true);

    let found = invariants(&fleet);
    let orders = json!({ "told": 3, "finished": 2, "cancelled": 1, "inFlight": 0 });
    assert_eq!(found["orders"], orders, "{found}");
    let money = json!({ "in": 3000, "kept": 2000, "refunded": 1000, "owed": 0 });
    assert_eq!(found["money"], money, "{found}");
    let placed = fleet.ask(Order, "GET", "/invariants", None).json();
    let orders = json!({ "placed": 2, "cancelled": 1, "rejected": 0, "pending": 0, "queued": 0 });
    assert_eq!(placed["orders"], orders, "{placed}");
    assert_eq!(placed["money"]["placed"], 2000, "{placed}");
}

#[test]
fn sums_hold_for_the_largest_costs_there_are() {
    let fleet = Fleet::start(BINARY, &[]);
    for _ in 0..3 {
        let mut treasure = coffee();
        treasure["cost"] = i64::MAX.into();
        assert_eq!(fleet.http("POST", "/orders", Some(treasure)).status, 201);
    }
    shows(&fleet, "/orders/finished", 3);
    cancel(&fleet, 1);
    shows(&fleet, "/orders/cancelled", 1);

    // Three times 2^63 - 1, which is more than JSON's readers keep whole.
    let told = eventually(|| {
        let told = fleet.ask(OrderTrace, "GET", "/invariants?grace=0s", None).text().to_owned();
        let all = r#""in":27670116110564327421,"kept":18446744073709551614"#;
        if told.contains(all) { Ok(told) } else { Err(told) }
    });
    assert!(told.contains(r#""refunded":9223372036854775807"#), "{told}");
    let kept = fleet.ask(Order, "GET", "/invariants", None).text().to_owned();
    assert!(kept.contains(r#""money":{"placed":18446744073709551614"#), "{kept}");
}

#[test]
fn money_that_waits_for_a_person_is_owed() {
    let fleet = Fleet::start(BINARY, &[("PAYMENT_APPROVAL", "manual")]);
    place(&fleet);

    shows(&fleet, "/money/owed", 1000);
    shows(&fleet, "/orders/inFlight", 1);

    let paid = json!({ "orderId": 1, "paymentStatus": "END", "cost": 1000 });
    assert_eq!(fleet.http("PUT", "/payments/1", Some(paid)).status, 200);

    shows(&fleet, "/money/kept", 1000);
    shows(&fleet, "/orders/finished", 1);
}

#[test]
fn a_wrong_grace_is_refused_with_a_hint() {
    let fleet = Fleet::start(BINARY, &[]);

    let refused = fleet.ask(OrderTrace, "GET", "/invariants?grace=soon", None);

    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("?grace=10s"), "{}", refused.text());
}

#[test]
fn without_compensation_the_money_of_a_cancelled_order_is_kept() {
    let fleet = Fleet::start(BINARY, &[("COMPENSATION", "off")]);
    place(&fleet);
    shows(&fleet, "/orders/finished", 1);

    cancel(&fleet, 1);

    shows(&fleet, "/damage/cancelledNotRefunded", 1);
    assert_eq!(invariants(&fleet)["holds"], false);
}

/// One order, of which payment hears once more.
fn heard_twice(idempotency: &str) -> Fleet {
    let mut fleet = Fleet::start(BINARY, &[("IDEMPOTENCY", idempotency)]);
    place(&fleet);
    shows(&fleet, "/orders/finished", 1);
    settle(&fleet);
    fleet.kill();
    fleet.run_sql("log", "UPDATE log_group SET position = 0 WHERE name = 'payment'");
    fleet.restart();
    settle(&fleet);
    fleet
}

#[test]
fn without_idempotency_an_order_that_is_heard_of_twice_is_charged_twice() {
    let fleet = heard_twice("off");

    shows(&fleet, "/damage/doubleCharges", 1);
    assert_eq!(invariants(&fleet)["holds"], false);
    assert!(testkit::invariants::check(&fleet).is_err(), "the books cannot agree");
}

#[test]
fn with_idempotency_an_order_that_is_heard_of_twice_is_charged_once() {
    let fleet = heard_twice("on");

    testkit::invariants::hold(&fleet);
    assert_eq!(invariants(&fleet)["money"]["in"], 1000);
}

/// Killed between a change and its fact, which only an outbox keeps together.
#[test]
fn without_an_outbox_a_crash_loses_facts() {
    let mut fleet = Fleet::start(BINARY, &[("OUTBOX", "off"), ("PAYMENT_RETRIES", "0")]);
    let (mut dice, mut lost) = (Dice::new(), false);
    for _ in 0..200 {
        let door = fleet.address(Gateway);
        let shop = thread::spawn(move || {
            let headers = [("Content-Type", "application/json")];
            let body = coffee().to_string();
            while testkit::http::send(door, "POST", "/orders", &headers, Some(&body)).is_ok() {}
        });
        dice.pass(Duration::from_millis(70));
        fleet.kill();
        shop.join().unwrap();
        fleet.restart();
        lost = eventually(|| facts_are_missing(&fleet));
        if lost {
            break;
        }
    }
    assert!(lost, "not one fact was lost in 200 crashes");
}

/// Whether ordertrace was told of fewer orders than there are, once everything told was heard.
fn facts_are_missing(fleet: &Fleet) -> Result<bool, String> {
    let metrics = fleet.ask(OrderTrace, "GET", "/metrics", None);
    let settled = |line: &str| line.starts_with("consumer_lag{") && line.ends_with(" 0");
    if !metrics.text().lines().any(settled) {
        return Err("facts are still to be heard".to_owned());
    }
    let orders = fleet.ask(Order, "GET", "/invariants", None).json();
    if orders["orders"]["pending"] != 0 {
        return Err(format!("orders are pending: {orders}"));
    }
    let told = invariants(fleet);
    Ok(told["orders"]["told"] != orders["orders"]["placed"])
}
