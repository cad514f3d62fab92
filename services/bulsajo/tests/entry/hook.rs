//! `/prestop`: holds the kubelet, harms nobody who calls it otherwise, and mends itself.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use testkit::{
    Cell, Fleet, Metrics, eventually, eventually_within,
    fleet::Service::{Gateway, Order},
    http,
};

use crate::{BINARY, ask};

fn readiness(address: SocketAddr, wanted: u16) -> Result<(), String> {
    match ask(address, "GET /actuator/health/readiness", &[]).status {
        status if status == wanted => Ok(()),
        other => Err(format!("readiness is {other}")),
    }
}

#[test]
fn at_the_public_port_it_waits_and_changes_nothing() {
    let delay = Duration::from_secs(1);
    let plan = Fleet::on(Cell::Embedded).replicas(1).settings(&[("DRAIN_DELAY", "1s")]);
    let mut fleet = plan.start(BINARY);
    let gateway = fleet.addresses(Gateway)[0];
    for line in ["GET /prestop", "POST /prestop", "GET /actuator/prestop"] {
        let began = Instant::now();
        let hook = thread::spawn(move || ask(gateway, line, &[]));
        while !hook.is_finished() {
            readiness(gateway, 200).unwrap();
            assert_eq!(ask(gateway, "GET /orders", &[]).header("connection"), None);
        }
        assert_eq!(hook.join().unwrap().status, 200, "{line}");
        assert!(began.elapsed() >= delay, "{line} held the kubelet for {:?}", began.elapsed());
    }

    // SIGTERM drains as ever, delay and all: nobody can have taken that away.
    let began = Instant::now();
    fleet.replica(Gateway, 1).signal("TERM");
    eventually(|| readiness(gateway, 503));
    assert!(fleet.replica(Gateway, 1).ended().success());
    assert!(began.elapsed() >= delay);
}

#[test]
fn without_a_sigterm_the_process_is_ready_again_after_a_while() {
    let mut fleet = Fleet::start(BINARY, &[("DRAIN_DELAY", "1s")]);
    let (order, gateway) = (fleet.address(Order), fleet.address(Gateway));
    let draining = |wanted| {
        let found = Metrics::of(order)?.count("draining", "service=\"order\"");
        if found == Some(wanted) { Ok(()) } else { Err(format!("draining is {found:?}")) }
    };
    let began = Instant::now();
    let hook = thread::spawn(move || http::send(order, "GET", "/prestop", &[], None));
    for service in [order, gateway] {
        eventually(|| readiness(service, 503));
    }
    draining(1).unwrap();
    assert_eq!(hook.join().unwrap().unwrap().status, 200);
    readiness(order, 503).unwrap();

    // The delay, ten seconds in which SIGTERM may come, and what a busy machine needs.
    for service in [order, gateway] {
        eventually_within(Duration::from_secs(20), || readiness(service, 200));
    }
    assert!(began.elapsed() >= Duration::from_secs(11), "{:?}", began.elapsed());
    assert_eq!(ask(order, "GET /orders", &[]).header("connection"), None);
    draining(0).unwrap();
    let state = ask(order, "GET /actuator/shutdown", &[]).json();
    assert_eq!((&state["draining"], &state["secondsLeft"]), (&false.into(), &().into()));

    // It can be held again, and a SIGTERM that then follows is the end.
    let hook = thread::spawn(move || http::send(order, "GET", "/prestop", &[], None));
    assert_eq!(hook.join().unwrap().unwrap().status, 200);
    let began = Instant::now();
    fleet.signal("TERM");
    assert!(fleet.ended().success());
    assert!(began.elapsed() < Duration::from_secs(10), "it waited again");
}
