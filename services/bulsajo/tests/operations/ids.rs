//! Numbers that a client chooses: none below 1 is an id, and none ever becomes the number of a row.

use serde_json::{Value, json};
use testkit::{
    Cell, Fleet, eventually,
    fleet::Service::{self, Delivery, OrderTrace, Payment},
    ledger::settle,
    rows,
};

use crate::{BINARY, invariants::place};

const NO_IDS: [i64; 6] = [0, -1, -2, -2_147_483_648, i64::MIN + 1, i64::MIN];

/// Where a client may say which row of another service it means.
const FIELDS: [(Service, &str, &str); 4] = [
    (Payment, "payments", "orderId"),
    (Delivery, "deliveries", "orderId"),
    (Delivery, "deliveries", "paymentId"),
    (OrderTrace, "orderTraces", "orderId"),
];

fn refused(fleet: &Fleet, method: &str, path: &str, field: &str, body: &Value) {
    let answer = fleet.http(method, path, Some(body.clone()));
    assert_eq!(answer.status, 400, "{method} {path} {body}: {}", answer.text());
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with(&format!("{field}: ")), "{detail}");
    assert!(detail.contains("outside 1 to"), "{detail}");
}

#[test]
fn an_id_below_one_is_refused_wherever_a_client_may_write_one() {
    let fleet = Fleet::start(BINARY, &[("PAYMENT_APPROVAL", "manual")]);
    for (service, rel, field) in FIELDS {
        let made = fleet.http("POST", &format!("/{rel}"), Some(json!({ "qty": 1, field: 70 })));
        assert_eq!(made.status, 201, "{}", made.text());
        let one = format!("/{rel}/{}", rows::id_of(made.header("location").unwrap()));
        for id in NO_IDS {
            refused(&fleet, "POST", &format!("/{rel}"), field, &json!({ "qty": 1, field: id }));
            refused(&fleet, "PUT", &one, field, &json!({ field: id.to_string() }));
            refused(&fleet, "PATCH", &one, field, &json!({ field: id }));
        }
        let kept = fleet.ask(service, "GET", &one, None).json();
        assert_eq!(kept[field], 70, "{kept}");
        let text = format!("/{rel}/-1");
        assert_eq!(fleet.http("GET", &text, None).status, 404);
        assert_eq!(fleet.http("DELETE", &text, None).status, 404);
        // The largest there is belongs to nobody either, and does no harm.
        let most = fleet.http("POST", &format!("/{rel}"), Some(json!({ field: i64::MAX })));
        assert_eq!(most.status, 201, "{}", most.text());
        let place = format!("/{rel}/{}", rows::id_of(most.header("location").unwrap()));
        assert_eq!(fleet.http("DELETE", &place, None).status, 204);
    }
    place(&fleet);
    settle(&fleet);
}

#[test]
fn rows_that_an_older_version_numbered_by_clients_numbers_are_mended() {
    mends_old_rows(Cell::Embedded);
}

#[test]
fn rows_that_an_older_version_numbered_are_mended_on_postgresql() {
    if Cell::Minimal.is_available("rows_that_an_older_version_numbered_are_mended_on_postgresql") {
        mends_old_rows(Cell::Minimal);
    }
}

/// What an older version kept of orders that were called off before anything else was heard of them:
/// a hidden row with the negative of the order's number. For -2 that is what the second row gets.
fn mends_old_rows(cell: Cell) {
    let mut fleet = Fleet::on(cell).settings(&[("DRAIN_DELAY", "0s")]).start(BINARY);
    place(&fleet);
    settle(&fleet);
    let before = [rows::all(&fleet, Payment), rows::all(&fleet, Delivery)];
    fleet.signal("TERM");
    fleet.ended();
    let most = i64::MAX;
    let of_an_older_version = "DELETE FROM _sqlx_migrations WHERE version = 101";
    for (id, order) in [(2, -2), (3, -3), (-9, 9), (most, -most)] {
        let payment = format!(
            "INSERT INTO payments (id, order_key, order_id, payment_status, taken, refunded, void, \
             hidden) VALUES ({id}, {order}, {order}, 'ORDER CANCEL', 0, 0, 1, 1); \
             {of_an_older_version}"
        );
        let delivery = format!(
            "INSERT INTO deliveries (id, order_key, order_id, recalled, hidden) \
             VALUES ({id}, {order}, {order}, 1, 1); {of_an_older_version}"
        );
        fleet.run_sql("payment", &payment);
        fleet.run_sql("delivery", &delivery);
    }

    fleet.restart();

    for _ in 0..4 {
        place(&fleet);
    }
    settle(&fleet);
    let after = [rows::all(&fleet, Payment), rows::all(&fleet, Delivery)];
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(after.keys().copied().collect::<Vec<i64>>(), [1, 2, 3, 4, 5]);
        assert_eq!(after[&1], before[&1], "what was there is as it was");
    }
    testkit::invariants::hold(&fleet);
    // What was remembered of an order that can be, still is.
    let late = fleet.http("POST", "/payments", Some(json!({ "orderId": 9, "cost": 1 })));
    assert_eq!(late.status, 409, "{}", late.text());
}

#[test]
fn an_order_that_is_called_off_before_it_is_paid_takes_no_number_from_another() {
    let fleet = Fleet::start(BINARY, &[("PAYMENT_APPROVAL", "manual")]);
    // Payments that are void before any goods are sent: of each, delivery keeps a hidden row.
    for order in [1_000_001_i64, i64::MAX, 1_000_002] {
        let made = fleet.http("POST", "/payments", Some(json!({ "orderId": order, "cost": 1 })));
        let path = format!("/payments/{}", rows::id_of(made.header("location").unwrap()));
        assert_eq!(fleet.http("DELETE", &path, None).status, 204);
    }
    settle(&fleet);
    place(&fleet);
    let paid = json!({ "orderId": 1, "paymentStatus": "END", "cost": 1000 });
    let payment = rows::of_order(&fleet, Payment, 1)[0]["_links"]["self"]["href"].clone();
    let path = format!("/payments/{}", rows::id_of(payment.as_str().unwrap()));
    assert_eq!(fleet.http("PUT", &path, Some(paid)).status, 200);

    eventually(|| match rows::of_order(&fleet, Delivery, 1).len() {
        1 => Ok(()),
        other => Err(format!("{other} deliveries")),
    });
    settle(&fleet);
}
