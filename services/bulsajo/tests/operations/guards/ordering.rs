//! `ORDERING=off`: facts of one order overtake each other, and nobody expects it.

use std::net::SocketAddr;

use testkit::{
    Cell, Fleet, eventually,
    fleet::Service::{Delivery, Order, OrderTrace, Payment},
    http,
    ledger::settle,
    rows,
};

use super::{becomes_zero, clear, figure, set, set_at};
use crate::{
    BINARY, coffee,
    invariants::{cancel, invariants, place},
};

/// As many orders as it takes until one's facts stand in partitions in each order there is.
const ORDERS: i64 = 5;

fn fleet(ordering: &str) -> Fleet {
    Fleet::start(BINARY, &[("ORDERING", ordering), ("DRAIN_DELAY", "0s")])
}

/// Lets a service read what was kept from it, and those behind it hear what it says.
fn lets_read(fleet: &Fleet, service: testkit::fleet::Service) {
    clear(fleet, service, "kafka-pause");
    becomes_zero(fleet, service, "consumer_lag");
    becomes_zero(fleet, service, "outbox_depth");
}

/// Payment sleeps while orders are placed and called off.
fn cancellations_overtake_orders(ordering: &str) -> Fleet {
    let fleet = fleet(ordering);
    for service in [Payment, Delivery, OrderTrace] {
        set(&fleet, service, "kafka-pause", "");
    }
    for order in 1..=ORDERS {
        place(&fleet);
        becomes_zero(&fleet, Order, "outbox_depth");
        becomes_zero(&fleet, Payment, "outbox_depth");
        cancel(&fleet, order);
        becomes_zero(&fleet, Order, "outbox_depth");
    }
    for service in [Payment, Delivery, OrderTrace] {
        lets_read(&fleet, service);
    }
    settle(&fleet);
    fleet
}

#[test]
fn without_ordering_a_cancellation_that_overtakes_its_order_is_forgotten() {
    let fleet = cancellations_overtake_orders("off");

    let books = invariants(&fleet);
    assert_eq!(books["holds"], false, "{books}");
    assert!(figure(&fleet, "/damage/cancelledNotRefunded") >= 2, "{books}");
    assert!(figure(&fleet, "/facts/outOfOrder") >= 2, "{books}");
    assert!(figure(&fleet, "/money/kept") >= 2000, "{books}");
}

#[test]
fn with_ordering_a_cancellation_that_overtakes_the_money_is_not_forgotten() {
    let fleet = cancellations_overtake_orders("on");

    testkit::invariants::hold(&fleet);
    assert_eq!(figure(&fleet, "/facts/outOfOrder"), 0);
    assert_eq!(figure(&fleet, "/orders/cancelled"), ORDERS);
}

fn payment_says(fleet: &Fleet, order: i64, status: &str) {
    eventually(|| match rows::of_order(fleet, Payment, order).pop() {
        Some(payment) if payment["paymentStatus"] == status => Ok(()),
        other => Err(format!("the payment of order {order} is {other:?}")),
    });
    becomes_zero(fleet, Order, "outbox_depth");
    becomes_zero(fleet, Payment, "outbox_depth");
}

/// Delivery sleeps while orders are paid and refunded.
fn refunds_overtake_payments(ordering: &str) -> Fleet {
    let fleet = fleet(ordering);
    set(&fleet, Delivery, "kafka-pause", "");
    for order in 1..=ORDERS {
        place(&fleet);
        payment_says(&fleet, order, "END");
        cancel(&fleet, order);
        payment_says(&fleet, order, "ORDER CANCEL");
    }
    lets_read(&fleet, Delivery);
    settle(&fleet);
    fleet
}

#[test]
fn without_ordering_goods_are_sent_whose_money_went_back() {
    let fleet = refunds_overtake_payments("off");

    let books = invariants(&fleet);
    assert!(figure(&fleet, "/damage/cancelledNotRecalled") >= 1, "{books}");
    assert!(figure(&fleet, "/damage/goodsWithoutMoney") >= 1, "{books}");
}

#[test]
fn with_ordering_no_goods_are_out_whose_money_went_back() {
    let fleet = refunds_overtake_payments("on");

    testkit::invariants::hold(&fleet);
    assert_eq!(figure(&fleet, "/facts/outOfOrder"), 0);
}

/// Two replicas of payment, one of which is slow, while orders are placed and called off.
fn one_of_two_is_slow(ordering: &str, name: &str, until: impl Fn(&Fleet) -> bool) -> Option<Fleet> {
    if !Cell::Full.is_available(name) {
        return None;
    }
    let settings = [("ORDERING", ordering), ("DRAIN_DELAY", "0s")];
    let fleet = Fleet::on(Cell::Full).settings(&settings).replicas(2).start(BINARY);
    set_at(fleet.addresses(Payment)[0], "kafka-slow", "value=2s");
    // One replica, so that its turns go through all partitions.
    let door = fleet.addresses(Order)[0];
    // The group may still be sharing out its partitions.
    for _ in 0..10 {
        // Three facts in turn come from each of the three partitions.
        (0..3).for_each(|_| place_and_cancel(door));
        settle(&fleet);
        if until(&fleet) {
            break;
        }
    }
    Some(fleet)
}

fn place_and_cancel(door: SocketAddr) {
    let headers = [("Content-Type", "application/json")];
    let placed = http::send(door, "POST", "/orders", &headers, Some(&coffee().to_string()));
    let placed = placed.unwrap();
    assert_eq!(placed.status, 201, "{}", placed.text());
    let path = format!("/orders/{}", rows::id_of(placed.header("location").unwrap()));
    assert_eq!(http::send(door, "DELETE", &path, &[], None).unwrap().status, 204);
}

#[test]
fn without_ordering_replicas_on_kafka_overtake_each_other() {
    let name = "guards::without_ordering_replicas_on_kafka_overtake_each_other";
    let damaged = |fleet: &Fleet| figure(fleet, "/damage/cancelledNotRefunded") > 0;
    let Some(fleet) = one_of_two_is_slow("off", name, damaged) else { return };

    assert!(damaged(&fleet), "{}", invariants(&fleet));
    assert_eq!(invariants(&fleet)["holds"], false);
}

#[test]
fn with_ordering_a_slow_replica_on_kafka_does_no_harm() {
    let name = "guards::with_ordering_a_slow_replica_on_kafka_does_no_harm";
    let twice = std::cell::Cell::new(0);
    let until = |_: &Fleet| twice.replace(twice.get() + 1) == 1;
    let Some(fleet) = one_of_two_is_slow("on", name, until) else { return };

    testkit::invariants::hold(&fleet);
    assert_eq!(figure(&fleet, "/facts/outOfOrder"), 0);
    assert_eq!(figure(&fleet, "/orders/cancelled"), 6);
}
