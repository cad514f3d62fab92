//! What is told of the breaker: over HTTP, in metrics, and as it happens.

use std::{io::Write as _, process::Command, thread};

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Connection, eventually};

use super::{Alone, fake::FakePayment, two_ports};

/// An order service that asks this payment, without retries.
fn order_of(payment: &FakePayment, folder: &TempDir) -> Alone {
    let settings = [
        ("PAYMENT_URL", payment.url.as_str()),
        ("PAYMENT_RETRIES", "0"),
        ("PAYMENT_BREAKER_WAIT", "1h"),
        ("DRAIN_DELAY", "0s"),
    ];
    Alone::start("order", two_ports().0, folder, &settings)
}

fn orders(order: &Alone, count: usize, status: u16) {
    for _ in 0..count {
        assert_eq!(order.order().status, status);
    }
}

/// The next message of the live feed.
fn told(feed: &mut Connection) -> Value {
    loop {
        if let Some(data) = feed.line().unwrap().strip_prefix("data: ") {
            return serde_json::from_str(data).unwrap();
        }
    }
}

#[test]
fn it_opens_tells_why_tries_and_closes_and_each_change_is_told_at_once() {
    let (folder, payment) = (TempDir::new().unwrap(), FakePayment::start());
    let mut order = order_of(&payment, &folder);
    let mut feed = Connection::open(order.address).unwrap();
    let path = "/actuator/circuitbreakers/live";
    write!(feed.socket(), "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let first = told(&mut feed);
    assert_eq!((&first["state"], &first["transition"]), (&json!("closed"), &Value::Null));

    orders(&order, 6, 201);
    payment.answer(500);
    orders(&order, 14, 503);
    let why = "14 of 20 calls failed: 14 answered 500";
    let open = order.breaker();
    assert_eq!((&open["state"], &open["reason"]), (&json!("open"), &json!(why)));
    assert_eq!(open["window"], json!({ "failed": 14, "of": 20 }));
    assert!(open["nextTryIn"].as_str().unwrap().ends_with('s'), "{open}");
    assert_eq!(told(&mut feed)["transition"]["reason"], why);
    orders(&order, 3, 503);
    assert_eq!(payment.asked(), 20, "an open breaker lets nothing pass");

    payment.answer(201);
    order.put("/actuator/circuitbreakers/payment", &json!({ "wait": "1ms" }));
    // Nobody orders: it becomes half-open by itself.
    let half_open = told(&mut feed);
    assert_eq!(
        (&half_open["state"], &half_open["nextTryIn"]),
        (&json!("half-open"), &json!("0ms"))
    );
    assert_eq!(half_open["probes"], json!({ "succeeded": 0, "failed": 0, "of": 3 }));
    orders(&order, 3, 201);
    assert_eq!(told(&mut feed)["transition"]["reason"], "3 of 3 tries went well");

    let all = order.get("/actuator/circuitbreakers/payment");
    let history: Vec<_> = all["history"].as_array().unwrap().iter().map(|it| &it["to"]).collect();
    assert_eq!(history, ["closed", "half-open", "open"]);
    for (counter, expected) in
        [("succeeded", 9), ("failed", 14), ("notPermitted", 3), ("retried", 0), ("timedOut", 0)]
    {
        assert_eq!(all[counter], expected, "{counter} of {all}");
    }
    let interrupted = Command::new("kill").args(["-INT", &order.process.id().to_string()]).status();
    assert!(interrupted.unwrap().success());
    while feed.line().is_ok() {}
    assert!(order.process.wait().unwrap().success(), "a live feed held up the drain");
}

#[test]
fn metrics_have_its_state_its_transitions_and_the_calls_by_outcome() {
    let (folder, payment) = (TempDir::new().unwrap(), FakePayment::start());
    let order = order_of(&payment, &folder);
    payment.answer(500);
    orders(&order, 25, 503);

    let metrics = order.text("/actuator/prometheus");
    for line in [
        "payment_breaker_state{service=\"order\"} 2",
        "payment_breaker_transitions_total{to=\"open\",service=\"order\"} 1",
        "payment_calls_total{outcome=\"failed\",service=\"order\"} 20",
        "payment_calls_total{outcome=\"not_permitted\",service=\"order\"} 5",
        "payment_charges_total{service=\"order\"} 25",
        "payment_amplification_ratio{over=\"total\",service=\"order\"} 0.8",
    ] {
        assert!(metrics.lines().any(|it| it == line), "{line} is not in {metrics}");
    }
    assert!(metrics.contains("# TYPE payment_calls_total counter"), "{metrics}");
}

#[test]
fn a_bulkhead_refuses_what_is_too_much_at_once() {
    let (folder, payment) = (TempDir::new().unwrap(), FakePayment::start());
    let order = order_of(&payment, &folder);
    order.put("/actuator/circuitbreakers/payment?bulkhead=2&timeout=1m", &Value::Null);
    payment.hold(true);
    thread::scope(|scope| {
        let waiting = [(); 2].map(|()| scope.spawn(|| order.order().status));
        eventually(|| match payment.asked() {
            2 => Ok(()),
            other => Err(format!("{other} calls")),
        });
        let refused = order.order();
        assert_eq!(refused.status, 503);
        let problem = refused.json();
        assert!(problem["detail"].as_str().unwrap().contains("bulkhead"), "{problem}");
        let breaker = order.breaker();
        assert_eq!((&breaker["inFlight"], &breaker["bulkheadFull"]), (&json!(2), &json!(1)));
        payment.hold(false);
        assert_eq!(waiting.map(|it| it.join().unwrap()), [201, 201]);
    });
    assert_eq!(order.breaker()["failed"], 0, "the bulkhead is no failure of payment");
}
