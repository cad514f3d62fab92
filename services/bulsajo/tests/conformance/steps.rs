//! What scenarios are made of, all of it through the gateway.

use serde_json::{Value, json};
use testkit::{Fleet, eventually, fleet::Service, rows};

/// What a delivery says that was not recalled.
pub(crate) const PREPARING: &str = "Prepare Delivery...";

/// An order as a worksheet places it.
pub(crate) fn coffee() -> Value {
    json!({
        "productId": "1", "qty": "1", "paymentType": "cash", "cost": "1000", "productName": "Coffee"
    })
}

/// Places an order, and gives its id.
pub(crate) fn place(fleet: &Fleet) -> i64 {
    let answer = fleet.http("POST", "/orders", Some(coffee()));
    assert_eq!(answer.status, 201, "{}", answer.text());
    rows::id_of(answer.header("location").expect("a new order has a place"))
}

/// Calls an order off.
pub(crate) fn cancel(fleet: &Fleet, order: i64) {
    assert_eq!(fleet.http("DELETE", &format!("/orders/{order}"), None).status, 204);
}

/// Waits until the trace of an order says this.
pub(crate) fn becomes(fleet: &Fleet, order: i64, status: &str) {
    eventually(|| match words(fleet, Service::OrderTrace, order, "status") {
        told if told == [status] => Ok(()),
        told => Err(format!("the trace of order {order} says {told:?} and not {status}")),
    });
}

/// What a field says in each row of an order.
pub(crate) fn words(fleet: &Fleet, service: Service, order: i64, field: &str) -> Vec<String> {
    let rows = rows::of_order(fleet, service, order);
    rows.iter().map(|row| row[field].as_str().unwrap_or("null").to_owned()).collect()
}

/// Everything that any service shows.
pub(crate) fn everything(fleet: &Fleet) -> Vec<Value> {
    let rows = Service::STATEFUL.map(|service| json!(rows::all(fleet, service)));
    rows.into_iter().chain(crate::timeline::all(fleet).into_iter().map(Value::Array)).collect()
}
