//! What clients were told, kept outside the fleet, to be compared with what it says later.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use testkit::{
    Fleet, eventually,
    fleet::Service::{self, Delivery, Order, OrderTrace, Payment},
};

/// What became of orders, as far as clients know.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Answered with 201, and not called off.
    pub(crate) accepted: BTreeSet<i64>,
    /// Answered with 204 when called off.
    pub(crate) cancelled: BTreeSet<i64>,
    /// Asked to be called off, without an answer: either is right.
    pub(crate) unsure: BTreeSet<i64>,
}

impl Ledger {
    /// Waits until the fleet has settled, then compares.
    pub(crate) fn verify(&self, fleet: &Fleet) {
        eventually(|| settled(fleet));
        let orders: BTreeSet<i64> = all(fleet, Order, "orders").into_keys().collect();
        let payments = by_order(fleet, Payment, "payments");
        let deliveries = by_order(fleet, Delivery, "deliveries");
        let traces = by_order(fleet, OrderTrace, "orderTraces");
        for id in &self.accepted {
            assert!(orders.contains(id), "order {id} was accepted and is lost");
            assert_eq!(words(&payments, *id, "paymentStatus"), ["END"], "payment of order {id}");
            assert_eq!(deliveries.get(id).map(Vec::len), Some(1), "deliveries of order {id}");
            assert_eq!(words(&traces, *id, "status"), ["DELIVERY START"], "trace of order {id}");
        }
        for id in &self.cancelled {
            assert!(!orders.contains(id), "order {id} was called off and is still there");
            assert_eq!(words(&payments, *id, "paymentStatus"), ["ORDER CANCEL"], "order {id}");
            assert_eq!(words(&traces, *id, "status"), ["ORDER CANCEL"], "trace of order {id}");
            let sent = words(&deliveries, *id, "deliveryStatus");
            assert!(sent.iter().all(|status| status == "DELIVERY CANCEL"), "order {id}: {sent:?}");
        }
        self.verify_the_rest(&orders, &payments);
    }

    /// Also for orders whose client never got an answer: charged once, and only if they stand.
    fn verify_the_rest(&self, orders: &BTreeSet<i64>, payments: &BTreeMap<i64, Vec<Value>>) {
        for (id, charges) in payments {
            assert_eq!(charges.len(), 1, "order {id} was charged twice: {charges:?}");
            let taken = charges[0]["paymentStatus"] == "END";
            assert_eq!(taken, orders.contains(id), "money and order {id}: {charges:?}");
        }
        for id in &self.unsure {
            assert!(payments.contains_key(id), "order {id} was never charged");
        }
    }
}

fn words(rows: &BTreeMap<i64, Vec<Value>>, order: i64, field: &str) -> Vec<String> {
    let rows = rows.get(&order).map(Vec::as_slice).unwrap_or_default();
    rows.iter().map(|row| row[field].as_str().unwrap_or("null").to_owned()).collect()
}

/// Nothing waits in an outbox, in a log or among pending orders.
fn settled(fleet: &Fleet) -> Result<(), String> {
    for service in [Order, Payment, Delivery, OrderTrace] {
        let metrics = fleet.ask(service, "GET", "/actuator/prometheus", None);
        for line in metrics.text().lines() {
            let waits = ["outbox_depth{", "consumer_lag{", "dead_letters{", "orders_pending{"];
            if waits.iter().any(|name| line.starts_with(name)) && !line.ends_with(" 0") {
                return Err(line.to_owned());
            }
        }
    }
    Ok(())
}

fn by_order(fleet: &Fleet, service: Service, rel: &str) -> BTreeMap<i64, Vec<Value>> {
    let mut rows: BTreeMap<i64, Vec<Value>> = BTreeMap::new();
    for row in all(fleet, service, rel).into_values() {
        rows.entry(row["orderId"].as_i64().expect("an order id")).or_default().push(row);
    }
    rows
}

/// Every row of a collection, by the id in its link.
fn all(fleet: &Fleet, service: Service, rel: &str) -> BTreeMap<i64, Value> {
    let mut rows = BTreeMap::new();
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

/// The number at the end of a link.
pub(crate) fn id_of(link: &str) -> i64 {
    link.rsplit('/').next().and_then(|id| id.parse().ok()).expect("a link that ends in an id")
}

/// A client that orders, and calls every third order off again, until told to stop.
pub(crate) fn shop(fleet: std::net::SocketAddr, stop: &std::sync::atomic::AtomicBool) -> Ledger {
    use std::sync::atomic::Ordering::Relaxed;
    let mut ledger = Ledger::default();
    let mut connection = None;
    for count in 0.. {
        if stop.load(Relaxed) {
            break;
        }
        let Some(id) = place(fleet, &mut connection) else { continue };
        ledger.accepted.insert(id);
        if count % 3 == 0 {
            call_off(fleet, id, &mut ledger);
        }
    }
    ledger
}

const COFFEE: &str =
    r#"{"productId":1,"qty":1,"paymentType":"cash","cost":1000,"productName":"Coffee"}"#;

fn place(fleet: std::net::SocketAddr, connection: &mut Option<testkit::Connection>) -> Option<i64> {
    if connection.is_none() {
        // While the fleet is down there is nothing to do but to try again.
        *connection = testkit::Connection::open(fleet).ok();
        if connection.is_none() {
            std::thread::yield_now();
        }
    }
    let headers = [("Content-Type", "application/json"), ("Accept", "*/*")];
    let answer = connection.as_mut()?.send("POST", "/orders", &headers, Some(COFFEE));
    match answer {
        Ok(answer) if answer.status == 201 => answer.header("location").map(id_of),
        Ok(_) => None,
        Err(_) => {
            *connection = None;
            None
        }
    }
}

fn call_off(fleet: std::net::SocketAddr, id: i64, ledger: &mut Ledger) {
    ledger.accepted.remove(&id);
    match testkit::http::send(fleet, "DELETE", &format!("/orders/{id}"), &[], None) {
        Ok(answer) if answer.status == 204 => ledger.cancelled.insert(id),
        _ => ledger.unsure.insert(id),
    };
}
