//! Records that anybody may write into the topic, or the log: whatever they are, each that is no event
//! becomes a dead letter, and every order that is placed meanwhile is paid, sent and traced.

mod made;
mod sink;

use std::time::Duration;

use made::{Fate, Made, Maker};
use serde_json::{Value, json};
use testkit::{
    Cell, Fleet, Metrics, dose, eventually, eventually_within,
    fleet::Service::{self, Delivery, OrderTrace, Payment},
    rows,
};

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_bulsajo");

/// Each reads everything.
const GROUPS: [Service; 3] = [Payment, Delivery, OrderTrace];

/// How many records are written between two orders.
const BATCH: usize = 25;

/// How long the fleet may take for all that is left to do.
const PATIENCE: Duration = Duration::from_mins(5);

/// The largest page of dead letters, in bytes.
const PAGE: usize = 128 * 1024;

#[test]
fn whatever_is_in_the_log_orders_settle() {
    orders_settle(Cell::Embedded);
}

#[test]
fn whatever_is_in_the_log_on_postgresql_orders_settle() {
    if Cell::Minimal.is_available("whatever_is_in_the_log_on_postgresql_orders_settle") {
        orders_settle(Cell::Minimal);
    }
}

#[test]
fn whatever_is_in_the_topic_orders_settle() {
    if Cell::KafkaSqlite.is_available("whatever_is_in_the_topic_orders_settle") {
        orders_settle(Cell::KafkaSqlite);
    }
}

#[test]
fn whatever_is_in_the_topic_orders_settle_on_postgresql() {
    if Cell::Full.is_available("whatever_is_in_the_topic_orders_settle_on_postgresql") {
        orders_settle(Cell::Full);
    }
}

fn orders_settle(cell: Cell) {
    let fleet = Fleet::on(cell).settings(&[("REQUEST_TIMEOUT", "30s")]).start(BINARY);
    let mut maker = Maker::new(cell.has_kafka());
    let (mut placed, mut dead) = (vec![place(&fleet)], 0);
    for _ in 0..dose("fuzz", 12, 300) {
        let batch: Vec<Made> = (0..BATCH).map(|_| maker.next()).collect();
        dead += batch.iter().filter(|it| it.fate == Fate::DeadLetter).count();
        let records: Vec<_> = batch.into_iter().map(|it| it.record).collect();
        sink::write(&fleet, &records);
        placed.push(place(&fleet));
    }
    eprintln!("{cell:?}: {} records, {dead} of them no events", placed.len() * BATCH - BATCH);

    eventually_within(PATIENCE, || all_is_read(&fleet));

    for order in &placed {
        becomes(&fleet, *order, "DELIVERY START");
        let one = |service| rows::of_order(&fleet, service, *order).len();
        assert_eq!((one(Payment), one(Delivery)), (1, 1), "order {order}");
    }
    for group in GROUPS {
        let found = numbers_of_dead_letters(&fleet, group);
        assert_eq!(found.len(), dead, "{group:?}: each that is no event, once");
        let path = no_event(&fleet, group, &found);
        let replay = format!("{path}/replay");
        assert_eq!(fleet.ask(group, "POST", &replay, None).status, 409, "{group:?}");
    }
    let told = fleet.ask(OrderTrace, "GET", "/invariants?grace=0s", None).json();
    assert_eq!(told["holds"], true, "{told}");
    // All that was heard of is still well.
    let last = place(&fleet);
    becomes(&fleet, last, "DELIVERY START");
}

/// The path of a dead letter whose body is no event. One whose headers alone cannot be read has a body that
/// may be replayed.
fn no_event(fleet: &Fleet, group: Service, dead_letters: &[i64]) -> String {
    let mut paths = dead_letters.iter().map(|id| format!("/actuator/deadletters/{id}"));
    let is_no_event = |path: &String| {
        let letter = fleet.ask(group, "GET", path, None).json();
        assert!(letter["payload"].is_string(), "{letter}");
        !letter["reason"].as_str().expect("a reason").contains("header")
    };
    paths.find(is_no_event).expect("a record that is no event")
}

/// The numbers of all dead letters, page by page.
fn numbers_of_dead_letters(fleet: &Fleet, group: Service) -> Vec<i64> {
    let (mut numbers, mut path) = (Vec::new(), Some("/actuator/deadletters".to_owned()));
    while let Some(next) = path {
        let page = fleet.ask(group, "GET", &next, None);
        assert!(page.text().len() < PAGE, "{} bytes in a page", page.text().len());
        let page = page.json();
        let listed = page["deadLetters"].as_array().expect("a list");
        assert!(listed.iter().all(|it| it["payload"].is_null()), "{page}");
        numbers.extend(listed.iter().filter_map(|it| it["id"].as_i64()));
        path = page["next"].as_str().map(str::to_owned);
    }
    numbers
}

fn place(fleet: &Fleet) -> i64 {
    let order = json!({ "productId": 1, "qty": 1, "cost": 1000, "productName": "Coffee" });
    let answer = fleet.http("POST", "/orders", Some(order));
    assert_eq!(answer.status, 201, "{}", answer.text());
    rows::id_of(answer.header("location").expect("a new order has a place"))
}

fn becomes(fleet: &Fleet, order: i64, status: &str) {
    eventually(|| {
        let traces = rows::of_order(fleet, OrderTrace, order);
        let told: Vec<&Value> = traces.iter().map(|it| &it["status"]).collect();
        if told == [status] { Ok(()) } else { Err(format!("order {order}: {told:?}")) }
    });
}

/// Nothing waits to be published or handled.
fn all_is_read(fleet: &Fleet) -> Result<(), String> {
    for service in Service::STATEFUL {
        let metrics = Metrics::of(fleet.address(service))?;
        for name in ["outbox_depth", "consumer_lag", "orders_pending"] {
            let waiting = metrics.count(name, "").unwrap_or(0);
            if waiting != 0 {
                return Err(format!("{name} of {service:?} is {waiting}"));
            }
        }
    }
    Ok(())
}
