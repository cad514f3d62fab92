//! What goes wrong, and what becomes of orders then.

use std::thread;

use serde_json::Value;
use testkit::{
    Fleet, Load, Response, eventually,
    fleet::Service::{self, Delivery, Gateway, Order, Payment},
    http, invariants,
    ledger::settle,
    rows,
};

use crate::{
    steps::{PREPARING, becomes, coffee, place, words},
    timeline,
};

pub(crate) fn a_dead_letter_is_listed_and_replayed(fleet: &mut Fleet) {
    let letters = |fleet: &Fleet| fleet.ask(Delivery, "GET", "/actuator/deadletters", None).json();
    let count = |fleet: &Fleet, expected: i64| {
        eventually(|| match letters(fleet)["total"].as_i64() {
            Some(total) if total == expected => Ok(()),
            other => Err(format!("{other:?} dead letters")),
        });
    };
    let (full, room) = if fleet.cell().has_postgres() {
        (
            "ALTER TABLE deliveries ADD CONSTRAINT no_room CHECK (false) NOT VALID",
            "ALTER TABLE deliveries DROP CONSTRAINT no_room",
        )
    } else {
        (
            "CREATE TRIGGER no_room BEFORE INSERT ON deliveries \
             BEGIN SELECT RAISE(ABORT, 'no_room'); END",
            "DROP TRIGGER no_room",
        )
    };
    fleet.run_sql("delivery", full);
    let order = place(fleet);
    count(fleet, 1);
    let letter: Value = letters(fleet)["deadLetters"][0].clone();
    assert_eq!(letter["eventType"], "Paid");
    assert_eq!(letter["key"], order.to_string());
    assert_eq!(letter["attempts"], 2);
    assert!(letter["reason"].as_str().is_some_and(|it| it.contains("no_room")), "{letter}");

    let replay = format!("/actuator/deadletters/{}/replay", letter["id"]);
    assert_eq!(fleet.ask(Delivery, "POST", &replay, None).status, 409);
    fleet.run_sql("delivery", room);
    let next = place(fleet);
    becomes(fleet, next, "DELIVERY START");
    assert_eq!(words(fleet, Delivery, order, "deliveryStatus").len(), 0);

    assert_eq!(fleet.ask(Delivery, "POST", &replay, None).status, 200);
    becomes(fleet, order, "DELIVERY START");
    count(fleet, 0);
    settle(fleet);
    assert_eq!(words(fleet, Delivery, order, "deliveryStatus"), [PREPARING]);
    timeline::assert_causes_before_effects(fleet);
}

pub(crate) fn facts_wait_while_a_table_is_locked(fleet: &mut Fleet) {
    let order = thread::scope(|scope| {
        // For as long as several attempts at a fact take, each of which is cut off.
        let lock = "BEGIN; LOCK TABLE deliveries; SELECT pg_sleep(3); COMMIT";
        let locked = scope.spawn(|| fleet.run_sql("delivery", lock));
        eventually(|| match fleet.http("GET", "/deliveries", None).status {
            200 => Err("the table can be read"),
            _ => Ok(()),
        });
        let order = place(fleet);
        locked.join().expect("it is locked and then free again");
        order
    });

    becomes(fleet, order, "DELIVERY START");
    settle(fleet);
    let letters = fleet.ask(Delivery, "GET", "/actuator/deadletters", None).json();
    assert_eq!(letters["total"], 0, "{letters}");
}

pub(crate) fn a_statement_without_a_limit_is_waited_for(fleet: &mut Fleet) {
    thread::scope(|scope| {
        // Longer than an answer may be on its way where there is a limit.
        let lock = "BEGIN; LOCK TABLE deliveries; SELECT pg_sleep(4); COMMIT";
        scope.spawn(|| fleet.run_sql("delivery", lock));
        // With a limit, in case it is never locked.
        let until_locked = "SET statement_timeout = '10s'; \
             DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_locks \
             WHERE relation = 'deliveries'::regclass AND mode = 'AccessExclusiveLock' AND granted) \
             LOOP PERFORM pg_sleep(0.01); END LOOP; END $$";
        fleet.run_sql("delivery", until_locked);
        let answer = fleet.ask(Delivery, "GET", "/deliveries", None);
        assert_eq!(answer.status, 200, "{answer:?}");
    });
}

pub(crate) fn facts_stay_in_order_while_processes_are_killed(fleet: &mut Fleet) {
    let load = Load::start(fleet.address(Gateway), 3);
    for service in Service::ALL {
        load.accepted(10);
        let several = fleet.addresses(service).len() > 1;
        fleet.replica(service, 1).kill();
        if several {
            // The others take over.
            load.accepted(10);
        }
        fleet.replica(service, 1).restart();
    }
    load.accepted(10);
    let ledger = load.stop();

    ledger.verify(fleet);
    timeline::assert_causes_before_effects(fleet);
}

pub(crate) fn no_order_is_kept_while_payment_is_away(fleet: &mut Fleet) {
    let count = fleet.addresses(Payment).len();
    (1..=count).for_each(|number| fleet.replica(Payment, number).kill());

    let refused = fleet.http("POST", "/orders", Some(coffee()));
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    let doors = fleet.addresses(Order);
    for door in &doors {
        // It opens again and again, for 2 s each time: a busy machine may miss some.
        eventually(|| {
            let told = post(*door).json()["detail"].to_string();
            let breakers = http::send(*door, "GET", "/actuator/circuitbreakers", &[], None);
            let breakers = breakers.expect("it answers").json();
            let is_open = breakers["circuitBreakers"][0]["state"] == "open";
            let said = told.contains("circuit breaker is open");
            if said && is_open { Ok(()) } else { Err(format!("{told} {breakers}")) }
        });
    }
    assert_eq!(rows::all(fleet, Order).len(), 0);

    fleet.restart();
    let mut accepted = 0;
    for door in &doors {
        eventually(|| match post(*door) {
            answer if answer.status == 201 => Ok(()),
            answer => Err(answer.text().to_owned()),
        });
        accepted += 1;
    }
    settle(fleet);
    assert_eq!(rows::all(fleet, Order).len(), accepted);
    let payments = rows::all(fleet, Payment);
    let taken = payments.values().filter(|payment| payment["paymentStatus"] == "END");
    assert_eq!(taken.count(), accepted, "{payments:?}");
    assert_eq!(rows::all(fleet, Delivery).len(), accepted);
}

pub(crate) fn queued_orders_wait_for_payment_and_are_placed_once(fleet: &mut Fleet) {
    let count = fleet.addresses(Payment).len();
    (1..=count).for_each(|number| fleet.replica(Payment, number).kill());
    let id = |answer: &Response| {
        let location = answer.header("location").expect("where it will be");
        location.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id")
    };
    let queued: Vec<i64> = (0..8)
        .map(|_| {
            let answer = fleet.http("POST", "/orders", Some(coffee()));
            assert_eq!(answer.status, 202, "{}", answer.text());
            assert_eq!(answer.json()["status"], "queued");
            id(&answer)
        })
        .collect();
    assert_eq!(rows::all(fleet, Order).len(), 0, "a queued order is not placed");
    let path = |id: i64| format!("/orders/{id}");
    assert_eq!(fleet.http("GET", &path(queued[0]), None).status, 404);
    let kept = fleet.ask(Order, "GET", "/invariants", None).json();
    assert_eq!(kept["orders"]["queued"], 8, "{kept}");
    assert_eq!(fleet.http("DELETE", &path(queued[7]), None).status, 204);
    assert_eq!(fleet.http("DELETE", &path(queued[7]), None).status, 404);

    // They outlive the process that took them.
    fleet.replica(Order, 1).kill();
    fleet.restart();
    for order in &queued[..7] {
        eventually(|| match fleet.http("GET", &path(*order), None).status {
            200 => Ok(()),
            other => Err(format!("order {order}: {other}")),
        });
    }
    settle(fleet);
    assert_eq!(rows::all(fleet, Order).len(), 7);
    for order in &queued[..7] {
        assert_eq!(words(fleet, Payment, *order, "paymentStatus"), ["END"], "order {order}");
        assert_eq!(words(fleet, Delivery, *order, "deliveryStatus").len(), 1, "order {order}");
    }
    invariants::hold(fleet);
}

/// Orders from one replica, so that its own circuit breaker decides.
fn post(door: std::net::SocketAddr) -> Response {
    let headers = [("Content-Type", "application/json"), ("Accept", "*/*")];
    http::send(door, "POST", "/orders", &headers, Some(r#"{"cost":10}"#)).expect("it answers")
}
