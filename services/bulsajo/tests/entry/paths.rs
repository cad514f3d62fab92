//! Paths that are read as others are.

use testkit::{
    Fleet,
    fleet::Service::{self, Delivery, Gateway, Order, OrderTrace, Payment},
};

use crate::{BINARY, ask};

const COLLECTIONS: [(Service, &str); 4] = [
    (Order, "orders"),
    (Payment, "payments"),
    (Delivery, "deliveries"),
    (OrderTrace, "orderTraces"),
];

#[test]
fn more_than_one_slash_is_one() {
    let fleet = Fleet::start(BINARY, &[]);
    assert_eq!(ask(fleet.address(Order), "POST /orders", &[]).status, 201);
    for (service, collection) in COLLECTIONS {
        for address in [fleet.address(service), fleet.address(Gateway)] {
            let plain = ask(address, &format!("GET /{collection}?size=1"), &[]);
            let twice = ask(address, &format!("GET //{collection}?size=1"), &[]);
            assert_eq!((twice.status, twice.text()), (200, plain.text()));
        }
    }
    for address in [fleet.address(Order), fleet.address(Gateway)] {
        let one = ask(address, "GET /orders/1", &[]);
        for line in ["GET ///orders/1", "GET //orders//1", "GET /orders///1"] {
            assert_eq!(ask(address, line, &[]).text(), one.text(), "{line}");
        }
    }
    assert_eq!(ask(fleet.address(Order), "GET //actuator/health", &[]).status, 200);
}

#[test]
fn every_link_of_a_list_leads_somewhere_through_the_gateway() {
    let fleet = Fleet::start(BINARY, &[]);
    let gateway = fleet.address(Gateway);
    assert_eq!(ask(gateway, "POST /orders", &[]).status, 201);
    for (_, collection) in COLLECTIONS {
        let list = ask(gateway, &format!("GET /{collection}?size=1"), &[]).json();
        let links = list["_links"].as_object().unwrap();
        assert!(links.contains_key("profile"), "{list}");
        for (name, link) in links {
            let href = link["href"].as_str().unwrap();
            let path = href.strip_prefix(&format!("http://localhost:{}", gateway.port())).unwrap();
            let answer = ask(gateway, &format!("GET {path}"), &[]);
            assert_eq!(answer.status, 200, "{name} of {collection}: {href}");
        }
    }
}
