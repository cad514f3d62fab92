//! The saga, from the customer's side.

use serde_json::json;
use testkit::{
    Fleet, Load,
    fleet::Service::{Delivery, Gateway, Order, OrderTrace, Payment},
    ledger::settle,
    rows,
};

use crate::{
    steps::{PREPARING, becomes, cancel, place, words},
    timeline,
};

pub(crate) fn a_placed_order_is_paid_sent_and_traced_once(fleet: &mut Fleet) {
    let order = place(fleet);

    becomes(fleet, order, "DELIVERY START");
    settle(fleet);
    assert_eq!(words(fleet, Payment, order, "paymentStatus"), ["END"]);
    assert_eq!(words(fleet, Delivery, order, "deliveryStatus"), [PREPARING]);
    for service in [Order, Payment, Delivery, OrderTrace] {
        assert_eq!(rows::all(fleet, service).len(), 1, "{service:?}");
    }
    timeline::assert_causes_before_effects(fleet);
}

pub(crate) fn a_cancelled_order_is_refunded_and_recalled(fleet: &mut Fleet) {
    let (order, other) = (place(fleet), place(fleet));
    becomes(fleet, order, "DELIVERY START");

    cancel(fleet, order);

    becomes(fleet, order, "ORDER CANCEL");
    becomes(fleet, other, "DELIVERY START");
    settle(fleet);
    assert_eq!(fleet.http("GET", &format!("/orders/{order}"), None).status, 404);
    assert_eq!(fleet.http("DELETE", &format!("/orders/{order}"), None).status, 404);
    assert_eq!(words(fleet, Payment, order, "paymentStatus"), ["ORDER CANCEL"]);
    assert_eq!(words(fleet, Delivery, order, "deliveryStatus"), ["DELIVERY CANCEL"]);
    assert_eq!(words(fleet, OrderTrace, order, "status"), ["ORDER CANCEL"]);
    assert_eq!(words(fleet, Payment, other, "paymentStatus"), ["END"]);
    timeline::assert_causes_before_effects(fleet);
}

pub(crate) fn an_order_that_is_cancelled_at_once_is_not_paid_for(fleet: &mut Fleet) {
    let order = place(fleet);
    cancel(fleet, order);

    becomes(fleet, order, "ORDER CANCEL");
    settle(fleet);
    assert_eq!(words(fleet, Payment, order, "paymentStatus"), ["ORDER CANCEL"]);
    let sent = words(fleet, Delivery, order, "deliveryStatus");
    assert!(sent.iter().all(|status| status == "DELIVERY CANCEL"), "{sent:?}");
    timeline::assert_causes_before_effects(fleet);
}

pub(crate) fn many_orders_of_several_clients_settle_once(fleet: &mut Fleet) {
    let load = Load::start(fleet.address(Gateway), 4);
    load.accepted(60);
    let ledger = load.stop();

    assert_eq!(ledger.unsure.len(), 0, "{ledger:?}");
    ledger.verify(fleet);
    assert_eq!(rows::all(fleet, Order).len(), ledger.accepted.len());
    assert_eq!(rows::all(fleet, Payment).len(), ledger.accepted.len() + ledger.cancelled.len());
    timeline::assert_causes_before_effects(fleet);
}

pub(crate) fn a_payment_waits_for_a_person(fleet: &mut Fleet) {
    let (order, unpaid) = (place(fleet), place(fleet));
    becomes(fleet, order, "Order END");
    settle(fleet);
    assert_eq!(words(fleet, Payment, order, "paymentStatus"), ["Not Pay"]);
    assert_eq!(rows::all(fleet, Delivery).len(), 0);

    let mut payment = rows::of_order(fleet, Payment, order).remove(0);
    let link = payment["_links"]["self"]["href"].as_str().expect("a link").to_owned();
    payment["paymentStatus"] = json!("END");
    let path = format!("/payments/{}", rows::id_of(&link));
    assert_eq!(fleet.http("PUT", &path, Some(payment)).status, 200);

    becomes(fleet, order, "DELIVERY START");
    cancel(fleet, unpaid);
    becomes(fleet, unpaid, "ORDER CANCEL");
    settle(fleet);
    assert_eq!(words(fleet, Payment, order, "paymentStatus"), ["END"]);
    assert_eq!(words(fleet, Delivery, order, "deliveryStatus"), [PREPARING]);
    assert_eq!(rows::all(fleet, Delivery).len(), 1);
}
