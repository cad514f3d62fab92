//! What is said while a neighbour is away, and what is left behind.

use std::net::TcpListener;

use serde_json::Value;
use tempfile::TempDir;
use testkit::{Response, eventually, http};

use crate::{
    client::{COFFEE, CURL, JSON, problem},
    world::{Alone, BY_HAND, closed},
};

fn send(alone: &Alone, line: &str, body: Option<&str>) -> Response {
    let (method, path) = line.split_once(' ').unwrap();
    let headers = if body.is_some() { JSON } else { CURL };
    http::send(alone.address, method, path, headers, body).unwrap()
}

fn refusal(order: &Alone, line: &str) -> Value {
    let told = problem(&send(order, line, Some(COFFEE)), 503);
    assert_eq!(told["error"], "Service Unavailable");
    assert!(told["message"].as_str().unwrap().ends_with("no order was taken"), "{told}");
    assert!(told["hint"].is_string(), "{told}");
    told
}

fn nothing_is_left(order: &Alone) {
    let list = send(order, "GET /orders", None).json();
    assert_eq!(list["page"]["totalElements"], 0);
    let health = send(order, "GET /actuator/health", None);
    assert_eq!((health.status, health.text()), (200, r#"{"status":"UP"}"#));
}

#[test]
fn an_order_is_refused_while_payment_is_down_and_says_so() {
    let nobody = format!("http://{}", closed());
    let order = Alone::start("order", &[("PAYMENT_URL", &nobody), ("PAYMENT_RETRIES", "0")]);
    for line in ["POST /orders", "PUT /orders/999"] {
        let told = refusal(&order, line);
        let message = told["message"].as_str().unwrap();
        assert!(message.starts_with("payment could not be reached: "), "{message}");
    }
    nothing_is_left(&order);
}

#[test]
fn an_order_is_refused_while_payment_is_too_slow_and_says_so() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let settings =
        [("PAYMENT_URL", url.as_str()), ("PAYMENT_RETRIES", "0"), ("PAYMENT_TIMEOUT", "50ms")];
    let order = Alone::start("order", &settings);

    let told = refusal(&order, "POST /orders");
    let message = told["message"].as_str().unwrap();
    assert!(message.starts_with("payment did not answer within 50ms"), "{message}");
    nothing_is_left(&order);
}

#[test]
fn an_open_circuit_is_told_apart() {
    let nobody = format!("http://{}", closed());
    let settings = [
        ("PAYMENT_URL", nobody.as_str()),
        ("PAYMENT_RETRIES", "0"),
        ("PAYMENT_BREAKER_WAIT", "1h"),
    ];
    let order = Alone::start("order", &settings);
    eventually(|| {
        let told = refusal(&order, "POST /orders")["message"].to_string();
        if told.contains("circuit breaker is open") { Ok(()) } else { Err(told) }
    });
    let breakers = send(&order, "GET /actuator/circuitbreakers", None).json();

    assert_eq!(breakers["circuitBreakers"][0]["state"], "open");
    nothing_is_left(&order);
}

#[test]
fn a_trace_stays_at_pay_end_until_delivery_is_back() {
    let data = TempDir::new().unwrap();
    let database = format!("sqlite:{}", data.path().display());
    let database = ("DATABASE_URL", database.as_str());
    let payment = Alone::start("payment", &[database, BY_HAND]);
    let order = Alone::start("order", &[database, ("PAYMENT_URL", &payment.url())]);
    let trace = Alone::start("ordertrace", &[database]);
    let is = |status: &str| {
        eventually(|| {
            let shown = send(&trace, "GET /orderTraces", None).text().to_owned();
            let line = format!("\"status\" : \"{status}\",");
            if shown.contains(&line) { Ok(()) } else { Err(shown) }
        });
    };

    assert_eq!(send(&order, "POST /orders", Some(COFFEE)).status, 201);
    is("Order END");
    let paid = r#"{"orderId":1,"paymentStatus":"END","cost":1000}"#;
    assert_eq!(send(&payment, "PUT /payments/1", Some(paid)).status, 200);
    is("PAY END");
    let delivery = Alone::start("delivery", &[database]);
    is("DELIVERY START");
    assert_eq!(send(&delivery, "DELETE /deliveries/1", None).status, 204);
    is("DELIVERY CANCEL");
    assert_eq!(send(&order, "DELETE /orders/1", None).status, 204);
    is("ORDER CANCEL");
}

#[test]
fn a_refusal_keeps_the_connection() {
    let nobody = format!("http://{}", closed());
    let order = Alone::start("order", &[("PAYMENT_URL", &nobody), ("PAYMENT_RETRIES", "0")]);
    let mut wire = testkit::Connection::open(order.address).unwrap();
    for (line, headers, body, status) in [
        ("POST /orders", JSON, Some("nonsense"), 400),
        ("POST /orders", JSON, Some(COFFEE), 503),
        ("POST /orders", &[("Content-Type", "text/plain")], Some("x"), 415),
        ("POST /orders", &[("Accept", "text/plain")], Some("{}"), 406),
        ("POST /orders/1", JSON, Some("{}"), 405),
        ("PUT /actuator/down", CURL, None, 200),
        ("GET /actuator/health", CURL, None, 503),
        ("DELETE /orders/abc", CURL, None, 404),
        ("GET /order", CURL, None, 404),
        ("GET /orders/9", CURL, None, 404),
        ("GET /orders", CURL, None, 200),
    ] {
        let (method, path) = line.split_once(' ').unwrap();
        let answer = wire.send(method, path, headers, body).unwrap();

        assert_eq!((answer.status, answer.header("connection")), (status, None), "{line}");
    }
}
