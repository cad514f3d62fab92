//! The timeline and the live feed of an order.

use std::io::Write as _;

use serde_json::Value;
use testkit::{
    Connection, Fleet, eventually,
    fleet::Service::{Gateway, OrderTrace},
};

use crate::{BINARY, coffee};

/// Opens the feed and reads its head, so that what happens next is seen.
fn feed(fleet: &Fleet, path: &str, headers: &str) -> Connection {
    let mut connection = Connection::open(fleet.address(Gateway)).unwrap();
    write!(connection.socket(), "GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").unwrap();
    let status = connection.line().unwrap();
    assert!(status.contains("200"), "{status}");
    while !connection.line().unwrap().is_empty() {}
    connection
}

/// The next messages of the feed, until one of this type.
fn until(feed: &mut Connection, kind: &str) -> Vec<(i64, Value)> {
    let (mut seen, mut id) = (Vec::new(), 0);
    loop {
        let line = feed.line().unwrap();
        if let Some(number) = line.strip_prefix("id: ") {
            id = number.parse().unwrap();
        }
        if let Some(data) = line.strip_prefix("data: ") {
            let message: Value = serde_json::from_str(data).unwrap();
            let last = message["eventType"] == kind;
            seen.push((id, message));
            if last {
                return seen;
            }
        }
    }
}

fn kinds(messages: &[(i64, Value)]) -> Vec<&str> {
    messages.iter().map(|(_, message)| message["eventType"].as_str().unwrap()).collect()
}

#[test]
fn the_live_feed_shows_each_fact_with_where_its_order_stands() {
    let fleet = Fleet::start(BINARY, &[]);
    let mut live = feed(&fleet, "/orderTraces/live", "");

    assert_eq!(fleet.http("POST", "/orders", Some(coffee())).status, 201);
    let seen = until(&mut live, "Delivered");

    let mut told = kinds(&seen);
    told.sort_unstable();
    assert_eq!(told, ["Delivered", "Ordered", "Paid", "Paid"]);
    assert_eq!(seen.last().unwrap().1["trace"]["status"], "DELIVERY START");
    assert!(seen.iter().all(|(_, message)| message["orderId"] == 1));
}

#[test]
fn a_feed_that_comes_back_with_its_last_event_id_misses_nothing() {
    let fleet = Fleet::start(BINARY, &[]);
    let mut live = feed(&fleet, "/orderTraces/live", "");
    fleet.http("POST", "/orders", Some(coffee()));
    let before = until(&mut live, "Delivered");
    drop(live);

    assert_eq!(fleet.http("DELETE", "/orders/1", None).status, 204);
    let last = before.last().unwrap().0;
    let mut live = feed(&fleet, "/orderTraces/live", &format!("Last-Event-ID: {last}\r\n"));
    let after = until(&mut live, "DeliveryCancelled");

    let mut told = kinds(&after);
    told.sort_unstable();
    assert_eq!(told, ["DeliveryCancelled", "OrderCancelled", "PayCancelled"]);
}

#[test]
fn a_feed_of_one_order_shows_no_other() {
    let fleet = Fleet::start(BINARY, &[]);
    let mut live = feed(&fleet, "/orderTraces/live?orderId=2", "");

    fleet.http("POST", "/orders", Some(coffee()));
    fleet.http("POST", "/orders", Some(coffee()));

    assert!(until(&mut live, "Delivered").iter().all(|(_, message)| message["orderId"] == 2));
}

#[test]
fn the_timeline_tells_causes_before_effects() {
    let fleet = Fleet::start(BINARY, &[]);
    fleet.http("POST", "/orders", Some(coffee()));
    eventually(|| {
        let trace = fleet.ask(OrderTrace, "GET", "/orderTraces/1", None);
        if trace.text().contains("DELIVERY START") { Ok(()) } else { Err(trace.text().to_owned()) }
    });
    assert_eq!(fleet.http("DELETE", "/orders/1", None).status, 204);
    let timeline = || fleet.http("GET", "/orderTraces/1/timeline", None).json();
    eventually(|| match timeline()["facts"].as_array().unwrap().len() {
        7 => Ok(()),
        other => Err(format!("{other} facts")),
    });

    let timeline = timeline();
    let facts = timeline["facts"].as_array().unwrap();
    let told: Vec<&str> = facts.iter().map(|fact| fact["eventType"].as_str().unwrap()).collect();
    let expected = [
        "Ordered",
        "Paid",
        "Paid",
        "Delivered",
        "OrderCancelled",
        "PayCancelled",
        "DeliveryCancelled",
    ];
    assert_eq!(told, expected);
    assert_eq!(timeline["status"], "ORDER CANCEL");
    assert!(facts.iter().all(|fact| fact["occurredAt"].as_i64() <= fact["heardAt"].as_i64()));
    assert_eq!(facts[2]["fact"]["paymentStatus"], "END");
}
