//! A replica whose clock is wrong: deadlines that it leaves behind end by the database's clock.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use testkit::{
    Cell, Fleet, clock_ahead_by, eventually, eventually_within,
    fleet::Service::{self, Delivery, Order, Payment},
    ledger::settle,
};

use crate::{BINARY, coffee, invariants::place};

const HOUR: i64 = 3600;

/// How long others may take to notice that a member of their group is gone, and more.
const SOON: Duration = Duration::from_secs(30);

fn in_replicas(test: &str, settings: &[(&str, &str)]) -> Option<Fleet> {
    let there = Cell::Minimal.is_available(test);
    there.then(|| Fleet::on(Cell::Minimal).replicas(1).settings(settings).start(BINARY))
}

/// Starts these again with a clock that is an hour ahead, or with the right one.
fn set_the_clock(fleet: &mut Fleet, ahead: bool, services: &[Service]) {
    let clock = clock_ahead_by(HOUR, fleet.folder()).display().to_string();
    for service in services {
        let replica = fleet.replica(*service, 1);
        if replica.is_running() {
            replica.kill();
        }
        replica.set("LD_PRELOAD", if ahead { &clock } else { "" });
        replica.restart();
        let told = fleet.ask(*service, "GET", "/nowhere", None).json()["timestamp"].clone();
        let told: Timestamp = told.as_str().unwrap().parse().unwrap();
        let is_ahead = told.duration_since(Timestamp::now()).as_secs() > HOUR / 2;
        assert_eq!(is_ahead, ahead, "the clock of {service:?} says {told}");
    }
}

#[test]
fn what_a_replica_with_a_wrong_clock_leaves_behind_is_taken_over_at_once() {
    let test = "what_a_replica_with_a_wrong_clock_leaves_behind_is_taken_over_at_once";
    let Some(mut fleet) = in_replicas(test, &[("DRAIN_DELAY", "0s")]) else { return };
    set_the_clock(&mut fleet, true, &[Payment, Delivery]);
    place(&fleet);
    settle(&fleet);

    // Killed: they say goodbye to nobody.
    set_the_clock(&mut fleet, false, &[Payment, Delivery]);
    place(&fleet);

    eventually_within(SOON, || {
        let answer = fleet.ask(Delivery, "GET", "/deliveries", None).json();
        match answer["page"]["totalElements"].as_i64() {
            Some(2) => Ok(()),
            other => Err(format!("{other:?} deliveries")),
        }
    });
    settle(&fleet);
}

#[test]
fn an_order_that_a_replica_with_a_wrong_clock_left_pending_is_finished() {
    let test = "an_order_that_a_replica_with_a_wrong_clock_left_pending_is_finished";
    let settings =
        [("PAYMENT_TIMEOUT", "5s"), ("PAYMENT_RETRIES", "0"), ("REQUEST_TIMEOUT", "60s")];
    let Some(mut fleet) = in_replicas(test, &settings) else { return };
    set_the_clock(&mut fleet, true, &[Order]);
    fleet.replica(Payment, 1).signal("STOP");
    let door = fleet.addresses(Order)[0];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Nobody ever answers it.
            let body = coffee().to_string();
            let json = [("Content-Type", "application/json")];
            testkit::http::send(door, "POST", "/orders", &json, Some(&body))
        });
        eventually(|| match pending(&fleet) {
            1 => Ok(()),
            other => Err(format!("{other} orders are pending")),
        });
        fleet.replica(Order, 1).kill();
    });
    fleet.replica(Payment, 1).signal("CONT");

    set_the_clock(&mut fleet, false, &[Order]);

    eventually_within(SOON, || match pending(&fleet) {
        0 => Ok(()),
        other => Err(format!("{other} orders are pending")),
    });
    settle(&fleet);
    let kept = fleet.ask(Order, "GET", "/invariants", None).json();
    assert_eq!(kept["orders"]["pending"], json!(0), "{kept}");
}

fn pending(fleet: &Fleet) -> i64 {
    let kept = fleet.ask(Order, "GET", "/invariants", None).json();
    kept["orders"]["pending"].as_i64().unwrap_or(-1)
}
