//! Settings that are switched while it runs: a retry storm, and its cure.

use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Alone, fake::FakePayment, two_ports};

const PAYMENT: &str = "/actuator/circuitbreakers/payment";

#[test]
fn a_retry_storm_is_made_by_three_switches_and_cured_by_one() {
    let (folder, payment) = (TempDir::new().unwrap(), FakePayment::start());
    let settings = [("PAYMENT_URL", payment.url.as_str())];
    let order = Alone::start("order", two_ports().0, &folder, &settings);
    payment.answer(500);
    order.put(PAYMENT, &json!({ "retries": 5, "budget": "off", "breaker": "off" }));

    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| assert_eq!(order.order().status, 503));
        }
    });
    assert_eq!(payment.asked(), 120, "each order asks six times");
    assert_eq!(order.breaker()["amplification"], json!({ "window": 6.0, "total": 6.0 }));
    let metrics = order.text("/actuator/prometheus");
    let line = "payment_amplification_ratio{over=\"window\",service=\"order\"} 6\n";
    assert!(metrics.contains(line), "{metrics}");

    order.put(PAYMENT, &json!({ "budget": "20%" }));
    for _ in 0..25 {
        assert_eq!(order.order().status, 503);
    }
    assert_eq!(order.breaker()["amplification"]["window"], 1.2);

    order.put(PAYMENT, &json!({ "breaker": "on" }));
    for _ in 0..40 {
        assert_eq!(order.order().status, 503);
    }
    assert_eq!(order.breaker()["state"], "open");
    assert_eq!(order.breaker()["amplification"]["window"], 0.0);
}

#[test]
fn a_switched_timeout_holds_for_the_next_order() {
    let (folder, payment) = (TempDir::new().unwrap(), FakePayment::start());
    let settings = [("PAYMENT_URL", payment.url.as_str())];
    let order = Alone::start("order", two_ports().0, &folder, &settings);
    payment.hold(true);
    order.put(PAYMENT, &json!({ "timeout": "61ms", "retries": "0" }));

    let problem = order.order().json();
    let told = problem["detail"].as_str().unwrap();
    assert!(told.starts_with("payment did not answer within 61ms"), "{problem}");
    let breaker = order.breaker();
    assert_eq!((&breaker["timedOut"], &breaker["failed"]), (&json!(1), &json!(0)));
    payment.hold(false);
}

#[test]
fn switches_come_as_json_query_or_form_and_a_delete_or_a_restart_undoes_them() {
    let folder = TempDir::new().unwrap();
    let port = two_ports().0;
    let settings = [("PAYMENT_TIMEOUT", "2s")];
    let order = Alone::start("order", port, &folder, &settings);
    let shown = |order: &Alone| {
        let all = order.get(PAYMENT);
        (all["startedWith"].clone(), all["settings"]["timeout"].clone())
    };
    let as_started = (json!({}), json!("2s"));
    assert_eq!(shown(&order), as_started);

    let answer = order.put(PAYMENT, &json!({ "timeout": "610ms", "retries": "5" }));
    assert_eq!(answer["settings"]["retries"], 5);
    order.put(&format!("{PAYMENT}?budget=off&PAYMENT_BREAKER=off"), &Value::Null);
    let answer = order.send("PUT", PAYMENT, Some("probes=1&fallback=queue"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let before = json!({
        "timeout": "2s", "retries": 2, "budget": "20%", "breaker": "on", "probes": 3,
        "fallback": "reject"
    });
    assert_eq!(shown(&order), (before, json!("610ms")));
    assert_eq!(order.breaker()["state"], "off");

    assert_eq!(order.send("DELETE", PAYMENT, None).status, 200);
    assert_eq!(shown(&order), as_started);
    assert_eq!(order.breaker()["state"], "closed");
    order.put(PAYMENT, &json!({ "timeout": "610ms" }));
    order.put(&format!("{PAYMENT}/reset"), &Value::Null);
    assert_eq!(shown(&order), as_started);

    order.put(PAYMENT, &json!({ "timeout": "610ms" }));
    drop(order);
    let order = Alone::start("order", port, &folder, &settings);
    assert_eq!(shown(&order), as_started);
}

#[test]
fn what_cannot_be_switched_is_answered_with_what_can() {
    let folder = TempDir::new().unwrap();
    let order = Alone::start("order", two_ports().0, &folder, &[]);
    for body in [
        r#"{"retrys": 5}"#,
        r#"{"retries": 5, "timeout": "a while"}"#,
        r#"{"retries": 1000}"#,
        r#"{"rate": null}"#,
        "{}",
        "",
    ] {
        let answer = order.send("PUT", PAYMENT, Some(body));
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let hint = answer.json()["hint"].as_str().unwrap().to_owned();
        for possible in ["retries (0 to 10)", "timeout (1ms to 10m)", "fallback (reject or queue)"]
        {
            assert!(hint.contains(possible), "{body}: {hint}");
        }
    }
    for body in ["[1]", "{", "retries"] {
        assert_eq!(order.send("PUT", PAYMENT, Some(body)).status, 400, "{body}");
    }
    assert_eq!(order.get(PAYMENT)["startedWith"], json!({}), "a refused change changes nothing");
    let unknown = order.send("GET", "/actuator/circuitbreakers/delivery", None);
    assert_eq!(unknown.status, 404);
    assert!(unknown.json()["hint"].as_str().unwrap().contains("payment"), "{}", unknown.text());
}
