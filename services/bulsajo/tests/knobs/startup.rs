//! A start that takes its time: nothing listens, or nothing is ready, until it is over.

use std::{
    io::ErrorKind::ConnectionRefused,
    net::{SocketAddr, TcpStream},
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use testkit::{Fleet, Response, eventually, fleet::Service::Order, http};

use crate::{
    BINARY,
    steps::{apart, cpu, doses, is_dose},
};

/// Starts order anew with these, without waiting.
fn launched(fleet: &mut Fleet, settings: &[(&str, &str)]) -> (Instant, SocketAddr) {
    let order = fleet.replica(Order, 1);
    if order.is_running() {
        order.kill();
    }
    for name in ["STARTUP_DELAY", "STARTUP_CPU", "STARTUP_MODE"] {
        let value = settings.iter().find(|(it, _)| *it == name).map_or("", |(_, value)| value);
        order.set(name, value);
    }
    let began = Instant::now();
    order.launch();
    (began, order.address(Order))
}

/// How long connections were refused, in seconds.
fn refused_for((began, address): (Instant, SocketAddr)) -> f64 {
    loop {
        match TcpStream::connect(address) {
            Ok(_) => return began.elapsed().as_secs_f64(),
            Err(error) => assert_eq!(error.kind(), ConnectionRefused),
        }
        assert!(began.elapsed() < Duration::from_mins(1), "it never listened");
        sleep(Duration::from_millis(1));
    }
}

/// How long connections were refused beside what it takes to start the executable at all, which is more on a
/// machine that is busy.
fn delayed_for(fleet: &mut Fleet, settings: &[(&str, &str)]) -> f64 {
    let began = Instant::now();
    assert!(Command::new(BINARY).arg("--version").output().unwrap().status.success());
    let start = began.elapsed().as_secs_f64();
    let refused = refused_for(launched(fleet, settings));
    assert!(refused >= 3.0, "it listened after {refused} s, before the delay was over");
    refused - start
}

fn probe(address: SocketAddr, group: &str) -> Response {
    http::send(address, "GET", &format!("/actuator/health/{group}"), &[], None).unwrap()
}

#[test]
fn connections_are_refused_until_the_delay_is_over() {
    let mut fleet = apart(&[]);
    doses(|| is_dose(delayed_for(&mut fleet, &[("STARTUP_DELAY", "3s")]), 3.0, 2.0));
    eventually(|| match probe(fleet.addresses(Order)[0], "readiness").status {
        200 => Ok(()),
        other => Err(other),
    });
}

#[test]
fn cpu_is_burnt_while_it_starts() {
    let mut fleet = apart(&[]);
    let spent = |fleet: &mut Fleet, value: &str| {
        refused_for(launched(fleet, &[("STARTUP_CPU", value)]));
        cpu(fleet.replica(Order, 1).pid()).as_secs_f64()
    };
    doses(|| {
        let plain = spent(&mut fleet, "");
        is_dose(spent(&mut fleet, "2s") - plain, 2.0, 5.0)
    });
}

#[test]
fn cpu_is_burnt_within_the_delay_if_there_is_time() {
    let mut fleet = apart(&[]);
    let settings = [("STARTUP_DELAY", "3s"), ("STARTUP_CPU", "1s")];
    doses(|| is_dose(delayed_for(&mut fleet, &settings), 3.0, 2.0));
}

#[test]
fn a_port_that_is_open_early_is_not_ready() {
    let mut fleet = apart(&[]);
    let settings = [("STARTUP_DELAY", "3s"), ("STARTUP_MODE", "unready")];
    let (began, address) = launched(&mut fleet, &settings);

    assert!(refused_for((began, address)) < 3.0);

    assert_eq!(probe(address, "liveness").status, 200);
    for group in ["readiness", "startup"] {
        let told = probe(address, &format!("{group}?details"));
        assert_eq!(told.status, 503, "{group}");
        assert!(told.text().contains("still starting"), "{}", told.text());
    }
    eventually(|| match probe(address, "readiness").status {
        200 => Ok(()),
        other => Err(other),
    });
    assert!(began.elapsed() >= Duration::from_secs(3));
    assert_eq!(probe(address, "startup").status, 200);
}

#[test]
fn a_start_can_be_told_to_stop() {
    let mut fleet = apart(&[]);
    let (began, _) = launched(&mut fleet, &[("STARTUP_DELAY", "1h")]);
    let order = fleet.replica(Order, 1);
    let terminate = 15;
    eventually(|| order.catches(terminate).then_some(()).ok_or("SIGTERM would just kill it"));

    order.signal("TERM");

    assert!(order.ended().success());
    assert!(began.elapsed() < Duration::from_mins(1));
}
