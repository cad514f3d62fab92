//! Memory: what is taken is resident, and given back.

use std::{io::Write as _, net::SocketAddr};

use testkit::{Connection, eventually, fleet::Service::Order};

use crate::steps::{apart, doses, fleet, get, is_dose, order, paid, resident, turn, turn_back};

#[test]
fn the_base_is_resident_from_the_start_and_can_be_changed() {
    let mut fleet = apart(&[]);
    doses(|| {
        let plain = resident(fleet.replica(Order, 1).pid());
        let order = fleet.replica(Order, 1);
        order.kill();
        order.set("MEMORY_BASE", "100MiB");
        order.restart();
        let found = is_dose(resident(order.pid()) - plain, 100.0, 5.0);
        order.kill();
        order.set("MEMORY_BASE", "");
        order.restart();
        found
    });
    let pid = fleet.replica(Order, 1).pid();
    let before = resident(pid);

    turn(&fleet, "memory-base", "200MiB");

    is_dose(resident(pid) - before, 200.0, 5.0).unwrap();
    turn_back(&fleet, "memory-base");
    assert!(resident(pid) - before < 10.0, "it is not given back");
}

#[test]
fn each_request_leaks_until_the_cap() {
    let mut fleet = fleet(&[("LEAK_PER_REQUEST", "2MiB"), ("MEMORY_CAP", "100MiB")]);
    let pid = fleet.replica(Order, 1).pid();
    let before = resident(pid);

    for _ in 0..45 {
        get(order(&fleet), "/orders");
    }

    is_dose(resident(pid) - before, 90.0, 5.0).unwrap();
    assert_eq!(paid(&fleet)["bytesLeaked"], 90 << 20);

    for _ in 0..10 {
        get(order(&fleet), "/orders");
    }

    assert_eq!(paid(&fleet)["bytesLeaked"], 100 << 20);
    let caps = crate::steps::ask(&fleet, "GET", "/actuator/knobs").json()["caps"].clone();
    assert_eq!(caps["MEMORY_CAP"]["refused"], 5);
}

/// A request that nobody reads the answer of.
fn begun(address: SocketAddr) -> Connection {
    let mut connection = Connection::open(address).unwrap();
    let request = b"GET /orders HTTP/1.1\r\nHost: localhost\r\n\r\n";
    connection.socket().write_all(request).unwrap();
    connection
}

#[test]
fn a_request_keeps_its_memory_while_it_is_handled() {
    let mut fleet = fleet(&[("MEMORY_PER_REQUEST", "40MiB"), ("LATENCY", "1m")]);
    let pid = fleet.replica(Order, 1).pid();
    let before = resident(pid);

    let requests: Vec<Connection> = (0..5).map(|_| begun(order(&fleet))).collect();

    eventually(|| is_dose(resident(pid) - before, 200.0, 5.0));
    assert_eq!(paid(&fleet)["bytesOfRequests"], 200 << 20);
    drop(requests);
    eventually(|| match resident(pid) - before {
        ..10.0 => Ok(()),
        left => Err(format!("{left} MiB are kept")),
    });
}
