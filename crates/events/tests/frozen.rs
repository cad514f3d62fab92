//! The frozen JSON of every fact, in both styles; a change here breaks students and other services.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use events::{Delivery, Envelope, Event, Order, Payment, Style};
use jiff::Timestamp;

fn order(status: &str) -> Order {
    Order {
        id: 1,
        product_id: Some(1),
        qty: Some(1),
        order_status: Some(status.into()),
        payment_type: Some("cash".into()),
        cost: Some(1000),
        product_name: Some("Coffee".into()),
    }
}

fn payment(status: &str) -> Payment {
    Payment {
        id: 2,
        order_id: Some(1),
        product_id: Some(1),
        qty: Some(1),
        payment_type: Some("cash".into()),
        payment_status: Some(status.into()),
        cost: Some(1000),
        product_name: Some("Coffee".into()),
    }
}

fn delivery(status: &str) -> Delivery {
    Delivery {
        id: 3,
        order_id: Some(1),
        product_id: Some(1),
        qty: Some(1),
        delivery_status: Some(status.into()),
        destination: None,
        payment_id: Some(2),
        product_name: Some("Coffee".into()),
    }
}

fn every_fact() -> Vec<Event> {
    vec![
        Event::Ordered(order("Order complete")),
        Event::Paid(payment("Not Pay")),
        Event::Paid(payment("END")),
        Event::Delivered(delivery("Prepare Delivery...")),
        Event::OrderCancelled(order("Order Cancelled")),
        Event::PayCancelled(payment("ORDER CANCEL")),
        Event::DeliveryCancelled(delivery("DELIVERY CANCEL")),
    ]
}

const SKTKANUMODEL: &str = r#"
{"eventType":"Ordered","timestamp":"20210823143010","id":1,"productId":1,"qty":1,"orderStatus":"Order complete","paymentType":"cash","cost":1000,"productName":"Coffee"}
{"eventType":"Paid","timestamp":"20210823143010","id":2,"orderId":1,"productId":1,"qty":1,"paymentType":"cash","paymentStatus":"Not Pay","cost":1000,"productName":"Coffee"}
{"eventType":"Paid","timestamp":"20210823143010","id":2,"orderId":1,"productId":1,"qty":1,"paymentType":"cash","paymentStatus":"END","cost":1000,"productName":"Coffee"}
{"eventType":"Delivered","timestamp":"20210823143010","id":3,"orderId":1,"productId":1,"qty":1,"deliveryStatus":"Prepare Delivery...","destination":null,"paymentId":2,"productName":"Coffee"}
{"eventType":"OrderCancelled","timestamp":"20210823143010","id":1,"productId":1,"qty":1,"orderStatus":"Order Cancelled","paymentType":"cash","cost":1000,"productName":"Coffee"}
{"eventType":"PayCancelled","timestamp":"20210823143010","id":2,"orderId":1,"productId":1,"qty":1,"paymentType":"cash","paymentStatus":"ORDER CANCEL","cost":1000,"productName":"Coffee"}
{"eventType":"DeliveryCancelled","timestamp":"20210823143010","id":3,"orderId":1,"productId":1,"qty":1,"deliveryStatus":"DELIVERY CANCEL","destination":null,"paymentId":2,"productName":"Coffee"}
"#;

const MSAEZ: &str = r#"
{"eventType":"OrderPlaced","timestamp":1629729010250,"id":1,"productId":1,"qty":1,"orderStatus":"Order complete","paymentType":"cash","cost":1000,"productName":"Coffee"}
{"eventType":"Paid","timestamp":1629729010250,"id":2,"orderId":1,"productId":1,"qty":1,"paymentType":"cash","paymentStatus":"Not Pay","cost":1000,"productName":"Coffee"}
{"eventType":"Paid","timestamp":1629729010250,"id":2,"orderId":1,"productId":1,"qty":1,"paymentType":"cash","paymentStatus":"END","cost":1000,"productName":"Coffee"}
{"eventType":"Delivered","timestamp":1629729010250,"id":3,"orderId":1,"productId":1,"qty":1,"deliveryStatus":"Prepare Delivery...","destination":null,"paymentId":2,"productName":"Coffee"}
{"eventType":"OrderCancelled","timestamp":1629729010250,"id":1,"productId":1,"qty":1,"orderStatus":"Order Cancelled","paymentType":"cash","cost":1000,"productName":"Coffee"}
{"eventType":"PayCancelled","timestamp":1629729010250,"id":2,"orderId":1,"productId":1,"qty":1,"paymentType":"cash","paymentStatus":"ORDER CANCEL","cost":1000,"productName":"Coffee"}
{"eventType":"DeliveryCancelled","timestamp":1629729010250,"id":3,"orderId":1,"productId":1,"qty":1,"deliveryStatus":"DELIVERY CANCEL","destination":null,"paymentId":2,"productName":"Coffee"}
"#;

fn written(style: Style) -> String {
    let at: Timestamp = "2021-08-23T14:30:10.25Z".parse().unwrap();
    let lines = every_fact()
        .into_iter()
        .map(|event| serde_json::to_string(&Envelope::seal_at(event, at).wire(style)).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_wire_format_of_2021_is_frozen() {
    assert_eq!(written(Style::Sktkanumodel), SKTKANUMODEL.trim());
}

#[test]
fn the_wire_format_of_2022_is_frozen() {
    assert_eq!(written(Style::Msaez), MSAEZ.trim());
}

#[test]
fn what_is_written_in_either_style_is_read_back() {
    for style in [Style::Sktkanumodel, Style::Msaez] {
        for event in every_fact() {
            let sealed = Envelope::seal(event);
            let json = serde_json::to_string(&sealed.wire(style)).unwrap();

            let read: Envelope = serde_json::from_str(&json).unwrap();

            assert_eq!(read.event, sealed.event);
            assert_eq!(read.occurred_at.as_second(), sealed.occurred_at.as_second());
        }
    }
}

#[test]
fn a_fact_from_a_newer_service_is_unknown_not_an_error() {
    let json = r#"{"eventType":"OrderGiftWrapped","timestamp":1,"ribbon":"red"}"#;
    let read: Envelope = serde_json::from_str(json).unwrap();
    assert_eq!(read.event, Event::Unknown);
}

#[test]
fn a_known_fact_with_fields_of_a_newer_version_is_read() {
    let json = r#"{"eventType":"Paid","timestamp":"20210823143010","id":2,"orderId":1,"paymentStatus":"END","coupon":{"a":1}}"#;
    let read: Envelope = serde_json::from_str(json).unwrap();
    assert!(matches!(read.event, Event::Paid(payment) if payment.is_taken()));
}

#[test]
fn all_facts_of_one_order_share_a_key() {
    assert!(every_fact().iter().all(|event| event.key() == "1"));
}
