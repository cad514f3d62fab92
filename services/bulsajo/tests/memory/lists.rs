//! Lists of rows that are large, and of many.

use std::thread;

use serde_json::Value;
use testkit::{
    Connection, Fleet, eventually,
    fleet::Service::{Order, OrderTrace, Payment},
};

use crate::steps::{assert_small, at_rest, get, head, letters, numbers, unread};

/// Rows with texts from before there was a limit, and as many bytes as a page of them would have.
const LARGE: usize = 200;
const TEXT: usize = 255 * 1024;
/// Rows whose texts are as long as they may be.
const LONG: usize = 800;

fn with_large_orders(fleet: &mut Fleet) {
    at_rest(fleet, |fleet| {
        for (count, text) in [(LARGE, TEXT), (LONG, 1000)] {
            let (numbers, text) = (numbers(count), letters(fleet, text));
            let order = "INSERT INTO orders (qty, product_name, status, placed_at)";
            let sql = format!("{order} {numbers} SELECT n, {text}, 'placed', 0 FROM numbers");
            fleet.run_sql("order", &sql);
        }
    });
}

fn rows(page: &Value) -> &Vec<Value> {
    page["_embedded"]["orders"].as_array().unwrap()
}

pub(crate) fn pages_of_large_rows_are_read_in_parts(fleet: &mut Fleet) {
    with_large_orders(fleet);
    let order = fleet.addresses(Order)[0];
    let ids = |page: &Value| -> Vec<String> {
        let link = |row: &Value| row["_links"]["self"]["href"].as_str().unwrap().to_owned();
        rows(page).iter().map(link).collect()
    };

    let all = get(order, "/orders?size=1000").json();
    assert_eq!(rows(&all).len(), LARGE + LONG);
    assert_eq!(rows(&all)[0]["productName"].as_str().unwrap().len(), TEXT);
    assert_eq!(all["page"]["totalElements"], LARGE + LONG);
    let backwards = get(order, "/orders?size=1000&sort=id,desc").json();
    assert!(ids(&backwards).iter().rev().eq(&ids(&all)), "in another order");
    let third = get(order, "/orders?page=2&sort=qty,desc").json();
    assert_eq!(third["page"]["number"], 2);
    assert_eq!(third["_embedded"]["orders"][0]["qty"], LONG - 40);

    let clients = (0..8).map(|_| thread::spawn(move || get(order, "/orders?size=1000").body.len()));
    let clients: Vec<_> = clients.collect();
    for client in clients {
        assert!(client.join().unwrap() > LARGE * TEXT);
    }
    assert_small(fleet, Order);
}

pub(crate) fn who_does_not_read_takes_no_more_than_the_others(fleet: &mut Fleet) {
    with_large_orders(fleet);
    let order = fleet.addresses(Order)[0];

    let stuck: Vec<Connection> = (0..40).map(|_| unread(order, "/orders?size=1000")).collect();

    let refused = eventually(|| {
        let mut client = unread(order, "/orders?size=1000");
        let head = head(&mut client);
        if head.contains(" 503 ") { Ok(head) } else { Err(head) }
    });
    assert!(refused.contains("retry-after: "), "{refused}");
    assert_eq!(get(order, "/orders/1").status, 200);
    assert_eq!(get(order, "/orders?size=5&page=120").json()["page"]["number"], 120);
    assert_small(fleet, Order);
    drop(stuck);
    eventually(|| match get(order, "/orders?size=1000").status {
        200 => Ok(()),
        status => Err(format!("there is no room yet: {status}")),
    });
    assert_small(fleet, Order);
}

pub(crate) fn a_list_without_pages_is_sent_while_it_is_read(fleet: &mut Fleet) {
    const TRACES: usize = 100_000;
    at_rest(fleet, |fleet| {
        let traces =
            "INSERT INTO order_traces (order_key, qty, product_name, order_id, status, stage)";
        let row = "SELECT n, '1.0', 'Coffee', n, 'DELIVERY START', 3 FROM numbers";
        fleet.run_sql("ordertrace", &format!("{traces} {} {row}", numbers(TRACES)));
    });
    let traces = fleet.addresses(OrderTrace)[0];

    let clients = (0..3).map(|_| thread::spawn(move || get(traces, "/orderTraces")));
    let clients: Vec<_> = clients.collect();
    for client in clients {
        let list = client.join().unwrap();
        assert_eq!(list.header("content-type"), Some("application/hal+json"));
        assert!(list.body.len() > 32 << 20);
        assert_eq!(list.text().matches("\"orderTrace\" : {").count(), TRACES);
        assert!(list.text().starts_with("{\n  \"_embedded\" : {\n    \"orderTraces\" : [ {\n"));
        assert!(list.text().contains("\n    } ]\n  },\n  \"_links\" : {\n    \"self\" : {\n"));
        assert_eq!(list.json()["_embedded"]["orderTraces"][TRACES - 1]["orderId"], TRACES);
    }
    assert_small(fleet, OrderTrace);
}

pub(crate) fn a_search_and_a_timeline_are_read_in_parts(fleet: &mut Fleet) {
    const FACTS: usize = 3000;
    at_rest(fleet, |fleet| {
        let text = letters(fleet, TEXT);
        let payments = "INSERT INTO payments \
            (order_id, product_name, taken, refunded, void, hidden)";
        let row = format!("SELECT 7, {text}, 0, 0, 0, 0 FROM numbers");
        fleet.run_sql("payment", &format!("{payments} {} {row}", numbers(LARGE)));
        let trace = "INSERT INTO order_traces (order_key, order_id, status, stage) \
            VALUES (7, 7, 'DELIVERY START', 3)";
        fleet.run_sql("ordertrace", trace);
        let facts = "INSERT INTO facts \
            (event_id, order_key, event_type, stage, occurred_at, heard_at, payload)";
        let payload = format!("'{{\"productName\":\"' || {} || '\"}}'", letters(fleet, 20_000));
        let row = format!("SELECT 'event ' || n, 7, 'Paid', 1, n / 500, n, {payload} FROM numbers");
        fleet.run_sql("ordertrace", &format!("{facts} {} {row}", numbers(FACTS)));
    });

    let found = get(fleet.addresses(Payment)[0], "/payments/search/findByOrderId?orderId=7").json();
    assert_eq!(found["_embedded"]["payments"].as_array().unwrap().len(), LARGE);
    assert_small(fleet, Payment);
    let timeline = get(fleet.addresses(OrderTrace)[0], "/orderTraces/1/timeline");
    assert!(
        timeline
            .text()
            .starts_with("{\"orderId\":7,\"status\":\"DELIVERY START\",\"removed\":0,\"facts\":[{")
    );
    let timeline = timeline.json();
    let facts = timeline["facts"].as_array().unwrap();
    assert_eq!(facts.len(), FACTS);
    let places = facts.iter().map(|it| (it["occurredAt"].as_i64(), it["eventId"].as_str()));
    assert!(places.is_sorted(), "in another order");
    assert_small(fleet, OrderTrace);
}
