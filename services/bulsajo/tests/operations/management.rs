//! The management port: what makes a service behave otherwise is there alone; what probes and old
//! worksheets ask for stays where it was.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use testkit::{
    Cell, Fleet, Response,
    fleet::Service::{Gateway, Order, Payment},
    http,
};

use crate::{BINARY, assert_one_line, run_in};

/// What is on both ports.
const ON_BOTH: [(&str, &str); 11] = [
    ("GET", "/actuator"),
    ("GET", "/actuator/health"),
    ("GET", "/actuator/health/liveness"),
    ("GET", "/actuator/health/readiness"),
    ("GET", "/actuator/echo"),
    ("GET", "/actuator/info"),
    ("GET", "/actuator/prometheus"),
    ("GET", "/metrics"),
    ("PUT", "/actuator/down"),
    ("PUT", "/actuator/maintenance"),
    ("PUT", "/actuator/up"),
];

/// What is on the management port alone.
const MANAGED: [(&str, &str); 5] = [
    ("GET", "/actuator/faults"),
    ("PUT", "/actuator/faults/error?rate=0.5"),
    ("DELETE", "/actuator/faults"),
    ("PUT", "/actuator/circuitbreakers/payment?retries=1"),
    ("PUT", "/actuator/shutdown?mode=graceful"),
];

fn at(address: SocketAddr, method: &str, path: &str) -> Response {
    http::send(address, method, path, &[], None).unwrap()
}

/// Order's management port: the eighth after its own, which the fleet's ports leave free.
fn managed(fleet: &Fleet) -> SocketAddr {
    let mut address = fleet.addresses(Order)[0];
    address.set_port(address.port() + 8);
    address
}

fn start(settings: &[(&str, &str)]) -> Fleet {
    let plan = Fleet::on(Cell::Embedded).replicas(1).settings(&[("DRAIN_DELAY", "0s")]);
    let mut fleet = plan.settings(settings).start(BINARY);
    let port = managed(&fleet).port().to_string();
    let order = fleet.replica(Order, 1);
    order.kill();
    order.set("MANAGEMENT_PORT", &port);
    order.restart();
    fleet
}

#[test]
fn controls_move_to_the_management_port_and_all_else_is_on_both() {
    let fleet = start(&[]);
    let (main, managed) = (fleet.addresses(Order)[0], managed(&fleet));
    for (method, path) in ON_BOTH {
        for address in [main, managed] {
            assert_eq!(at(address, method, path).status, 200, "{method} {address}{path}");
        }
    }
    for (method, path) in MANAGED {
        let refused = at(main, method, path);
        assert_eq!(refused.status, 404, "{method} {path}");
        let hint = refused.json()["hint"].as_str().unwrap().to_owned();
        assert!(hint.contains(&managed.port().to_string()), "{hint}");
        let done = at(managed, method, path);
        assert!(done.status < 300, "{method} {path}: {}", done.text());
    }
    let links = |address| at(address, "GET", "/actuator").json()["_links"].to_string();
    assert!(!links(main).contains("/actuator/faults"), "{}", links(main));
    assert!(links(managed).contains("/actuator/faults"), "{}", links(managed));
    assert_eq!(at(managed, "GET", "/orders").status, 404);
    let port = main.port().to_string();
    for what in ["health", "liveness", "readiness", "startup"] {
        let ran = run_in(fleet.folder(), &["check", what, "--port", &port], &[]);
        assert_eq!(ran.code, Some(0), "{what}: {}", ran.answer);
    }
}

#[test]
fn what_is_set_on_the_management_port_hits_the_main_one() {
    let fleet = start(&[("FAULTS", "token"), ("FAULTS_TOKEN", "secret")]);
    let (main, managed) = (fleet.addresses(Order)[0], managed(&fleet));
    let path = "/actuator/faults/error?value=418";
    assert_eq!(at(managed, "PUT", path).status, 403);
    let known = [("Authorization", "Bearer secret")];
    assert_eq!(http::send(managed, "PUT", path, &known, None).unwrap().status, 200);

    assert_eq!(at(main, "GET", "/orders").status, 418);

    let path = "/actuator/faults";
    assert_eq!(http::send(managed, "DELETE", path, &known, None).unwrap().status, 204);
    assert_eq!(at(main, "GET", "/orders").status, 200);
}

#[test]
fn the_management_port_answers_until_the_process_ends() {
    let mut fleet = start(&[]);
    let (main, managed) = (fleet.addresses(Order)[0], managed(&fleet));
    assert_eq!(at(managed, "PUT", "/actuator/faults/hang").status, 200);
    let held = std::thread::spawn(move || http::send(main, "GET", "/orders", &[], None));
    testkit::eventually(|| {
        match at(managed, "GET", "/actuator/faults/hang").json()["hits"].as_u64() {
            Some(1) => Ok(()),
            other => Err(format!("{other:?} requests hang")),
        }
    });

    fleet.replica(Order, 1).signal("TERM");

    testkit::eventually(|| match at(managed, "GET", "/actuator/shutdown").json()["draining"] {
        serde_json::Value::Bool(true) => Ok(()),
        ref other => Err(other.to_string()),
    });
    assert_eq!(at(managed, "DELETE", "/actuator/faults").status, 204);
    assert_eq!(held.join().unwrap().unwrap().status, 200);
    assert!(fleet.replica(Order, 1).ended().success());
}

#[test]
fn the_management_port_ends_a_cost_while_every_worker_pays_it() {
    let fleet = start(&[("CPU_PER_REQUEST", "10s"), ("CPU_ON_WORKERS", "on")]);
    let (main, managed) = (fleet.addresses(Order)[0], managed(&fleet));
    let workers = thread::available_parallelism().unwrap().get();
    for _ in 0..2 * workers {
        thread::spawn(move || http::send(main, "GET", "/orders", &[], None));
    }
    let busy = format!("requests_in_flight{{service=\"order\"}} {}\n", 2 * workers);
    testkit::eventually(|| {
        let metrics = at(managed, "GET", "/actuator/prometheus");
        if metrics.text().contains(&busy) { Ok(()) } else { Err("not all of them are there") }
    });

    let mut took: Vec<Duration> = (0..9)
        .map(|_| {
            let began = Instant::now();
            assert_eq!(at(managed, "DELETE", "/actuator/faults").status, 204);
            began.elapsed()
        })
        .collect();

    took.sort();
    assert!(took[4] < Duration::from_millis(50), "{took:?}");
    let metrics = at(managed, "GET", "/actuator/prometheus");
    assert!(metrics.text().contains(&busy), "somebody was answered: nothing blocked the workers");
    assert_eq!(at(managed, "PUT", "/actuator/knobs/cpu-per-request?value=0s").status, 200);
    assert_eq!(at(main, "GET", "/actuator/health/liveness").status, 200);
}

#[test]
fn management_ports_of_a_fleet_are_counted_as_its_ports_are() {
    let mut fleet = Fleet::start(BINARY, &[]);
    // Order's is the gateway's next one then.
    let first = fleet.address(Gateway).port();
    fleet.kill();
    fleet.set("MANAGEMENT_PORT", &first.to_string());
    fleet.restart();
    for (service, offset) in [(Order, 1), (Payment, 2)] {
        let mut address = fleet.address(service);
        assert_eq!(at(address, "GET", "/actuator/faults").status, 404);
        address.set_port(first + offset);
        assert_eq!(at(address, "GET", "/actuator/faults").status, 200);
    }
}

#[test]
fn nothing_ever_listens_on_8090() {
    let folder = TempDir::new().unwrap();
    for (service, name, port) in [
        ("order", "PORT", "8090"),
        ("fleet", "BASE_PORT", "8082"),
        ("gateway", "GRPC_HEALTH_PORT", "8090"),
        ("order", "MANAGEMENT_PORT", "8090"),
        ("fleet", "MANAGEMENT_PORT", "8087"),
    ] {
        let free = if name == "PORT" { ("LOG_LEVEL", "info") } else { ("PORT", "0") };
        let ran = run_in(folder.path(), &[service], &[(name, port), free]);
        assert_eq!(ran.code, Some(2), "{service} {name}: {}", ran.told);
        assert_one_line(&ran.told, &["may not listen on port 8090"]);
    }
}
