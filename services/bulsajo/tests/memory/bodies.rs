//! Bodies: many of them, and long texts in them.

use std::io::Write as _;

use serde_json::{Value, json};
use testkit::{
    Connection, Fleet, Response, eventually,
    fleet::Service::{self, Delivery, Order, OrderTrace, Payment},
};

use crate::steps::assert_small;

pub(crate) fn bodies_that_never_end_take_a_bounded_room(fleet: &mut Fleet) {
    let order = fleet.addresses(Order)[0];
    let beginning = format!("{{\"unknown\":\"{}", "x".repeat(200 * 1024));
    let head = "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";
    let request = format!("{head}\r\nContent-Length: 250000\r\n\r\n{beginning}");
    let begin = || {
        let mut connection = Connection::open(order).ok()?;
        let socket = connection.socket();
        socket.set_nonblocking(true).ok()?;
        // What the kernel does not take is not read by anybody.
        let _ = socket.write(request.as_bytes());
        Some(connection)
    };

    let stuck: Vec<Connection> = (0..400).filter_map(|_| begin()).collect();

    let coffee = json!({ "qty": 1, "cost": 1000, "productName": "Coffee" });
    eventually(|| match fleet.ask(Order, "POST", "/orders", Some(coffee.clone())) {
        placed if placed.status == 201 => Ok(()),
        other => Err(other.text().to_owned()),
    });
    assert_small(fleet, Order);
    drop(stuck);
}

/// Which collection of which service has which texts.
const TEXTS: [(Service, &str, &[&str]); 4] = [
    (Order, "orders", &["paymentType", "productName"]),
    (Payment, "payments", &["paymentType", "paymentStatus", "productName"]),
    (Delivery, "deliveries", &["deliveryStatus", "destination", "productName"]),
    (OrderTrace, "orderTraces", &["productName", "status"]),
];

pub(crate) fn a_text_is_as_long_as_its_description_says_in_every_service(fleet: &mut Fleet) {
    for (service, collection, texts) in TEXTS {
        let api = fleet.ask(service, "GET", "/openapi.json", None).json();
        let many = format!("/{collection}");
        let made = fleet.ask(service, "POST", &many, Some(json!({})));
        let one = format!("{many}/{}", testkit::rows::id_of(made.header("location").unwrap()));
        for text in texts {
            let draft = draft(&api, text);
            let most = usize::try_from(draft["maxLength"].as_u64().unwrap()).unwrap();
            for (method, path) in [("POST", &many), ("PUT", &one), ("PATCH", &one)] {
                let send = |length| {
                    let body = json!({ *text: "ㅎ".repeat(length) });
                    fleet.ask(service, method, path, Some(body))
                };
                let taken = send(most);
                assert!([200, 201].contains(&taken.status), "{method} {path}: {}", taken.text());
                too_long(&send(most + 1), text, most);
            }
        }
    }
}

/// What the description says of a field of what is sent.
fn draft<'a>(api: &'a Value, field: &str) -> &'a Value {
    let schemas = api["components"]["schemas"].as_object().unwrap();
    let draft = schemas.iter().find(|(name, _)| name.ends_with("Draft")).unwrap().1;
    &draft["properties"][field]
}

fn too_long(answer: &Response, field: &str, most: usize) {
    assert_eq!(answer.status, 400, "{}", answer.text());
    let hint = answer.json()["hint"].as_str().unwrap().to_owned();
    for word in [field, &most.to_string(), &(most + 1).to_string()] {
        assert!(hint.contains(word), "{word} is not in: {hint}");
    }
}
