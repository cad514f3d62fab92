//! A page of another site may read, as browsers let it, and change nothing on one's own machine.

use testkit::{
    Fleet,
    fleet::Service::{Gateway, Order},
};

use crate::{BINARY, ask, orders};

/// What changes something: by their method, or although they are GETs.
const CHANGES: [&str; 8] = [
    "POST /orders",
    "DELETE /orders/1",
    "PUT /actuator/faults/latency?value=1ms",
    "POST /actuator/faults/latency?value=1ms",
    "PUT /actuator/down",
    "GET /prestop",
    "GET /hpa",
    "GET /callMemleak",
];

#[test]
fn a_page_of_another_site_changes_nothing() {
    let fleet = Fleet::start(BINARY, &[]);
    let order = fleet.address(Order);
    assert_eq!(ask(order, "POST /orders", &[]).status, 201);
    for line in CHANGES {
        for header in [
            ("Origin", "http://attack.test"),
            ("Origin", "https://localhost.attack.test"),
            ("Origin", "http://10.0.0.7:8081"),
            ("Origin", "null"),
            ("Sec-Fetch-Site", "cross-site"),
        ] {
            let answer = ask(order, line, &[header, ("Content-Type", "text/plain")]);
            assert_eq!(answer.status, 403, "{line} {header:?}: {}", answer.text());
            assert!(answer.text().contains("ALLOWED_HOSTS"), "{}", answer.text());
        }
    }
    let through = ask(fleet.address(Gateway), "POST /orders", &[("Origin", "http://attack.test")]);
    assert_eq!(through.status, 403);
    assert_eq!(orders(order), 1);
    assert_eq!(ask(order, "GET /actuator/health/readiness", &[]).status, 200);
    assert_eq!(ask(order, "GET /actuator/faults", &[]).json()["inForce"], serde_json::json!([]));
}

#[test]
fn a_page_of_another_site_may_read() {
    let fleet = Fleet::start(BINARY, &[]);
    let page = [("Origin", "http://shop.test"), ("Sec-Fetch-Site", "cross-site")];
    for service in [Order, Gateway] {
        assert_eq!(ask(fleet.address(service), "GET /orders", &page).status, 200);
    }
    let read = ask(fleet.address(Gateway), "GET /orders", &page);
    assert_eq!(read.header("access-control-allow-origin"), Some("http://shop.test"));
}

#[test]
fn pages_of_this_machine_and_allowed_sites_may_change_something() {
    let fleet = Fleet::start(BINARY, &[("ALLOWED_HOSTS", "shop.test")]);
    for service in [Order, Gateway] {
        let address = fleet.address(service);
        let own = format!("http://{address}");
        for headers in [
            vec![],
            vec![("Origin", own.as_str())],
            vec![("Origin", "http://localhost:3000"), ("Sec-Fetch-Site", "same-site")],
            vec![("Origin", "http://127.0.0.1:5173"), ("Sec-Fetch-Site", "cross-site")],
            vec![("Origin", "http://[::1]:3000")],
            vec![("Origin", "https://shop.test")],
            vec![("Sec-Fetch-Site", "same-origin")],
            vec![("Sec-Fetch-Site", "none")],
        ] {
            let answer = ask(address, "POST /orders", &headers);
            assert_eq!(answer.status, 201, "{headers:?}: {}", answer.text());
        }
    }
}
