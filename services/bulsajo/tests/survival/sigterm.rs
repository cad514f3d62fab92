//! SIGTERM under load: whoever asks before readiness fails gets an answer.

use std::{
    io,
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use testkit::{
    Connection, Fleet, eventually,
    fleet::Service::{Gateway, Order},
};

use crate::{
    BINARY,
    clients::{Seen, ask, busy, status},
};

const CLIENTS: usize = 16;

#[test]
fn no_request_fails_when_the_fleet_is_told_to_stop_under_load() {
    let mut fleet = Fleet::start(BINARY, &[("DRAIN_DELAY", "1s")]);
    let (gateway, order) = (fleet.address(Gateway), fleet.address(Order));

    let in_rotation = AtomicBool::new(true);
    let seen: Vec<Seen> = thread::scope(|scope| {
        let client = |index: usize| {
            let address = if index.is_multiple_of(2) { gateway } else { order };
            let (keep_alive, in_rotation) = (index % 4 < 2, &in_rotation);
            move || load(address, in_rotation, keep_alive, index.is_multiple_of(3))
        };
        let clients: Vec<_> = (0..CLIENTS).map(|index| scope.spawn(client(index))).collect();
        eventually(|| busy(order));
        fleet.signal("TERM");
        eventually(|| status(gateway, "readiness", 503));
        in_rotation.store(false, Ordering::Relaxed);
        clients.into_iter().map(|client| client.join().expect("a client ends")).collect()
    });

    assert!(fleet.ended().success());
    let failed: Vec<&String> = seen.iter().flat_map(|seen| &seen.failed).collect();
    assert!(failed.is_empty(), "{} failed, such as {:?}", failed.len(), failed.first());
    assert!(seen.iter().map(|seen| seen.answered).sum::<usize>() > 500, "{seen:?}");
    assert!(seen.iter().any(|seen| seen.leaving > 0), "nobody was asked to leave: {seen:?}");
}

#[test]
fn a_draining_service_is_alive_and_not_ready() {
    let mut fleet = Fleet::start(BINARY, &[("DRAIN_DELAY", "1s")]);
    let order = fleet.address(Order);

    fleet.signal("TERM");

    eventually(|| status(order, "readiness", 503));
    status(order, "liveness", 200).expect("it is alive");
    assert!(fleet.ended().success());
}

#[test]
fn a_live_feed_ends_when_the_fleet_stops() {
    let mut fleet = Fleet::start(BINARY, &[("DRAIN_DELAY", "0s")]);
    let door = fleet.address(Gateway);
    let feed = thread::spawn(move || -> io::Result<usize> {
        let mut connection = Connection::open(door)?;
        let head = b"GET /orderTraces/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
        std::io::Write::write_all(connection.socket(), head)?;
        let mut lines = 0;
        while connection.line().is_ok() {
            lines += 1;
        }
        Ok(lines)
    });
    let coffee = serde_json::json!({ "productId": 1, "qty": 1, "cost": 1000 });
    assert_eq!(fleet.http("POST", "/orders", Some(coffee)).status, 201);

    fleet.signal("TERM");

    assert!(fleet.ended().success());
    assert!(feed.join().expect("the feed ends").expect("it had begun") > 0);
}

/// Asks again and again. It opens connections only while the address is in rotation, as a
/// Kubernetes Service does: until readiness has failed.
fn load(address: SocketAddr, in_rotation: &AtomicBool, keep_alive: bool, post: bool) -> Seen {
    let mut seen = Seen::default();
    let mut open: Option<Connection> = None;
    loop {
        let new = || in_rotation.load(Ordering::Relaxed).then(|| Connection::open(address));
        let mut connection = match open.take().map(Ok).or_else(new) {
            Some(Ok(connection)) => connection,
            Some(Err(error)) => {
                seen.failed.push(format!("refused: {error}"));
                return seen;
            }
            None => return seen,
        };
        match ask(&mut connection, keep_alive, post) {
            Ok(answer) if answer.status < 500 => {
                open = seen.answered_by(&answer, keep_alive).then_some(connection);
            }
            Ok(answer) => seen.failed.push(format!("{}: {}", answer.status, answer.text())),
            Err(error) => seen.failed.push(error.to_string()),
        }
    }
}
