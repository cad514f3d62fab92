//! Faults between a service and what it stands on: the database, and the way facts travel.

use std::time::Duration;

use serde_json::Value;
use testkit::{
    Fleet, Metrics, eventually,
    fleet::Service::{self, Delivery, Order},
    ledger::settle,
};

use crate::{
    BINARY,
    steps::{clear, fleet, is_well, orders, place, set},
};

fn set_of(fleet: &Fleet, service: Service, fault: &str, query: &str) {
    let path = format!("/actuator/faults/{fault}?{query}");
    assert_eq!(fleet.ask(service, "PUT", &path, None).status, 200);
}

fn clear_of(fleet: &Fleet, service: Service, fault: &str) {
    let path = format!("/actuator/faults/{fault}");
    assert_eq!(fleet.ask(service, "DELETE", &path, None).status, 204);
}

/// A figure of a service's metrics.
fn figure(fleet: &Fleet, service: Service, name: &str) -> Option<i64> {
    Metrics::of(fleet.address(service)).ok()?.count(name, "")
}

fn becomes(fleet: &Fleet, service: Service, name: &str, expected: i64) {
    eventually(|| match figure(fleet, service, name) {
        Some(found) if found == expected => Ok(()),
        found => Err(format!("{name} is {found:?}")),
    });
}

#[test]
fn a_database_that_is_down_is_a_503_and_the_service_lives() {
    let fleet = fleet();
    set(&fleet, "db-down", "");

    let (answer, _) = orders(fleet.address(Order));

    let answer = answer.unwrap();
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.text().contains("database"), "{}", answer.text());
    let liveness = fleet.ask(Order, "GET", "/actuator/health/liveness", None);
    assert_eq!(liveness.status, 200);
    clear(&fleet, "db-down");
    is_well(&fleet);
}

#[test]
fn a_pool_without_connections_is_a_503() {
    let fleet = fleet();
    set(&fleet, "db-pool", "");

    assert_eq!(orders(fleet.address(Order)).0.unwrap().status, 503);

    clear(&fleet, "db-pool");
    is_well(&fleet);
}

#[test]
fn a_slow_database_makes_requests_slow() {
    let fleet = fleet();
    set(&fleet, "db-slow", "value=300ms");

    let (answer, took) = orders(fleet.address(Order));

    assert_eq!(answer.unwrap().status, 200);
    assert!(took >= Duration::from_millis(300), "{took:?}");
    clear(&fleet, "db-slow");
    is_well(&fleet);
}

#[test]
fn facts_wait_in_a_stalled_outbox() {
    let fleet = fleet();
    set(&fleet, "outbox-stall", "");
    assert_eq!(place(&fleet).status, 201);

    becomes(&fleet, Order, "outbox_depth", 1);

    clear(&fleet, "outbox-stall");
    becomes(&fleet, Order, "outbox_depth", 0);
    settle(&fleet);
    testkit::invariants::hold(&fleet);
}

#[test]
fn the_lag_grows_while_nothing_is_read() {
    let fleet = fleet();
    set_of(&fleet, Delivery, "kafka-pause", "");
    assert_eq!(place(&fleet).status, 201);
    eventually(|| match figure(&fleet, Delivery, "consumer_lag") {
        Some(1..) => Ok(()),
        lag => Err(format!("the lag is {lag:?}")),
    });

    clear_of(&fleet, Delivery, "kafka-pause");

    becomes(&fleet, Delivery, "consumer_lag", 0);
    settle(&fleet);
    testkit::invariants::hold(&fleet);
}

#[test]
fn facts_that_are_published_twice_change_nothing() {
    let fleet = fleet();
    set(&fleet, "kafka-duplicate", "");
    for _ in 0..3 {
        assert_eq!(place(&fleet).status, 201);
    }
    eventually(|| match crate::steps::shown(&fleet, "kafka-duplicate")["hits"].as_u64() {
        Some(3..) => Ok(()),
        hits => Err(format!("{hits:?} facts were published twice")),
    });

    settle(&fleet);

    testkit::invariants::hold(&fleet);
}

#[test]
fn without_idempotency_facts_that_are_published_twice_charge_twice() {
    let fleet = Fleet::start(BINARY, &[("IDEMPOTENCY", "off"), ("DRAIN_DELAY", "0s")]);
    set(&fleet, "kafka-duplicate", "");

    assert_eq!(place(&fleet).status, 201);

    eventually(|| {
        let path = "/invariants?grace=0s";
        let told = fleet.ask(Service::OrderTrace, "GET", path, None).json();
        match told["damage"]["doubleCharges"] {
            Value::Number(ref count) if count.as_i64() == Some(1) => Ok(()),
            _ => Err(told.to_string()),
        }
    });
}

#[test]
fn a_poisoned_fact_becomes_a_dead_letter_that_can_be_replayed() {
    let settings =
        [("REACTION_ATTEMPTS", "2"), ("REACTION_BACKOFF", "10ms"), ("DRAIN_DELAY", "0s")];
    let fleet = Fleet::start(BINARY, &settings);
    set_of(&fleet, Delivery, "kafka-poison", "");
    assert_eq!(place(&fleet).status, 201);
    eventually(|| match figure(&fleet, Delivery, "dead_letters") {
        Some(1..) => Ok(()),
        letters => Err(format!("{letters:?} dead letters")),
    });

    clear_of(&fleet, Delivery, "kafka-poison");
    assert_eq!(fleet.ask(Delivery, "POST", "/actuator/deadletters/replay", None).status, 200);

    becomes(&fleet, Delivery, "dead_letters", 0);
    settle(&fleet);
    testkit::invariants::hold(&fleet);
}
