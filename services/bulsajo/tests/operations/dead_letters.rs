//! A fact that cannot be handled is set aside, shown, and handled once its cause is mended.

use serde_json::Value;
use sqlx::AnyPool;
use testkit::{
    Fleet, eventually,
    fleet::Service::{Delivery, OrderTrace},
};

use crate::{BINARY, coffee};

/// A fleet whose delivery service cannot keep anything, after its first order.
struct Broken {
    fleet: Fleet,
    runtime: tokio::runtime::Runtime,
    tables: AnyPool,
}

impl Broken {
    fn start() -> Self {
        let settings = [("REACTION_ATTEMPTS", "2"), ("REACTION_BACKOFF", "10ms")];
        let fleet = Fleet::start(BINARY, &settings);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        sqlx::any::install_default_drivers();
        let url = format!("sqlite:{}/data/delivery.db", fleet.folder().display());
        let tables = runtime.block_on(AnyPool::connect(&url)).unwrap();
        let mut broken = Self { fleet, runtime, tables };
        broken.run("CREATE TRIGGER full BEFORE INSERT ON deliveries BEGIN SELECT RAISE(ABORT, 'no room'); END");
        assert_eq!(broken.fleet.http("POST", "/orders", Some(coffee())).status, 201);
        eventually(|| match broken.letters()["total"].as_i64() {
            Some(1) => Ok(()),
            other => Err(format!("{other:?} dead letters")),
        });
        broken
    }

    fn run(&mut self, sql: &'static str) {
        self.runtime.block_on(sqlx::query(sql).execute(&self.tables)).unwrap();
    }

    fn letters(&self) -> Value {
        self.fleet.ask(Delivery, "GET", "/actuator/deadletters", None).json()
    }

    fn deliveries(&self) -> usize {
        let answer = self.fleet.ask(Delivery, "GET", "/deliveries", None).json();
        answer["_embedded"]["deliveries"].as_array().unwrap().len()
    }
}

#[test]
fn a_dead_letter_says_what_it_is_and_why() {
    let broken = Broken::start();

    let letter = &broken.letters()["deadLetters"][0];
    assert_eq!(letter["eventType"], "Paid");
    assert_eq!(letter["key"], "1");
    assert_eq!(letter["attempts"], 2);
    assert!(letter["reason"].as_str().unwrap().contains("no room"), "{letter}");
    let one = broken.fleet.ask(Delivery, "GET", "/actuator/deadletters/1", None).json();
    for (field, said) in letter.as_object().unwrap() {
        let whole = if field == "payloadBytes" {
            one["payload"].as_str().unwrap().len().into()
        } else {
            one[field].clone()
        };
        assert_eq!(*said, whole, "{field}: {letter} {one}");
    }
    assert!(letter["payload"].is_null(), "{letter}");
    assert!(one["payload"].as_str().unwrap().contains("Coffee"), "{one}");
    let metrics = broken.fleet.ask(Delivery, "GET", "/metrics", None);
    assert!(metrics.text().contains("dead_letters{service=\"delivery\"} 1"), "{}", metrics.text());
    assert_eq!(broken.fleet.ask(Delivery, "GET", "/actuator/deadletters/7", None).status, 404);
}

#[test]
fn dead_letters_are_listed_in_small_pages_however_large_they_are() {
    let fleet = Fleet::start(BINARY, &[("FAULTS", "off")]);
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120) \
        INSERT INTO dead_letter (event_id, key, event_type, occurred_at, payload, origin, reason, \
        attempts, parked_at) SELECT 'e' || i, hex(zeroblob(50000)), hex(zeroblob(50000)), 0, \
        hex(zeroblob(450000)), hex(zeroblob(50000)), hex(zeroblob(300000)), 1, 0 FROM n";
    fleet.run_sql("delivery", many);
    let (mut ids, mut path) = (Vec::new(), "/actuator/deadletters".to_owned());
    loop {
        let page = fleet.ask(Delivery, "GET", &path, None);
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.body.len() < 64 * 1024, "{} bytes", page.body.len());
        let page = page.json();
        assert_eq!(page["total"], 120);
        for letter in page["deadLetters"].as_array().unwrap() {
            assert_eq!(letter["payloadBytes"], 900_000);
            ids.push(letter["id"].as_i64().unwrap());
        }
        let Some(next) = page["next"].as_str() else { break };
        path = next.to_owned();
    }
    assert_eq!(ids, (1..=120).collect::<Vec<i64>>());
    let one = fleet.ask(Delivery, "GET", "/actuator/deadletters/77", None).json();
    assert_eq!(one["payload"].as_str().unwrap().len(), 900_000);

    let wrong = fleet.ask(Delivery, "GET", "/actuator/deadletters?after=x", None);
    assert_eq!(wrong.status, 400, "{}", wrong.text());
    let failed = fleet.ask(Delivery, "POST", "/actuator/deadletters/replay", None).json();
    assert_eq!(failed, serde_json::json!({ "replayed": 0, "failed": 120 }));
}

#[test]
fn facts_behind_a_dead_letter_are_handled() {
    let mut broken = Broken::start();
    broken.run("DROP TRIGGER full");

    assert_eq!(broken.fleet.http("POST", "/orders", Some(coffee())).status, 201);

    eventually(|| match broken.deliveries() {
        1 => Ok(()),
        other => Err(format!("{other} deliveries")),
    });
}

#[test]
fn a_replay_fails_as_long_as_the_cause_is_there_and_then_works_once() {
    let mut broken = Broken::start();
    let replay = "/actuator/deadletters/1/replay";

    let refused = broken.fleet.ask(Delivery, "POST", replay, None);
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("no room"), "{}", refused.text());
    assert_eq!(broken.letters()["deadLetters"][0]["attempts"], 3);

    broken.run("DROP TRIGGER full");
    assert_eq!(broken.fleet.ask(Delivery, "POST", replay, None).status, 200);
    assert_eq!(broken.letters()["total"], 0);
    assert_eq!(broken.fleet.ask(Delivery, "POST", replay, None).status, 404);
    assert_eq!(broken.deliveries(), 1);
    eventually(|| {
        let trace = broken.fleet.ask(OrderTrace, "GET", "/orderTraces/1", None);
        if trace.text().contains("DELIVERY START") { Ok(()) } else { Err(trace.text().to_owned()) }
    });
}

#[test]
fn all_can_be_replayed_at_once_and_one_can_be_thrown_away() {
    let mut broken = Broken::start();

    let all = broken.fleet.ask(Delivery, "POST", "/actuator/deadletters/replay", None).json();
    assert_eq!(all, serde_json::json!({ "replayed": 0, "failed": 1 }));

    broken.run("DROP TRIGGER full");
    let discarded = broken.fleet.ask(Delivery, "DELETE", "/actuator/deadletters/1", None);
    assert_eq!(discarded.status, 204);
    let all = broken.fleet.ask(Delivery, "POST", "/actuator/deadletters/replay", None).json();
    assert_eq!(all, serde_json::json!({ "replayed": 0, "failed": 0 }));
    assert_eq!(broken.deliveries(), 0);
}

#[test]
fn the_gateway_leads_to_nobody_elses_control_plane() {
    let broken = Broken::start();

    for path in [
        "/actuator/deadletters",
        "/deliveries/../actuator/down",
        "/deliveries/%2e%2e/actuator/down",
    ] {
        let answer = broken.fleet.http("PUT", path, None);
        assert!([400, 404].contains(&answer.status), "{path}: {}", answer.status);
    }
    // The gateway has a control plane of its own, which is not on its public port.
    assert_eq!(broken.fleet.http("PUT", "/actuator/down", None).status, 404);
    assert_eq!(broken.fleet.http("GET", "/actuator/health", None).status, 200);
    assert_eq!(broken.fleet.ask(Delivery, "GET", "/actuator/health", None).status, 200);
}
