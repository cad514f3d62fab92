//! The live feed of several replicas.

use std::{collections::BTreeSet, io::Write as _, net::SocketAddr};

use serde_json::Value;
use testkit::{Connection, Fleet, fleet::Service::OrderTrace};

use crate::steps::place;

/// Enough for every partition, and so for every replica, to get one.
const ORDERS: usize = 8;

pub(crate) fn every_live_feed_shows_what_any_replica_heard(fleet: &mut Fleet) {
    let feeds: Vec<Connection> = fleet.addresses(OrderTrace).into_iter().map(open).collect();

    let orders: BTreeSet<i64> = (0..ORDERS).map(|_| place(fleet)).collect();

    for feed in feeds {
        assert_eq!(delivered(feed), orders);
    }
}

/// Opens the feed and reads its head, so that what happens next is seen.
fn open(address: SocketAddr) -> Connection {
    let mut feed = Connection::open(address).expect("it listens");
    let head = "GET /orderTraces/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    write!(feed.socket(), "{head}").expect("it reads");
    let status = feed.line().expect("it answers");
    assert!(status.contains("200"), "{status}");
    while !feed.line().expect("a head has an end").is_empty() {}
    feed
}

/// The orders whose delivery the feed shows, as soon as there are enough of them.
fn delivered(mut feed: Connection) -> BTreeSet<i64> {
    let mut orders = BTreeSet::new();
    while orders.len() < ORDERS {
        let line = feed.line().expect("the feed goes on");
        let Some(data) = line.strip_prefix("data: ") else { continue };
        let message: Value = serde_json::from_str(data).expect("a fact is JSON");
        if message["eventType"] == "Delivered" {
            orders.extend(message["orderId"].as_i64());
        }
    }
    orders
}
