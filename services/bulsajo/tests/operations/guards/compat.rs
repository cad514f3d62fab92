//! `COMPAT_BUGS=sktkanumodel`: what the ancestors did wrong is wrong again, and seen in the books.

use serde_json::{Value, json};
use testkit::{
    Cell, Fleet, eventually,
    fleet::Service::{Delivery, Order, OrderTrace, Payment},
    ledger::settle,
    rows,
};

use super::{clear, figure, set};
use crate::{
    BINARY, coffee,
    invariants::{cancel, invariants, place, shows},
};

fn fleet(bugs: &str) -> Fleet {
    fleet_on(Cell::Embedded, bugs)
}

fn fleet_on(cell: Cell, bugs: &str) -> Fleet {
    let settings = [("COMPAT_BUGS", bugs), ("PAYMENT_RETRIES", "0"), ("DRAIN_DELAY", "0s")];
    Fleet::on(cell).settings(&settings).start(BINARY)
}

/// An order that is paid and sent, as far as the books know.
fn sent(fleet: &Fleet) {
    place(fleet);
    shows(fleet, "/orders/finished", 1);
    settle(fleet);
}

fn field(row: &[Value], name: &str) -> Vec<Value> {
    row.iter().map(|it| it[name].clone()).collect()
}

/// Pays for the first order by hand, after the shop has charged for it.
fn pays_again(fleet: &Fleet) {
    let paid = json!({ "orderId": 1, "paymentStatus": "END", "cost": 1000 });
    assert_eq!(fleet.http("POST", "/payments", Some(paid)).status, 201);
    settle(fleet);
}

#[test]
fn an_ancestor_charges_as_often_as_it_is_asked() {
    let fleet = fleet("sktkanumodel");
    sent(&fleet);

    pays_again(&fleet);

    shows(&fleet, "/damage/doubleCharges", 1);
    shows(&fleet, "/damage/doubleDeliveries", 1);
    assert_eq!(figure(&fleet, "/money/in"), 2000);
}

#[test]
fn without_the_defects_an_order_is_charged_once() {
    let fleet = fleet("none");
    sent(&fleet);

    pays_again(&fleet);

    testkit::invariants::hold(&fleet);
    assert_eq!(figure(&fleet, "/money/in"), 1000);
}

#[test]
fn an_ancestor_keeps_the_money_of_a_cancelled_order_and_sends_its_goods_again() {
    keeps_the_money(&fleet("sktkanumodel"));
}

#[test]
fn an_ancestor_keeps_the_money_on_a_server_too() {
    if Cell::Minimal.is_available("guards::an_ancestor_keeps_the_money_on_a_server_too") {
        keeps_the_money(&fleet_on(Cell::Minimal, "sktkanumodel"));
    }
}

fn keeps_the_money(fleet: &Fleet) {
    sent(fleet);

    cancel(fleet, 1);

    shows(fleet, "/damage/doubleDeliveries", 1);
    shows(fleet, "/damage/cancelledNotRefunded", 1);
    shows(fleet, "/damage/cancelledNotRecalled", 1);
    let payments = rows::of_order(fleet, Payment, 1);
    assert_eq!(field(&payments, "paymentType"), ["ORDER CANCEL"]);
    assert_eq!(field(&payments, "paymentStatus"), ["END"]);
    assert_eq!(rows::of_order(fleet, Delivery, 1).len(), 2);
    let traces = rows::of_order(fleet, OrderTrace, 1);
    assert_eq!(field(&traces, "status"), ["PAY END"], "neither sent nor called off");
}

#[test]
fn without_the_defects_a_cancelled_order_is_undone() {
    let fleet = fleet("none");
    sent(&fleet);

    cancel(&fleet, 1);
    settle(&fleet);

    testkit::invariants::hold(&fleet);
    assert_eq!(field(&rows::of_order(&fleet, OrderTrace, 1), "status"), ["ORDER CANCEL"]);
}

/// A payment that has another number than its order, taken away.
fn takes_a_payment_away(fleet: &Fleet) {
    let nobodys = json!({ "cost": 1 });
    assert_eq!(fleet.http("POST", "/payments", Some(nobodys)).status, 201);
    sent(fleet);
    assert_eq!(fleet.http("DELETE", "/payments/2", None).status, 204);
    settle(fleet);
}

#[test]
fn an_ancestor_leaves_the_goods_with_whoever_got_the_money_back() {
    let fleet = fleet("sktkanumodel");

    takes_a_payment_away(&fleet);

    shows(&fleet, "/damage/goodsWithoutMoney", 1);
    assert_eq!(rows::of_order(&fleet, Delivery, 1).len(), 1);
}

#[test]
fn without_the_defects_the_goods_come_back_when_the_money_does() {
    let fleet = fleet("none");

    takes_a_payment_away(&fleet);

    shows(&fleet, "/holds", true);
    let deliveries = rows::of_order(&fleet, Delivery, 1);
    assert_eq!(field(&deliveries, "deliveryStatus"), ["DELIVERY CANCEL"]);
}

/// An order that payment fails for.
fn fails(fleet: &Fleet) {
    set(fleet, Payment, "error", "value=500");
    assert_eq!(fleet.http("POST", "/orders", Some(coffee())).status, 503);
    clear(fleet, Payment, "error");
    settle(fleet);
}

#[test]
fn an_ancestor_tells_of_orders_that_it_did_not_take() {
    let fleet = fleet("sktkanumodel");

    fails(&fleet);

    shows(&fleet, "/orders/told", 1);
    shows(&fleet, "/orders/inFlight", 1);
    assert_eq!(fleet.ask(Order, "GET", "/invariants", None).json()["orders"]["placed"], 0);
}

#[test]
fn without_the_defects_an_order_that_was_not_taken_is_not_told() {
    let fleet = fleet("none");

    fails(&fleet);

    testkit::invariants::hold(&fleet);
    assert_eq!(figure(&fleet, "/orders/told"), 0, "{}", invariants(&fleet));
}

#[test]
fn goods_are_on_their_way_for_an_ancestor_when_somebody_says_its_word() {
    let fleet = fleet("sktkanumodel");
    sent(&fleet);

    let started = json!({ "orderId": 1, "deliveryStatus": "START" });
    assert_eq!(fleet.http("PUT", "/deliveries/1", Some(started)).status, 200);

    eventually(|| match field(&rows::of_order(&fleet, OrderTrace, 1), "status") {
        told if told == ["DELEVERY START"] => Ok(()),
        told => Err(format!("{told:?}")),
    });
}
