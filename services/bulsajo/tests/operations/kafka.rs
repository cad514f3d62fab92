//! A fleet whose broker is not there, or whose settings for it are wrong.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use testkit::{Fleet, eventually, fleet::Service::Order};

use crate::{BINARY, assert_one_line, coffee, run_in};

/// Nothing listens there.
const NOWHERE: (&str, &str) = ("KAFKA_BROKERS", "127.0.0.1:1");

/// How long the fleet is watched. Its retries are a second apart at most.
const WATCHED: Duration = Duration::from_secs(5);

#[test]
fn without_its_broker_the_fleet_is_ready_takes_orders_and_says_what_waits() {
    let fleet = Fleet::start(BINARY, &[NOWHERE, ("DRAIN_DELAY", "0s")]);

    assert_eq!(fleet.http("POST", "/orders", Some(coffee())).status, 201);

    let health = fleet.ask(Order, "GET", "/actuator/health?details", None);
    assert_eq!(health.status, 200, "{}", health.text());
    for word in ["this replica's own state", "to Kafka at 127.0.0.1:1"] {
        assert!(health.text().contains(word), "{word} is not in {}", health.text());
    }
    let metrics = fleet.ask(Order, "GET", "/metrics", None);
    assert!(metrics.text().contains("outbox_depth{service=\"order\"} 1"), "{}", metrics.text());
}

#[test]
fn without_its_broker_the_fleet_neither_spins_nor_floods_its_log() {
    let mut fleet = Fleet::start(BINARY, &[NOWHERE, ("DRAIN_DELAY", "0s"), ("LOG_LEVEL", "info")]);
    assert_eq!(fleet.http("POST", "/orders", Some(coffee())).status, 201);
    let pid = fleet.replica(Order, 1).pid();
    let (began, spent) = (Instant::now(), cpu(pid));

    // The time over which something is measured: there is nothing to wait for.
    thread::sleep(WATCHED);

    let spent = cpu(pid).saturating_sub(spent);
    let share = spent.as_secs_f64() / began.elapsed().as_secs_f64();
    assert!(share < 0.2, "{:.0} % of a core for nothing", share * 100.0);
    let log = fs::read_to_string(fleet.folder().join("fleet.log")).unwrap();
    let complaints = log.lines().filter(|line| line.contains("wait")).count();
    assert!((1..=10).contains(&complaints), "{complaints} lines about the same thing: {log}");
}

#[test]
fn a_setting_that_librdkafka_does_not_know_ends_the_start_with_one_line() {
    let folder = tempfile::TempDir::new().unwrap();
    let wrong = [NOWHERE, ("KAFKA_PROPERTIES", "linger.mss=1")];

    let ran = run_in(folder.path(), &["order", "--port", "0"], &wrong);

    assert_ne!(ran.code, Some(0));
    assert_one_line(&ran.told, &["KAFKA_PROPERTIES", "linger.mss"]);
}

/// A service is told to stop and stops, also when nobody can take what it has to say.
#[test]
fn without_its_broker_the_fleet_ends_when_it_is_told_to() {
    let mut fleet = Fleet::start(BINARY, &[NOWHERE, ("DRAIN_DELAY", "0s")]);
    assert_eq!(fleet.http("POST", "/orders", Some(coffee())).status, 201);

    fleet.signal("TERM");

    assert!(fleet.ended().success());
    fleet.restart();
    eventually(|| {
        let metrics = fleet.ask(Order, "GET", "/metrics", None);
        let kept = metrics.text().contains("outbox_depth{service=\"order\"} 1");
        if kept { Ok(()) } else { Err("the fact does not wait any more") }
    });
}

/// User and system time of a process, all threads.
fn cpu(pid: u32) -> Duration {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    // The kernel counts in hundredths of a second here, whatever its own clock does.
    Duration::from_millis(ticks * 10)
}
