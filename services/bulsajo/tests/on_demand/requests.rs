//! Faults that hit requests.

use std::{
    io::ErrorKind,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use testkit::{
    Fleet, Response,
    fleet::Service::{Order, Payment},
    http::Connection,
};

use crate::{
    BINARY,
    steps::{ask, clear, fleet, is_well, orders, set, shown},
};

#[test]
fn latency_is_added_and_no_less_than_asked() {
    let fleet = fleet();
    set(&fleet, "latency", "value=300ms");

    let (answer, took) = orders(fleet.address(Order));

    assert_eq!(answer.unwrap().status, 200);
    assert!(took >= Duration::from_millis(300), "{took:?}");
    clear(&fleet, "latency");
    is_well(&fleet);
}

#[test]
fn a_reset_is_a_reset() {
    let fleet = fleet();
    set(&fleet, "reset", "");

    let (answer, _) = orders(fleet.address(Order));

    assert_eq!(answer.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    clear(&fleet, "reset");
    is_well(&fleet);
}

#[test]
fn a_truncated_body_ends_before_its_length() {
    let fleet = fleet();
    set(&fleet, "truncated-body", "");

    let (answer, _) = orders(fleet.address(Order));

    assert!(answer.is_err(), "{answer:?}");
    clear(&fleet, "truncated-body");
    is_well(&fleet);
}

#[test]
fn a_slow_body_comes_in_pieces() {
    let fleet = fleet();
    set(&fleet, "slow-body", "value=50ms");

    let (answer, took) = orders(fleet.address(Order));

    let pieces = answer.unwrap().body.len().div_ceil(64);
    assert!(pieces > 2, "the answer is too short to be slow");
    assert!(took >= Duration::from_millis(50) * u32::try_from(pieces).unwrap(), "{took:?}");
    clear(&fleet, "slow-body");
    is_well(&fleet);
}

/// What is hit gets its answer when the fault is over; until then everything else works.
fn holds_until_cleared(fault: &str) {
    let fleet = fleet();
    set(&fleet, fault, "");
    let order = fleet.address(Order);
    let held: Vec<_> = (0..16).map(|_| thread::spawn(move || orders(order).0)).collect();
    if fault == "hang" {
        testkit::eventually(|| match shown(&fleet, fault)["hits"].as_u64() {
            Some(16) => Ok(()),
            other => Err(format!("{other:?} requests hang")),
        });
    }

    clear(&fleet, fault);

    for held in held {
        assert_eq!(held.join().unwrap().unwrap().status, 200);
    }
    is_well(&fleet);
}

#[test]
fn requests_hang_until_the_fault_is_over() {
    holds_until_cleared("hang");
}

#[test]
fn a_deadlock_holds_requests_until_it_is_over() {
    holds_until_cleared("deadlock");
}

/// How long a probe waits for its answer.
const TIMEOUT: Duration = Duration::from_millis(300);

fn probed(fleet: &Fleet, group: &str) -> std::io::Result<Response> {
    let mut connection = Connection::open(fleet.address(Order))?;
    connection.socket().set_read_timeout(Some(TIMEOUT))?;
    connection.send("GET", &format!("/actuator/health{group}"), &[], None)
}

#[test]
fn only_a_time_out_finds_a_deadlock() {
    let fleet = fleet();
    let groups = ["", "/liveness", "/readiness", "/startup"];
    set(&fleet, "deadlock", "");
    for group in groups {
        let told = probed(&fleet, group).unwrap_err().kind();
        assert!(matches!(told, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{group}: {told}");
        assert_eq!(
            fleet.ask(Payment, "GET", &format!("/actuator/health{group}"), None).status,
            200
        );
    }
    let port = fleet.address(Order).port().to_string();
    let check = ["check", "liveness", "--timeout", "300ms", "--port", &port];
    let checked = Command::new(BINARY).args(check).output().unwrap();
    assert_eq!(checked.status.code(), Some(1));
    let told = String::from_utf8(checked.stdout).unwrap();
    assert!(told.contains("gave no answer within 300ms"), "{told}");

    for path in ["info", "shutdown", "prometheus"] {
        assert_eq!(ask(&fleet, "GET", &format!("/actuator/{path}")).status, 200, "{path}");
    }
    // The fastest of some, because the machine may be busy with other tests.
    let took = (0..5).map(|_| {
        let began = Instant::now();
        assert_eq!(ask(&fleet, "GET", "/actuator/faults").status, 200);
        began.elapsed()
    });
    let fastest = took.min().unwrap();
    assert!(fastest < Duration::from_millis(50), "{fastest:?}");
    clear(&fleet, "deadlock");

    for group in groups {
        assert_eq!(probed(&fleet, group).unwrap().status, 200, "{group}");
    }
    is_well(&fleet);
}

#[test]
fn the_control_plane_answers_while_every_request_hangs() {
    let fleet = fleet();
    set(&fleet, "hang", "");
    let order = fleet.address(Order);
    let held: Vec<_> = (0..64).map(|_| thread::spawn(move || orders(order).0)).collect();

    assert_eq!(ask(&fleet, "GET", "/actuator/info").status, 200);
    assert_eq!(ask(&fleet, "GET", "/actuator/faults").status, 200);

    assert_eq!(ask(&fleet, "DELETE", "/actuator/faults").status, 204);
    for held in held {
        assert_eq!(held.join().unwrap().unwrap().status, 200);
    }
}
