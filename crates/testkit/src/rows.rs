//! What a fleet shows, row by row.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    Doors,
    fleet::Service::{self, Delivery, Gateway, Order, OrderTrace, Payment},
};

/// The path of a service's collection, and its name in it.
pub fn collection(service: Service) -> &'static str {
    match service {
        Order => "orders",
        Payment => "payments",
        Delivery => "deliveries",
        OrderTrace => "orderTraces",
        Gateway => panic!("the gateway keeps nothing"),
    }
}

/// Every row of a service, by the id in its link.
pub fn all(fleet: &impl Doors, service: Service) -> BTreeMap<i64, Value> {
    let (rel, mut rows) = (collection(service), BTreeMap::new());
    for page in 0.. {
        let path = format!("/{rel}?size=1000&page={page}");
        let answer = fleet.ask(service, "GET", &path, None).json();
        let items = answer["_embedded"][rel].as_array().expect("a list").clone();
        let last = answer["page"]["totalPages"].as_i64().is_none_or(|pages| page + 1 >= pages);
        for item in items {
            let link = item["_links"]["self"]["href"].as_str().expect("a link");
            rows.insert(id_of(link), item);
        }
        if last {
            break;
        }
    }
    rows
}

/// Every row of a service, by the order that it belongs to.
pub fn by_order(fleet: &impl Doors, service: Service) -> BTreeMap<i64, Vec<Value>> {
    let mut rows: BTreeMap<i64, Vec<Value>> = BTreeMap::new();
    for row in all(fleet, service).into_values() {
        rows.entry(row["orderId"].as_i64().expect("an order id")).or_default().push(row);
    }
    rows
}

/// The rows of one order, asked for through the gateway.
pub fn of_order(fleet: &impl Doors, service: Service, order: i64) -> Vec<Value> {
    let rel = collection(service);
    let parameter = if service == Delivery { "orderId" } else { "OrderId" };
    let path = format!("/{rel}/search/findByOrderId?{parameter}={order}");
    let answer = fleet.ask(Gateway, "GET", &path, None).json();
    answer["_embedded"][rel].as_array().unwrap_or_else(|| panic!("{path}: {answer}")).clone()
}

/// The number at the end of a link.
pub fn id_of(link: &str) -> i64 {
    link.rsplit('/').next().and_then(|id| id.parse().ok()).expect("a link that ends in an id")
}
