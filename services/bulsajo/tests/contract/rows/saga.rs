//! The life of an order, as the four services show it.

use testkit::{
    Fleet,
    fleet::Service::{Delivery, Order, OrderTrace, Payment},
};

use crate::{
    client::{COFFEE, curl, id_of, make, nothing_there, problem, send, shows},
    world::{BULSAJO, shared},
};

/// One order and what belongs to it.
struct Bought<'a> {
    fleet: &'a Fleet,
    order: String,
    payment: String,
}

impl<'a> Bought<'a> {
    fn new(fleet: &'a Fleet) -> Self {
        let order = make(fleet, Order, "/orders", COFFEE);
        let search = format!("/payments/search/findByOrderId?OrderId={order}");
        let list = shows(fleet, Payment, &search, &["\"orderId\""]).json();
        let link = list["_embedded"]["payments"][0]["_links"]["self"]["href"].as_str().unwrap();
        let payment = link.rsplit('/').next().unwrap().to_owned();
        Self { fleet, order, payment }
    }

    /// Pays as the worksheets do.
    fn pay(&self) -> testkit::Response {
        let body = format!(
            "{{\"cost\":1000,\"orderId\":{},\"paymentStatus\":\"END\",\"paymentType\":\"cash\",\
             \"productId\":1,\"productName\":\"coffee\",\"qty\":1}}",
            self.order
        );
        send(self.fleet, Payment, &format!("PUT /payments/{}", self.payment), &body)
    }

    fn payment_shows(&self, texts: &[&str]) {
        shows(self.fleet, Payment, &format!("/payments/{}", self.payment), texts);
    }

    fn trace_ends_in(&self, status: &str) {
        let search = format!("/orderTraces/search/findByOrderId?OrderId={}", self.order);
        let line = format!("\"status\" : \"{status}\",");
        shows(self.fleet, OrderTrace, &search, &[&line]);
    }

    fn delivery(&self, status: &str) -> String {
        let search = format!("/deliveries/search/findByPaymentId?PaymentId={}", self.payment);
        let line = format!("\"deliveryStatus\" : \"{status}\",");
        let list = shows(self.fleet, Delivery, &search, &[&line]).json();
        let rows = list["_embedded"]["deliveries"].as_array().unwrap();
        assert_eq!(rows.len(), 1, "one delivery, and not two as in the original");
        rows[0]["_links"]["self"]["href"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
    }
}

#[test]
fn an_order_is_charged_at_once_and_not_paid_yet() {
    let fleet = shared();
    let bought = Bought::new(&fleet);
    let payment = curl(&fleet, Payment, &format!("GET /payments/{}", bought.payment)).json();

    let order = bought.order.parse::<i64>().unwrap();
    for (field, value) in [
        ("orderId", order.into()),
        ("productId", 1.into()),
        ("qty", 1.into()),
        ("paymentType", "cash".into()),
        ("paymentStatus", serde_json::Value::from("Not Pay")),
        ("cost", 1000.into()),
        ("productName", "Coffee".into()),
    ] {
        assert_eq!(payment[field], value);
    }
    bought.trace_ends_in("Order END");
}

#[test]
fn who_pays_gets_a_delivery() {
    let fleet = shared();
    let bought = Bought::new(&fleet);
    let paid = bought.pay();
    assert_eq!((paid.status, &paid.json()["paymentStatus"]), (200, &"END".into()));

    let delivery = bought.delivery("Prepare Delivery...");
    let shown = curl(&fleet, Delivery, &format!("GET /deliveries/{delivery}")).json();
    let (order, payment): (i64, i64) =
        (bought.order.parse().unwrap(), bought.payment.parse().unwrap());
    assert_eq!((&shown["orderId"], &shown["paymentId"]), (&order.into(), &payment.into()));
    assert_eq!((&shown["productName"], &shown["qty"]), (&"coffee".into(), &1.into()));
    assert!(shown["destination"].is_null());
    bought.trace_ends_in("DELIVERY START");
    bought.pay();
    bought.delivery("Prepare Delivery...");
}

#[test]
fn an_order_called_off_before_it_is_paid_is_never_delivered() {
    let fleet = shared();
    let bought = Bought::new(&fleet);
    let line = format!("/orders/{}", bought.order);
    assert_eq!(curl(&fleet, Order, &format!("DELETE {line}")).status, 204);

    nothing_there(&curl(&fleet, Order, &format!("GET {line}")), &line);
    bought.payment_shows(&["\"paymentType\" : \"cash\"", "\"paymentStatus\" : \"ORDER CANCEL\""]);
    bought.trace_ends_in("ORDER CANCEL");
    problem(&bought.pay(), 409);
    let search = format!("/deliveries/search/findByPaymentId?PaymentId={}", bought.payment);
    let none = curl(&fleet, Delivery, &format!("GET {search}")).json();
    assert_eq!(none["_embedded"]["deliveries"], serde_json::json!([]));
}

#[test]
fn an_order_called_off_later_is_refunded_and_recalled() {
    let fleet = shared();
    let bought = Bought::new(&fleet);
    bought.pay();
    bought.delivery("Prepare Delivery...");
    assert_eq!(curl(&fleet, Order, &format!("DELETE /orders/{}", bought.order)).status, 204);

    bought.payment_shows(&["\"paymentStatus\" : \"ORDER CANCEL\""]);
    bought.delivery("DELIVERY CANCEL");
    bought.trace_ends_in("ORDER CANCEL");
}

#[test]
fn a_payment_that_is_taken_away_recalls_the_delivery() {
    let fleet = shared();
    let bought = Bought::new(&fleet);
    bought.pay();
    bought.delivery("Prepare Delivery...");
    let line = format!("/payments/{}", bought.payment);
    assert_eq!(curl(&fleet, Payment, &format!("DELETE {line}")).status, 204);

    nothing_there(&curl(&fleet, Payment, &format!("GET {line}")), &line);
    bought.delivery("DELIVERY CANCEL");
    bought.trace_ends_in("DELIVERY CANCEL");
}

#[test]
fn a_delivery_can_be_moved_on_by_hand() {
    let fleet = shared();
    let bought = Bought::new(&fleet);
    bought.pay();
    let line = format!("/deliveries/{}", bought.delivery("Prepare Delivery..."));
    let moved = send(&fleet, Delivery, &format!("PATCH {line}"), r#"{"deliveryStatus":"START"}"#);
    assert_eq!((moved.status, &moved.json()["deliveryStatus"]), (200, &"START".into()));
    bought.trace_ends_in("DELIVERY START");

    assert_eq!(curl(&fleet, Delivery, &format!("DELETE {line}")).status, 204);
    nothing_there(&curl(&fleet, Delivery, &format!("GET {line}")), &line);
    bought.trace_ends_in("DELIVERY CANCEL");
}

#[test]
fn payments_are_approved_by_themselves_unless_told_otherwise() {
    let fleet = Fleet::start(BULSAJO, &[]);
    let bought = Bought::new(&fleet);

    bought.payment_shows(&["\"paymentStatus\" : \"END\""]);
    bought.delivery("Prepare Delivery...");
    bought.trace_ends_in("DELIVERY START");
}

#[test]
fn asking_twice_to_pay_for_one_order_is_one_payment() {
    let fleet = shared();
    let body = r#"{"orderId":720001,"cost":5}"#;
    let first = send(&fleet, Payment, "POST /payments", body);
    let again = send(&fleet, Payment, "POST /payments", r#"{"orderId":720001,"cost":6}"#);

    assert_eq!((first.status, again.status, id_of(&again)), (201, 201, id_of(&first)));
    assert_eq!(again.text(), first.text(), "whoever repeats the question gets the first answer");
    let list = curl(&fleet, Payment, "GET /payments/search/findByOrderId?OrderId=720001").json();
    assert_eq!(list["_embedded"]["payments"].as_array().unwrap().len(), 1);
}

#[test]
fn the_labs_requests_are_understood() {
    let fleet = shared();
    let order = make(&fleet, Order, "/orders", r#"{"productId":1, "qty":1}"#);
    for body in [
        r#"{"productId":"1001","qty":5}"#,
        r#"{"productId":"1","productName":"TV","qty":"3"}"#,
        r#"{"orderId":"1","productId":"1","productName":"TV","price":"100","qty":"3"}"#,
        r#"{"productId":"1","quantity":"3","customerId":"1@uengine.org","customerName":"홍길동"}"#,
    ] {
        make(&fleet, Order, "/orders", body);
    }
    let line = format!("PATCH /orders/{order}");
    assert_eq!(send(&fleet, Order, &line, r#"{"state":"OrderCancelled"}"#).status, 200);
    let line = format!("DELETE /orders/{order}");
    assert_eq!(fleet.http("DELETE", &format!("/orders/{order}"), None).status, 204, "{line}");
}

#[test]
fn ids_count_up_without_gaps() {
    let fleet = Fleet::start(BULSAJO, &[]);
    for number in 1..=8 {
        assert_eq!(Bought::new(&fleet).order, number.to_string());
        let again = format!("{{\"orderId\":{number}}}");
        assert_eq!(send(&fleet, Payment, "POST /payments", &again).status, 201);
        let shown = format!("\"orderId\" : {number},");
        for (service, collection, parameter) in [
            (Payment, "payments", "OrderId"),
            (Delivery, "deliveries", "orderId"),
            (OrderTrace, "orderTraces", "OrderId"),
        ] {
            let path = format!("/{collection}/search/findByOrderId?{parameter}={number}");
            let found = shows(&fleet, service, &path, &[&shown]);
            let link = format!("/{collection}/{number}\"");
            assert_eq!(found.text().matches(&link).count(), 2, "{}", found.text());
        }
    }
}

#[test]
fn a_patch_pays_as_well_as_a_put() {
    let fleet = shared();
    let bought = Bought::new(&fleet);
    let line = format!("PATCH /payments/{}", bought.payment);
    let paid = send(&fleet, Payment, &line, r#"{"paymentStatus":"END"}"#);

    assert_eq!((paid.status, &paid.json()["cost"]), (200, &1000.into()));
    bought.delivery("Prepare Delivery...");
}
