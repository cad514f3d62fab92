//! Probes of every kind: http, tcp, exec and gRPC say the same, and readiness says what it lacks.

use std::{
    io::Read as _,
    net::{SocketAddr, TcpStream},
    thread,
    time::Duration,
};

use serde_json::Value;
use testkit::{
    Cell, Database, Fleet, Wire, eventually,
    fleet::Service::{self, Gateway, Order},
    http, unique_name,
};
use tonic::{Code, transport::Channel};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{BINARY, run_in};

/// What a probe is told: well or not.
type Told = Result<(), String>;

fn over_http(fleet: &Fleet, service: Service, what: &str) -> Told {
    let path = match what {
        "" => "/actuator/health".to_owned(),
        group => format!("/actuator/health/{group}"),
    };
    let answer = fleet.ask(service, "GET", &format!("{path}?details"), None);
    if answer.status == 200 { Ok(()) } else { Err(answer.text().to_owned()) }
}

fn by_exec(fleet: &Fleet, service: Service, what: &str) -> Told {
    let port = fleet.address(service).port().to_string();
    let what = if what.is_empty() { "health" } else { what };
    let ran = run_in(fleet.folder(), &["check", what, "--port", &port], &[]);
    assert_eq!(ran.answer.lines().count(), 1, "{}", ran.answer);
    match ran.code {
        Some(0) => Ok(()),
        Some(1) => Err(ran.answer),
        code => panic!("{code:?} {}", ran.told),
    }
}

/// Where the gRPC probes of this fleet are: the port after the gateway's, which the fleet's ports
/// leave free.
fn start_with_grpc(settings: &[(&str, &str)]) -> (Fleet, SocketAddr) {
    let mut fleet = Fleet::start(BINARY, settings);
    let mut address = fleet.address(Gateway);
    address.set_port(address.port() + 1);
    fleet.kill();
    fleet.set("GRPC_HEALTH_PORT", &address.port().to_string());
    fleet.restart();
    (fleet, address)
}

fn wait<T>(asking: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(asking)
}

async fn client(address: SocketAddr) -> HealthClient<Channel> {
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    HealthClient::new(channel.connect().await.unwrap())
}

fn ask_for(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

fn over_grpc(address: SocketAddr, service: &str) -> Told {
    let answer = wait(async { client(address).await.check(ask_for(service)).await });
    match answer.map(|it| it.into_inner().status()) {
        Ok(ServingStatus::Serving) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

/// Every kind of probe says the same of each group: `failing` fail, the others do not.
fn assert_all_say(fleet: &Fleet, grpc: SocketAddr, failing: &[&str]) {
    for group in ["", "liveness", "readiness", "startup"] {
        let told = [
            ("http", over_http(fleet, Order, group)),
            ("exec", by_exec(fleet, Order, group)),
            ("grpc", over_grpc(grpc, group)),
        ];
        for (kind, told) in told {
            assert_eq!(told.is_err(), failing.contains(&group), "{kind} {group:?}: {told:?}");
        }
    }
    TcpStream::connect(fleet.address(Order)).expect("tcp: the port is open");
}

#[test]
fn every_kind_of_probe_says_the_same() {
    let (mut fleet, grpc) = start_with_grpc(&[("DRAIN_DELAY", "1h")]);
    assert_all_say(&fleet, grpc, &[]);

    assert_eq!(fleet.ask(Order, "PUT", "/actuator/down", None).status, 200);
    assert_all_say(&fleet, grpc, &[""]);
    let reason = by_exec(&fleet, Order, "").unwrap_err();
    assert!(reason.starts_with("health is DOWN: PUT /actuator/down at "), "{reason}");
    assert_eq!(fleet.ask(Order, "PUT", "/actuator/up", None).status, 200);

    fleet.signal("TERM");
    eventually(|| over_http(&fleet, Order, "readiness").err().ok_or("it is still ready"));
    assert_all_say(&fleet, grpc, &["readiness"]);
    let reason = by_exec(&fleet, Order, "readiness").unwrap_err();
    assert!(
        reason.starts_with("readiness is OUT_OF_SERVICE: draining after SIGTERM, "),
        "{reason}"
    );
    let details = fleet.ask(Order, "GET", "/actuator/health/readiness?details", None).json();
    let left = details["details"]["secondsLeft"].as_u64();
    assert!(left.is_some_and(|left| (1..=3600).contains(&left)), "{details}");
    fleet.kill();
}

#[test]
fn grpc_watchers_are_told_when_it_changes_and_slips_are_named() {
    let (fleet, grpc) = start_with_grpc(&[("DRAIN_DELAY", "1h")]);
    wait(async {
        let mut probes = client(grpc).await;
        let mut watched = probes.watch(ask_for("readiness")).await.unwrap().into_inner();
        let first = watched.message().await.unwrap().unwrap();
        assert_eq!(first.status(), ServingStatus::Serving);

        let order = fleet.address(Order);
        thread::spawn(move || http::send(order, "POST", "/actuator/prestop", &[], None));
        let second = watched.message().await.unwrap().unwrap();
        assert_eq!(second.status(), ServingStatus::NotServing);

        let slip = probes.check(ask_for("order")).await.unwrap_err();
        assert_eq!(slip.code(), Code::NotFound);
        assert!(slip.message().contains("readiness"), "{slip}");
        let mut unknown = probes.watch(ask_for("order")).await.unwrap().into_inner();
        let told = unknown.message().await.unwrap().unwrap();
        assert_eq!(told.status(), ServingStatus::ServiceUnknown);
    });
}

#[test]
fn a_deadlock_hangs_grpc_probes_until_it_is_over() {
    let (fleet, grpc) = start_with_grpc(&[]);
    let faults = |method| fleet.ask(Order, method, "/actuator/faults/deadlock", None).status;
    assert_eq!(faults("PUT"), 200);
    wait(async {
        let mut probes = client(grpc).await;
        let asked = probes.check(ask_for("liveness"));
        let told = tokio::time::timeout(Duration::from_millis(300), asked).await;
        assert!(told.is_err(), "{told:?}");
    });
    assert_eq!(faults("DELETE"), 204);
    over_grpc(grpc, "liveness").expect("it is well again");
}

#[test]
fn grpc_probes_are_answered_while_others_hold_connections_and_say_nothing() {
    let settings = [("GRPC_HEALTH_CONNECTIONS", "5"), ("HTTP_HEADER_TIMEOUT", "1h")];
    let (fleet, grpc) = start_with_grpc(&settings);
    let silent: Vec<TcpStream> = (0..30).map(|_| TcpStream::connect(grpc).unwrap()).collect();
    over_grpc(grpc, "liveness").expect("it takes the place of a silent one");
    drop((silent, fleet));

    let (_fleet, grpc) = start_with_grpc(&[("HTTP_HEADER_TIMEOUT", "1s")]);
    let mut silent = TcpStream::connect(grpc).unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut told = Vec::new();
    // HTTP/2 speaks first, and then hangs up.
    silent.read_to_end(&mut told).expect("it is closed");
}

#[test]
fn nothing_answers_grpc_unless_it_is_asked_for() {
    let fleet = Fleet::start(BINARY, &[]);
    let mut address = fleet.address(Gateway);
    address.set_port(address.port() + 1);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn readiness_includes_kafka_only_when_told_to() {
    let mut fleet = Fleet::start(BINARY, &[]);
    fleet.kill();
    fleet.set("KAFKA_BROKERS", "127.0.0.1:1");
    fleet.restart();
    fleet.kill();
    fleet.set("READINESS_INCLUDES", "kafka");
    fleet.launch();

    let details = eventually(|| match readiness(&fleet, Order, 503)? {
        told if told["details"]["reason"] == "still starting" => Err(told.to_string()),
        told => Ok(told),
    });

    let reason = details["details"]["reason"].as_str().unwrap();
    assert!(reason.starts_with("messaging: Kafka at 127.0.0.1:1"), "{details}");
    assert_eq!(details["details"]["components"]["messaging"]["status"], "DOWN", "{details}");
    assert_eq!(details["details"]["components"]["database"], Value::Null, "{details}");
    let told = by_exec(&fleet, Order, "readiness").unwrap_err();
    assert!(told.starts_with("readiness is DOWN: messaging: Kafka at 127.0.0.1:1"), "{told}");
    for group in ["", "liveness", "startup"] {
        over_http(&fleet, Order, group).expect("nothing but readiness asks");
    }
    over_http(&fleet, Gateway, "readiness").expect("the gateway has no facts to carry");
}

#[test]
fn readiness_includes_the_database_only_when_told_to() {
    if !Cell::Minimal.is_available("readiness without the database") {
        return;
    }
    let server = Cell::Minimal.server().unwrap();
    let database = Database::create(&server, &unique_name());
    let (wire, url) = Wire::over(&database.url());
    let fleet = Fleet::start(BINARY, &[("DATABASE_URL", &url), ("READINESS_INCLUDES", "database")]);
    over_http(&fleet, Order, "readiness").expect("the database is there");

    wire.cut();
    let details = eventually(|| readiness(&fleet, Order, 503));
    assert!(
        details["details"]["reason"].as_str().is_some_and(|it| it.starts_with("database: ")),
        "{details}"
    );
    over_http(&fleet, Order, "liveness").expect("a restart mends no database");

    wire.mend();
    eventually(|| over_http(&fleet, Order, "readiness"));
    drop(fleet);
}

fn readiness(fleet: &Fleet, service: Service, expected: u16) -> Result<Value, String> {
    let address = fleet.address(service);
    let answer = http::send(address, "GET", "/actuator/health/readiness?details", &[], None);
    match answer {
        Ok(answer) if answer.status == expected => Ok(answer.json()),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn a_silent_client_of_the_grpc_port_is_disconnected() {
    let (_fleet, grpc) = start_with_grpc(&[("HTTP_HEADER_TIMEOUT", "1s")]);
    let mut silent = TcpStream::connect(grpc).unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut received = Vec::new();

    // The server sends its settings first. Only the end of the stream shows that it has closed.
    silent.read_to_end(&mut received).expect("the connection is closed");
}
