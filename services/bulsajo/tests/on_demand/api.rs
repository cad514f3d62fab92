//! The API of faults: doses, seeds, counts, history, who may, and what cannot be.

use serde_json::Value;
use testkit::{Fleet, fleet::Service::Order};

use crate::{
    BINARY,
    steps::{ask, clear, fleet, is_well, orders, set, shown},
};

fn statuses(fleet: &Fleet, count: usize) -> Vec<u16> {
    (0..count).map(|_| orders(fleet.address(Order)).0.unwrap().status).collect()
}

#[test]
fn a_rate_is_kept_counted_and_the_same_for_the_same_seed() {
    let fleet = fleet();

    let told = set(&fleet, "error", "rate=0.3&value=503&ttl=2m&seed=42");
    assert_eq!(told["requested"], "30.0 %");
    assert!((118..=120).contains(&told["secondsLeft"].as_u64().unwrap()), "{told}");
    let first = statuses(&fleet, 400);
    let counted = shown(&fleet, "error");
    set(&fleet, "error", "rate=0.3&value=503&seed=42");
    let second = statuses(&fleet, 400);

    assert_eq!(first, second);
    let failed = first.iter().filter(|status| **status == 503).count();
    // The binomial's 99 % interval around 120 of 400.
    assert!((97..=143).contains(&failed), "{failed} of 400");
    assert_eq!(counted["hits"], failed);
    assert_eq!(counted["of"], 400);
    clear(&fleet, "error");
    is_well(&fleet);
}

#[test]
fn an_answer_that_a_fault_made_says_so() {
    let fleet = fleet();
    set(&fleet, "error", "value=418");

    let answer = orders(fleet.address(Order)).0.unwrap();

    assert_eq!(answer.status, 418);
    assert_eq!(answer.header("x-fault"), Some("error"));
    assert!(answer.json()["hint"].as_str().unwrap().contains("DELETE"), "{}", answer.text());
}

#[test]
fn fail_next_is_over_after_so_many() {
    let fleet = fleet();
    set(&fleet, "error", "failNext=2");

    assert_eq!(statuses(&fleet, 4), [503, 503, 200, 200]);

    assert_eq!(shown(&fleet, "error")["inForce"], false);
    let list = ask(&fleet, "GET", "/actuator/faults").json();
    assert_eq!(list["history"][0]["what"], "over");
    assert_eq!(list["history"][0]["hits"], 2);
    assert_eq!(list["history"][1]["by"], "127.0.0.1");
}

#[test]
fn a_fault_is_over_when_its_time_is() {
    let fleet = fleet();
    set(&fleet, "error", "ttl=200ms");
    assert_eq!(statuses(&fleet, 1), [503]);

    testkit::eventually(|| match statuses(&fleet, 1)[0] {
        200 => Ok(()),
        other => Err(other),
    });
}

#[test]
fn only_the_wanted_routes_and_methods_are_hit() {
    let fleet = fleet();
    set(&fleet, "error", "methods=post&routes=/orders");

    assert_eq!(statuses(&fleet, 1), [200]);
    assert_eq!(crate::steps::place(&fleet).status, 503);
}

#[test]
fn what_cannot_be_is_refused_with_what_can() {
    let fleet = fleet();
    for (path, status, possible) in [
        ("eror", 404, "did you mean error?"),
        ("error?value=200", 400, "400 to 599"),
        ("error?rate=2", 400, "from 0 to 1"),
        ("deadlock?rate=0.5", 400, "it takes ttl"),
        ("memory?value=100GiB", 400, "MEMORY_CAP"),
        ("cpu?value=64", 400, "CPU_CAP"),
    ] {
        let answer = ask(&fleet, "PUT", &format!("/actuator/faults/{path}"));
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.text().contains(possible), "{path}: {}", answer.text());
    }
    is_well(&fleet);
}

#[test]
fn all_faults_are_listed_and_cleared_together() {
    let fleet = fleet();
    set(&fleet, "error", "");
    set(&fleet, "latency", "value=1ms");
    let list = ask(&fleet, "GET", "/actuator/faults").json();
    assert_eq!(list["inForce"].as_array().map(Vec::len), Some(2));
    assert_eq!(list["possible"].as_array().map(Vec::len), Some(chaos::faults::KINDS.len()));

    assert_eq!(ask(&fleet, "DELETE", "/actuator/faults").status, 204);

    is_well(&fleet);
}

#[test]
fn the_gateway_leads_to_no_faults() {
    let fleet = Fleet::start(BINARY, &[("GATEWAY_CONTROLS", "true")]);
    assert_eq!(fleet.http("GET", "/orders/actuator/faults", None).status, 404);
    let own = fleet.http("GET", "/actuator/faults", None).json();
    assert_eq!(own["inForce"], Value::Array(Vec::new()), "the gateway's own");
}

/// What changes how order behaves.
const CONTROLS: [(&str, &str); 4] = [
    ("PUT", "/actuator/faults/error?ttl=1s"),
    ("DELETE", "/actuator/faults"),
    ("PUT", "/actuator/circuitbreakers/payment?retries=2"),
    ("PUT", "/actuator/shutdown?mode=graceful"),
];

#[test]
fn who_may_change_something_is_a_setting_and_all_may_look() {
    let off = Fleet::start(BINARY, &[("FAULTS", "off")]);
    let guarded = Fleet::start(BINARY, &[("FAULTS", "token"), ("FAULTS_TOKEN", "secret")]);
    for (method, path) in CONTROLS {
        let by = |token: &str| {
            let known = [("Authorization", token)];
            testkit::http::send(guarded.address(Order), method, path, &known, None).unwrap()
        };
        for refused in [ask(&off, method, path), ask(&guarded, method, path), by("Bearer guess")] {
            assert_eq!(refused.status, 403, "{method} {path}");
            assert!(refused.text().contains("FAULTS"), "{}", refused.text());
        }
        let allowed = by("Bearer secret");
        assert!(allowed.status < 300, "{method} {path}: {}", allowed.text());
    }
    for path in ["faults", "faults/error", "circuitbreakers/payment", "shutdown"] {
        assert_eq!(ask(&off, "GET", &format!("/actuator/{path}")).status, 200, "{path}");
    }
    for path in ["down", "maintenance", "up"] {
        assert_eq!(ask(&off, "PUT", &format!("/actuator/{path}")).status, 200, "{path}");
    }
}

#[test]
fn faults_can_be_in_force_from_the_start() {
    let settings = [("FAULTS_AT_START", "error value=500 routes=/orders methods=GET")];
    let fleet = Fleet::start(BINARY, &settings);

    assert_eq!(statuses(&fleet, 1), [500]);
    assert_eq!(shown(&fleet, "error")["setBy"], "FAULTS_AT_START");
    clear(&fleet, "error");
    is_well(&fleet);
}
