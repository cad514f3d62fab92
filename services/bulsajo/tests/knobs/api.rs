//! The API of knobs: names, values, who may, and what cannot be.

use serde_json::json;
use testkit::fleet::Service::{Gateway, Order};

use crate::steps::{ask, fleet, get, order, turn, turn_back};

#[test]
fn a_knob_is_known_by_both_its_names_and_taken_as_httpie_sends_it() {
    let fleet = fleet(&[("CPU_PER_REQUEST", "1ms")]);

    let path = "/actuator/knobs/CPU_PER_REQUEST";
    let told = fleet.ask(Order, "PUT", path, Some(json!({ "value": "2ms,POST:3ms" }))).json();

    assert_eq!(told["name"], "cpu-per-request");
    assert_eq!(told["setting"], "CPU_PER_REQUEST");
    assert_eq!(told["value"], "2ms,POST:3ms");
    assert_eq!(told["source"], "set by 127.0.0.1");
    assert_eq!(told["default"], "0s");
    assert_eq!(ask(&fleet, "GET", "/actuator/knobs/cpu-per-request").json(), told);

    let back = turn_back(&fleet, "cpu-per-request");

    assert_eq!((&back["value"], &back["source"]), (&json!("1ms"), &json!("environment")));
}

#[test]
fn all_knobs_are_listed_and_turned_back_together() {
    let fleet = fleet(&[]);
    turn(&fleet, "latency", "1ms");
    turn(&fleet, "memory-base", "1MiB");

    let answer = ask(&fleet, "DELETE", "/actuator/knobs");

    assert_eq!(answer.status, 200);
    let list = answer.json()["knobs"].as_array().unwrap().clone();
    assert_eq!(list.len(), chaos::knobs::NAMES.len());
    for knob in list {
        assert_eq!(knob["value"], knob["default"], "{knob}");
    }
}

#[test]
fn what_cannot_be_is_refused_with_what_can() {
    let fleet = fleet(&[]);
    for (path, status, possible) in [
        ("knobs/cpu-per-requst?value=1ms", 404, "did you mean cpu-per-request?"),
        ("knobs/error?value=503", 404, "PUT /actuator/faults/error"),
        ("faults/CPU_PER_REQUEST?value=1ms", 404, "PUT /actuator/knobs/cpu-per-request"),
        ("knobs/startup-delay?value=1s", 409, "STARTUP_DELAY"),
        ("knobs/profile?value=jvm", 409, "start it anew"),
        ("knobs/latency?value=3h", 400, "at most 1h"),
        ("knobs/latency", 400, "value"),
        ("knobs/latency?value=1s&ttl=2m", 400, "only value"),
        ("knobs/cpu-per-request?value=11s", 400, "at most 10s"),
        ("knobs/cpu-per-request?value=1ms,FETCH:2ms", 400, "PATCH"),
        ("knobs/cpu-per-row?value=-1ms", 400, "at most 10s"),
        ("knobs/cpu-on-workers?value=perhaps", 400, "on or off"),
        ("knobs/memory-per-request?value=100GiB", 400, "MEMORY_CAP"),
        ("knobs/leak-per-request?value=lots", 400, "64MiB"),
        ("knobs/warmup-factor?value=0", 400, "from 1 to 100"),
    ] {
        let answer = ask(&fleet, "PUT", &format!("/actuator/{path}"));
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(answer.text().contains(possible), "{path}: {}", answer.text());
    }
    get(order(&fleet), "/orders");
    assert_eq!(crate::steps::paid(&fleet)["requests"], 0);
}

#[test]
fn who_may_turn_knobs_is_a_setting() {
    let off = fleet(&[("FAULTS", "off")]);
    for method in ["PUT", "DELETE"] {
        assert_eq!(ask(&off, method, "/actuator/knobs/latency?value=1ms").status, 403);
    }
    assert_eq!(ask(&off, "DELETE", "/actuator/knobs").status, 403);
    assert_eq!(ask(&off, "GET", "/actuator/knobs").status, 200);
}

#[test]
fn the_gateway_has_knobs_of_its_own_and_leads_to_no_others() {
    let fleet = fleet(&[("GATEWAY_CONTROLS", "true")]);
    assert_eq!(fleet.http("PUT", "/orders/actuator/knobs/latency?value=1ms", None).status, 404);
    let own = fleet.ask(Gateway, "PUT", "/actuator/knobs/latency?value=300ms", None);
    assert_eq!(own.status, 200, "{}", own.text());
    let took = get(fleet.address(Gateway), "/orders");
    assert!(took >= std::time::Duration::from_millis(300), "{took:?}");
}
