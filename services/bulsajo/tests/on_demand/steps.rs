//! What tests do to a service, in words.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use testkit::{Fleet, Response, fleet::Service::Order, http};

use crate::BINARY;

pub(crate) fn fleet() -> Fleet {
    Fleet::start(BINARY, &[("DRAIN_DELAY", "0s")])
}

/// Sets a fault of order, as httpie would with query parameters, and gives what is said of it.
pub(crate) fn set(fleet: &Fleet, fault: &str, query: &str) -> Value {
    let answer = ask(fleet, "PUT", &format!("/actuator/faults/{fault}?{query}"));
    assert_eq!(answer.status, 200, "{fault}: {}", answer.text());
    answer.json()
}

pub(crate) fn clear(fleet: &Fleet, fault: &str) {
    assert_eq!(ask(fleet, "DELETE", &format!("/actuator/faults/{fault}")).status, 204);
}

/// What is said of a fault that is in force, or was.
pub(crate) fn shown(fleet: &Fleet, fault: &str) -> Value {
    ask(fleet, "GET", &format!("/actuator/faults/{fault}")).json()
}

/// Asks order.
pub(crate) fn ask(fleet: &Fleet, method: &str, path: &str) -> Response {
    fleet.ask(Order, method, path, None)
}

/// `GET /orders` of order, and how long it took.
pub(crate) fn orders(address: SocketAddr) -> (std::io::Result<Response>, Duration) {
    let began = Instant::now();
    let answer = http::send(address, "GET", "/orders", &[("Accept", "*/*")], None);
    (answer, began.elapsed())
}

pub(crate) fn place(fleet: &Fleet) -> Response {
    let coffee = json!({ "productId": 1, "qty": 1, "cost": 1000, "productName": "Coffee" });
    fleet.ask(Order, "POST", "/orders", Some(coffee))
}

/// All is well again.
pub(crate) fn is_well(fleet: &Fleet) {
    assert_eq!(orders(fleet.address(Order)).0.unwrap().status, 200);
    assert_eq!(place(fleet).status, 201);
}
