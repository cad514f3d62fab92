//! What tests do to a service, and what they see of its process.

use std::{
    fs,
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use testkit::{Cell, Fleet, Response, fleet::Service::Order, http};

use crate::BINARY;

/// The fleet in one process.
pub(crate) fn fleet(settings: &[(&str, &str)]) -> Fleet {
    Fleet::start(BINARY, &[&[("DRAIN_DELAY", "0s")], settings].concat())
}

/// A process for each service, so that what order spends is its own.
pub(crate) fn apart(settings: &[(&str, &str)]) -> Fleet {
    let plan = Fleet::on(Cell::Embedded).replicas(1).settings(&[("DRAIN_DELAY", "0s")]);
    plan.settings(settings).start(BINARY)
}

/// Where order itself listens.
pub(crate) fn order(fleet: &Fleet) -> SocketAddr {
    fleet.addresses(Order)[0]
}

/// Asks order.
pub(crate) fn ask(fleet: &Fleet, method: &str, path: &str) -> Response {
    fleet.ask(Order, method, path, None)
}

/// Turns a knob of order, as httpie would with query parameters.
pub(crate) fn turn(fleet: &Fleet, knob: &str, value: &str) -> Value {
    let answer = ask(fleet, "PUT", &format!("/actuator/knobs/{knob}?value={value}"));
    assert_eq!(answer.status, 200, "{knob}={value}: {}", answer.text());
    answer.json()
}

pub(crate) fn turn_back(fleet: &Fleet, knob: &str) -> Value {
    let answer = ask(fleet, "DELETE", &format!("/actuator/knobs/{knob}"));
    assert_eq!(answer.status, 200, "{knob}: {}", answer.text());
    answer.json()
}

/// What `GET /actuator/knobs` of order says was paid.
pub(crate) fn paid(fleet: &Fleet) -> Value {
    ask(fleet, "GET", "/actuator/knobs").json()["paid"].clone()
}

pub(crate) fn place(fleet: &Fleet) {
    let coffee = json!({ "productId": 1, "qty": 1, "cost": 1000, "productName": "Coffee" });
    assert_eq!(fleet.ask(Order, "POST", "/orders", Some(coffee)).status, 201);
}

/// A GET of order, and how long it took.
pub(crate) fn get(address: SocketAddr, path: &str) -> Duration {
    let began = Instant::now();
    let answer = http::send(address, "GET", path, &[("Accept", "*/*")], None).unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    began.elapsed()
}

/// CPU time of all threads of a process so far.
pub(crate) fn cpu(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

/// MiB that are in memory and the process's own.
pub(crate) fn resident(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

/// Whether this is the dose, give or take so many percent.
pub(crate) fn is_dose(found: f64, dose: f64, percent: f64) -> Result<(), String> {
    let off = (found / dose - 1.0) * 100.0;
    eprintln!("{found:.3} for {dose}: {off:+.2} %");
    if off.abs() <= percent { Ok(()) } else { Err(format!("{found} for {dose}: {off:.1} % off")) }
}

/// Measures up to five times: a machine that does something else meanwhile spoils a measurement,
/// and not five.
pub(crate) fn doses(mut measured: impl FnMut() -> Result<(), String>) {
    let mut failed = Vec::new();
    for _ in 0..5 {
        match measured() {
            Ok(()) => return,
            Err(why) => failed.push(why),
        }
    }
    panic!("no measurement is right: {failed:?}");
}
