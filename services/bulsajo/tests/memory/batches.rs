//! Events that are large, and wait together.

use serde_json::{Value, json};
use testkit::{
    Fleet, eventually,
    fleet::Service::{Order, OrderTrace, Payment},
};

use crate::steps::{assert_small, at_rest, get, letters, numbers};

/// So many that all at once would take several times what a process may have.
const EVENTS: usize = 300;

pub(crate) fn large_events_that_wait_at_a_start_are_handled_a_few_at_a_time(fleet: &mut Fleet) {
    at_rest(fleet, |fleet| {
        let outbox = "INSERT INTO outbox (event_id, key, event_type, occurred_at, payload)";
        let text = letters(fleet, 255 * 1024);
        let payload = format!(
            "'{{\"eventType\":\"Ordered\",\"timestamp\":\"20261121021130\",\"id\":' || (900000 + n) \
             || ',\"productId\":1,\"qty\":1,\"cost\":1,\"productName\":\"' || {text} || '\"}}'"
        );
        let row =
            format!("SELECT 'event ' || n, 'key ' || n, 'Ordered', n, {payload} FROM numbers");
        fleet.run_sql("order", &format!("{outbox} {} {row}", numbers(EVENTS)));
    });

    let traces = fleet.addresses(OrderTrace)[0];
    eventually(|| match get(traces, "/invariants").json()["orders"]["told"].as_u64() {
        Some(told) if told == EVENTS as u64 => Ok(()),
        told => Err(format!("{told:?} of {EVENTS}")),
    });
    eventually(|| {
        let health = fleet.ask(Payment, "GET", "/actuator/health?details", None).json();
        match health["components"]["messaging"]["details"]["facts to handle"].as_i64() {
            Some(0) => Ok(()),
            _ => Err(health.to_string()),
        }
    });
    let found = get(traces, "/orderTraces/search/findByOrderId?orderId=900300").json();
    let name = found["_embedded"]["orderTraces"][0]["productName"].as_str().unwrap();
    assert_eq!(name, "n".repeat(1000), "it is not cut off");
    assert_eq!(dead_letters(fleet), json!([0, 0]));
    for service in [Order, Payment, OrderTrace] {
        assert_small(fleet, service);
    }
}

fn dead_letters(fleet: &Fleet) -> Value {
    let total = |it| fleet.ask(it, "GET", "/actuator/deadletters", None).json()["total"].clone();
    json!([total(Payment), total(OrderTrace)])
}
