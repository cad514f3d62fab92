//! What clients were told, kept outside the fleet, to be compared with what it says later.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::Value;

use crate::{
    Doors, Metrics, eventually,
    fleet::Service::{self, Delivery, Order, OrderTrace, Payment},
    invariants, rows,
};

/// What became of orders, as far as clients know.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Answered with 201, and not called off.
    pub accepted: BTreeSet<i64>,
    /// Answered with 204 when called off.
    pub cancelled: BTreeSet<i64>,
    /// Asked to be called off, without an answer: either is right.
    pub unsure: BTreeSet<i64>,
    /// How often each status was the answer to an order.
    pub answers: BTreeMap<u16, usize>,
    /// How often an order got no answer: refused, reset or cut off.
    pub unanswered: usize,
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (accepted, cancelled) = (self.accepted.len(), self.cancelled.len());
        let (unsure, answers, unanswered) = (self.unsure.len(), &self.answers, self.unanswered);
        write!(
            f,
            "{accepted} orders stand, {cancelled} were called off, {unsure} are unsure; answers \
             {answers:?}, {unanswered} without one"
        )
    }
}

impl Ledger {
    /// Adds what another client knows.
    pub fn add(&mut self, other: Self) {
        self.accepted.extend(other.accepted);
        self.cancelled.extend(other.cancelled);
        self.unsure.extend(other.unsure);
        self.unanswered += other.unanswered;
        for (status, count) in other.answers {
            *self.answers.entry(status).or_default() += count;
        }
    }

    /// Fails unless every order got an answer, and was accepted.
    pub fn nobody_was_refused(&self) {
        let statuses: Vec<u16> = self.answers.keys().copied().collect();
        assert_eq!((statuses, self.unanswered), (vec![201], 0), "orders were refused");
    }

    /// Waits until the fleet has settled, then compares. Also, whoever was refused was told why:
    /// 500 is what is said of a fault of ours.
    pub fn verify(&self, fleet: &impl Doors) {
        assert!(
            !self.answers.contains_key(&500),
            "an outage is no reason for a 500: {:?}",
            self.answers
        );
        settle(fleet);
        let orders: BTreeSet<i64> = rows::all(fleet, Order).into_keys().collect();
        let payments = rows::by_order(fleet, Payment);
        let deliveries = rows::by_order(fleet, Delivery);
        let traces = rows::by_order(fleet, OrderTrace);
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
        invariants::hold(fleet);
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

/// Waits until nothing is on its way any more.
pub fn settle(fleet: &impl Doors) {
    // A fact can pass from one service to the next between two questions: it is asked twice.
    eventually(|| is_settled(fleet).and_then(|()| is_settled(fleet)));
}

/// Nothing waits in an outbox, in a log or among pending orders.
fn is_settled(fleet: &impl Doors) -> Result<(), String> {
    let waits = ["outbox_depth", "consumer_lag", "dead_letters", "orders_pending"];
    Service::STATEFUL.into_iter().try_for_each(|service| {
        let metrics = Metrics::of(fleet.address(service))?;
        let mut waiting =
            waits.into_iter().filter_map(|name| Some((name, metrics.count(name, "")?)));
        match waiting.find(|(_, count)| *count != 0) {
            Some((name, count)) => Err(format!("{name} of {service:?} is {count}")),
            None => Ok(()),
        }
    })
}
