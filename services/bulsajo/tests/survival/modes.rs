//! `SHUTDOWN`: what SIGTERM does under load, and how many requests it costs.

use std::{
    fs, io,
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::process::ExitStatusExt as _,
    thread,
    time::{Duration, Instant},
};

use testkit::{
    Cell, Connection, Fleet, eventually,
    fleet::Service::{Gateway, Order},
    http,
};

use crate::{
    BINARY,
    clients::{Clients, ask, busy, figure, status},
};

const CLIENTS: usize = 12;

/// What a drain says, without a line for each request.
const LOG: (&str, &str) = ("LOG_LEVEL", "warn,runtime::process=info,runtime::shutdown=info");

/// Each service in a process of its own, so that a request is counted once.
fn separate(settings: &[(&str, &str)]) -> Fleet {
    Fleet::on(Cell::Embedded).replicas(1).settings(settings).settings(&[LOG]).start(BINARY)
}

fn order_of(fleet: &Fleet) -> SocketAddr {
    fleet.addresses(Order)[0]
}

fn log(fleet: &Fleet, process: &str) -> String {
    fs::read_to_string(fleet.folder().join(format!("{process}.log"))).expect("its log")
}

/// The number after `name=` in the last line that begins to say `what`.
fn told(log: &str, what: &str, name: &str) -> usize {
    let line = log.lines().rfind(|line| line.contains(what));
    let line = line.unwrap_or_else(|| panic!("nobody says {what:?} in {log}"));
    let value = line.split(' ').find_map(|word| word.strip_prefix(&format!("{name}=")));
    value.and_then(|it| it.parse().ok()).unwrap_or_else(|| panic!("no {name} in {line}"))
}

fn refused(address: SocketAddr) -> Result<(), &'static str> {
    TcpStream::connect(address).err().map(drop).ok_or("it still accepts")
}

/// A payment that takes every call and answers none.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    (listener, url)
}

/// Orders that nothing answers; how many of them end without an answer is what this counts.
fn hang(order: SocketAddr, count: usize) -> impl FnOnce() -> usize {
    let order_one = move || Connection::open(order).and_then(|mut it| ask(&mut it, true, true));
    let clients: Vec<_> = (0..count).map(|_| thread::spawn(order_one)).collect();
    eventually(|| match figure(order, "requests_in_flight", "") {
        Ok(found) if found == i64::try_from(count).expect("a few") => Ok(()),
        found => Err(format!("{found:?} in flight")),
    });
    move || {
        let ends = clients.into_iter().map(|it| it.join().expect("a client ends"));
        let ends: Vec<_> = ends.map(|it| it.map_err(|error| error.kind())).collect();
        assert!(ends.iter().all(|it| *it == Err(io::ErrorKind::UnexpectedEof)), "{ends:?}");
        ends.len()
    }
}

#[test]
fn graceful_cuts_nothing_and_says_so() {
    let mut fleet = separate(&[("DRAIN_DELAY", "2s")]);
    let order = order_of(&fleet);
    let clients = Clients::start(order, CLIENTS);
    eventually(|| busy(order));

    fleet.replica(Order, 1).signal("TERM");
    eventually(|| status(order, "readiness", 503));
    let while_draining = figure(order, "draining", "service=\"order\"");
    let seen = clients.stop();

    assert!(fleet.replica(Order, 1).ended().success());
    assert_eq!((seen.cut, seen.refused, &seen.failed), (0, 0, &vec![]), "{seen:?}");
    assert_eq!(while_draining, Ok(1));
    let log = log(&fleet, "order-1");
    assert!(log.contains("draining: in_flight="), "{log}");
    assert_eq!(told(&log, "drained:", "cut"), 0);
    assert!(told(&log, "drained:", "served") >= seen.leaving, "{log}");
}

#[test]
fn abrupt_cuts_what_is_under_way_and_counts_what_the_clients_see() {
    let mut fleet = separate(&[("SHUTDOWN", "abrupt")]);
    let order = order_of(&fleet);
    let clients = Clients::start(order, CLIENTS);
    eventually(|| busy(order));

    fleet.replica(Order, 1).signal("TERM");

    let seen = clients.gone();
    assert_eq!(fleet.replica(Order, 1).ended().code(), Some(143));
    let log = log(&fleet, "order-1");
    let last = log.lines().last().unwrap_or_default();
    assert!(seen.cut > 0, "{seen:?}");
    assert_eq!(told(last, "ended at once", "cut"), seen.cut, "{seen:?}");
}

#[test]
fn a_silent_neighbour_makes_abrupt_cut_exactly_those_who_wait_for_it() {
    let (_payment, url) = silent();
    let patient = [("PAYMENT_URL", &*url), ("PAYMENT_TIMEOUT", "1m"), ("REQUEST_TIMEOUT", "1m")];
    let mut fleet = separate(&patient);
    let order = order_of(&fleet);
    let cut = hang(order, 7);
    let change = http::send(order, "PUT", "/actuator/shutdown?mode=abrupt", &[], None);
    assert_eq!(change.expect("an answer").json()["mode"], "abrupt");

    fleet.replica(Order, 1).signal("TERM");

    assert_eq!(cut(), 7);
    assert_eq!(fleet.replica(Order, 1).ended().code(), Some(143));
    assert_eq!(told(&log(&fleet, "order-1"), "ended at once", "cut"), 7);
}

#[test]
fn what_takes_longer_than_the_time_allowed_is_cut_and_counted() {
    let (_payment, url) = silent();
    let patient = [("PAYMENT_URL", &*url), ("PAYMENT_TIMEOUT", "1m"), ("REQUEST_TIMEOUT", "1m")];
    let mut fleet = separate(&patient);
    fleet.set("DRAIN_DELAY", "0s");
    fleet.set("DRAIN_TIMEOUT", "1s");
    fleet.kill();
    fleet.restart();
    let cut = hang(order_of(&fleet), 3);

    fleet.replica(Order, 1).signal("TERM");

    assert_eq!(cut(), 3);
    assert!(fleet.replica(Order, 1).ended().success());
    let log = log(&fleet, "order-1");
    assert_eq!(told(&log, "gave up on requests", "cut"), 3);
    assert_eq!(told(&log, "drained:", "cut"), 3);
}

#[test]
fn ignored_sigterm_changes_nothing_and_sigkill_ends_it() {
    let mut fleet = separate(&[("SHUTDOWN", "ignore-sigterm")]);
    let order = order_of(&fleet);
    let clients = Clients::start(order, CLIENTS);
    eventually(|| busy(order));

    for times in 1..=2 {
        fleet.replica(Order, 1).signal("TERM");
        eventually(|| {
            let said = log(&fleet, "order-1").matches("SIGTERM ignored").count();
            if said == times { Ok(()) } else { Err(format!("said {said} times")) }
        });
    }

    status(order, "readiness", 200).expect("it is ready");
    let seen = clients.stop();
    assert_eq!((seen.cut, seen.refused, &seen.failed, seen.leaving), (0, 0, &vec![], 0));
    let answer = http::send(order, "GET", "/orders", &[], None).expect("it serves");
    assert_eq!((answer.status, answer.header("connection")), (200, None));
    fleet.replica(Order, 1).signal("KILL");
    assert_eq!(fleet.replica(Order, 1).ended().signal(), Some(9));
}

#[test]
fn slow_drains_without_loss_and_then_stays() {
    let (delay, stay) = (Duration::from_secs(2), Duration::from_secs(2));
    let slow = [("SHUTDOWN", "slow"), ("SHUTDOWN_SLOW", "2s"), ("DRAIN_DELAY", "2s")];
    let mut fleet = separate(&slow);
    let order = order_of(&fleet);
    let clients = Clients::start(order, CLIENTS);
    eventually(|| busy(order));
    let began = Instant::now();

    fleet.replica(Order, 1).signal("TERM");
    eventually(|| status(order, "readiness", 503));
    let seen = clients.stop();
    eventually(|| refused(order));
    let before = log(&fleet, "order-1");

    assert!(fleet.replica(Order, 1).ended().success());
    assert!(!before.contains("drained:"), "it was gone: {before}");
    assert!(began.elapsed() >= delay + stay, "it was gone after {:?}", began.elapsed());
    assert_eq!((seen.cut, seen.refused, &seen.failed), (0, 0, &vec![]), "{seen:?}");
    let log = log(&fleet, "order-1");
    assert!(log.contains("it stays for 2s"), "{log}");
    assert_eq!(told(&log, "drained:", "cut"), 0);
}

#[test]
fn prestop_holds_the_kubelet_while_the_whole_process_goes_out_of_rotation() {
    let mut fleet = Fleet::start(BINARY, &[LOG, ("DRAIN_DELAY", "1s")]);
    let (order, gateway) = (fleet.address(Order), fleet.address(Gateway));
    let began = Instant::now();
    let hook = thread::spawn(move || http::send(order, "GET", "/prestop", &[], None));

    eventually(|| status(gateway, "readiness", 503));
    status(gateway, "liveness", 200).expect("it is alive");
    let answer = http::send(gateway, "GET", "/orders", &[], None).expect("it still serves");
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    let held = hook.join().expect("it ends").expect("it is answered");
    assert_eq!(held.status, 200);
    assert!(began.elapsed() >= Duration::from_secs(1));
    let state = http::send(order, "GET", "/actuator/shutdown", &[], None).expect("an answer");
    assert_eq!(state.json()["secondsLeft"], 0, "a SIGTERM would wait again");

    fleet.signal("TERM");

    assert!(fleet.ended().success());
    assert_eq!(told(&log(&fleet, "fleet"), "drained:", "cut"), 0);
}

/// It does not listen yet, and catches signals all the same: a container's first process would not
/// end by them.
#[test]
fn who_waits_for_a_database_can_be_told_to_stop() {
    let mut fleet = separate(&[]);
    for (mode, code) in [("graceful", 0), ("abrupt", 143)] {
        order_waits(&mut fleet, mode);
        fleet.replica(Order, 1).signal("TERM");
        assert_eq!(fleet.replica(Order, 1).ended().code(), Some(code), "{mode}");
    }
}

#[test]
fn who_waits_for_a_database_ignores_what_it_shall_ignore() {
    let mut fleet = separate(&[]);
    order_waits(&mut fleet, "ignore-sigterm");
    fleet.replica(Order, 1).signal("TERM");
    eventually(|| {
        let log = log(&fleet, "order-1");
        if log.contains("SIGTERM ignored") { Ok(()) } else { Err(log) }
    });
    fleet.replica(Order, 1).signal("INT");
    assert!(fleet.replica(Order, 1).ended().success(), "Ctrl-C is not ignored");
}

/// Starts order anew, with a database that is not there.
fn order_waits(fleet: &mut Fleet, mode: &str) {
    let nobody = format!("postgres://nobody@127.0.0.1:{}/bulsajo", testkit::free_base_port());
    let waits = |fleet: &Fleet| log(fleet, "order-1").matches("waiting for postgres").count();
    let before = waits(fleet);
    let order = fleet.replica(Order, 1);
    if order.is_running() {
        order.kill();
    }
    order.set("DATABASE_URL", &nobody);
    order.set("DATABASE_WAIT", "1h");
    order.set("SHUTDOWN", mode);
    order.launch();
    eventually(|| if waits(fleet) > before { Ok(()) } else { Err(log(fleet, "order-1")) });
}
