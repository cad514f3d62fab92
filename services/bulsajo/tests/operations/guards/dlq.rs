//! `DLQ=off`: one fact that cannot be handled holds up all that come behind it.

use std::fs;

use serde_json::{Value, json};
use testkit::{
    Cell, Fleet, eventually,
    fleet::Service::{Delivery, Payment},
    ledger::settle,
    rows,
};

use super::becomes_zero;
use crate::{
    BINARY,
    invariants::{invariants, place, shows},
};

/// The goods of the first order cannot be kept; its facts are in the first partition of the log.
fn poison(fleet: &Fleet) {
    let sql = if fleet.cell().has_postgres() {
        "ALTER TABLE deliveries ADD CONSTRAINT no_room CHECK (order_key <> 1) NOT VALID"
    } else {
        "CREATE TRIGGER no_room BEFORE INSERT ON deliveries WHEN NEW.order_key = 1 \
         BEGIN SELECT RAISE(ABORT, 'no_room'); END"
    };
    fleet.run_sql("delivery", sql);
}

fn mend(fleet: &Fleet) {
    let sql = if fleet.cell().has_postgres() {
        "ALTER TABLE deliveries DROP CONSTRAINT no_room"
    } else {
        "DROP TRIGGER no_room"
    };
    fleet.run_sql("delivery", sql);
}

fn poisoned(dlq: &str) -> Fleet {
    poisoned_on(Cell::Embedded, dlq)
}

/// A fleet whose delivery cannot handle its first order.
fn poisoned_on(cell: Cell, dlq: &str) -> Fleet {
    let settings = [
        ("DLQ", dlq),
        ("REACTION_ATTEMPTS", "2"),
        ("REACTION_BACKOFF", "10ms"),
        ("DRAIN_DELAY", "0s"),
        ("LOG_LEVEL", "info"),
    ];
    let fleet = Fleet::on(cell).settings(&settings).start(BINARY);
    poison(&fleet);
    place(&fleet);
    fleet
}

/// What health says of delivery's reactions.
fn reactions(fleet: &Fleet) -> Value {
    let health = fleet.ask(Delivery, "GET", "/actuator/health?details", None);
    assert_eq!(health.status, 200, "{}", health.text());
    health.json()["components"]["reactions"].clone()
}

/// Waits until the fact has been tried in so many rounds.
fn blocked_for(fleet: &Fleet, rounds: u64) -> String {
    eventually(|| {
        let told = reactions(fleet)["details"]["reason"].as_str().unwrap_or_default().to_owned();
        let count = told.split_once('(').and_then(|_| told.split(" rounds").next());
        let count = count.and_then(|it| it.rsplit('(').next()?.parse::<u64>().ok());
        if count.is_some_and(|it| it >= rounds) { Ok(told) } else { Err(told) }
    })
}

fn blocked_seconds(fleet: &Fleet) -> f64 {
    let metrics = fleet.ask(Delivery, "GET", "/metrics", None);
    let mut lines = metrics.text().lines();
    let line = lines.find(|it| it.starts_with("reaction_blocked_seconds{")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn without_dead_letters_one_fact_holds_up_those_behind_it() {
    let fleet = poisoned("off");
    blocked_for(&fleet, 1);
    for _ in 0..4 {
        place(&fleet);
    }
    shows(&fleet, "/money/kept", 5000);

    let told = blocked_for(&fleet, 4);

    for word in ["Paid ", "partition 0", "since 20", "no_room"] {
        assert!(told.contains(word), "{word} is not in {told}");
    }
    assert!(blocked_seconds(&fleet) > 0.0);
    let books = invariants(&fleet);
    assert_eq!(books["orders"]["inFlight"], 5, "{books}");
    assert_eq!(books["damage"]["moneyWithoutGoods"], 5, "{books}");
    let letters = fleet.ask(Delivery, "GET", "/actuator/deadletters", None).json();
    assert_eq!(letters["total"], 0, "{letters}");
    // The others are not held up.
    becomes_zero(&fleet, Payment, "consumer_lag");
    let log = fs::read_to_string(fleet.folder().join("fleet.log")).unwrap();
    let lines = log.lines().filter(|it| it.contains("holds up those behind it")).count();
    assert_eq!(lines, 1, "{log}");
}

#[test]
fn what_was_held_up_goes_on_once_the_cause_is_mended() {
    let fleet = poisoned("off");
    blocked_for(&fleet, 1);

    mend(&fleet);

    shows(&fleet, "/orders/finished", 1);
    eventually(|| match reactions(&fleet) {
        told if told["status"] == "UP" => Ok(()),
        told => Err(told.to_string()),
    });
    assert!(blocked_seconds(&fleet) < f64::EPSILON);
}

#[test]
fn dead_letters_heal_what_was_held_up_and_nothing_is_lost() {
    heals(poisoned("off"));
}

#[test]
fn dead_letters_heal_what_was_held_up_on_kafka_and_nothing_is_lost() {
    if Cell::Full.is_available("guards::dead_letters_heal_what_was_held_up_on_kafka") {
        heals(poisoned_on(Cell::Full, "off"));
    }
}

fn heals(mut fleet: Fleet) {
    blocked_for(&fleet, 1);
    place(&fleet);
    shows(&fleet, "/money/kept", 2000);
    blocked_for(&fleet, 3);
    assert_eq!(invariants(&fleet)["orders"]["inFlight"], 2);
    fleet.kill();
    fleet.set("DLQ", "on");
    fleet.restart();

    shows(&fleet, "/orders/finished", 1);

    eventually(|| {
        let letters = fleet.ask(Delivery, "GET", "/actuator/deadletters", None).json();
        if letters["total"] == 1 { Ok(()) } else { Err(letters.to_string()) }
    });
    mend(&fleet);
    let replayed = fleet.ask(Delivery, "POST", "/actuator/deadletters/replay", None).json();
    assert_eq!(replayed, json!({ "replayed": 1, "failed": 0 }));
    settle(&fleet);
    testkit::invariants::hold(&fleet);
}

#[test]
fn with_dead_letters_one_fact_holds_up_nobody() {
    let fleet = poisoned("on");
    for _ in 0..4 {
        place(&fleet);
    }

    shows(&fleet, "/orders/finished", 4);

    assert_eq!(rows::all(&fleet, Delivery).len(), 4);
    assert_eq!(reactions(&fleet)["status"], "UP");
}
