//! The control plane: health, its groups, the switch, and who answers.

use std::net::Ipv4Addr;

use serde_json::json;
use testkit::{Fleet, eventually, fleet::Service};

use crate::{
    client::{BROWSER, KINDS, SERVICES, allowed, ask, curl, nothing_there, send},
    world::{BULSAJO, shared},
};

const V3: &str = "application/vnd.spring-boot.actuator.v3+json";
const UP: &str = r#"{"status":"UP"}"#;
const MAINTENANCE: &str = r#"{"status":"MAINTENANCE"}"#;
const DOWN: &str = r#"{"status":"DOWN"}"#;

fn health(fleet: &Fleet, service: Service) -> (u16, String) {
    let answer = curl(fleet, service, "GET /actuator/health");
    (answer.status, answer.text().to_owned())
}

#[test]
fn health_is_15_bytes_in_the_type_that_was_asked_for() {
    let fleet = shared();
    for service in SERVICES {
        for (accept, content_type) in [
            (Some("*/*"), V3),
            (None, V3),
            (Some(BROWSER), V3),
            (Some("application/json"), "application/json"),
            (Some("application/json, */*;q=0.5"), "application/json"),
        ] {
            let headers: Vec<_> = accept.map(|accept| ("Accept", accept)).into_iter().collect();
            let answer = ask(&fleet, service, "GET /actuator/health", &headers, None);

            assert_eq!((answer.status, answer.text()), (200, UP), "{service:?} {accept:?}");
            assert_eq!(answer.header("content-type"), Some(content_type), "{accept:?}");
        }
        let head = curl(&fleet, service, "HEAD /actuator/health");
        assert_eq!((head.status, head.header("content-type")), (200, Some(V3)));
    }
}

#[test]
fn probes_have_groups_of_their_own() {
    let fleet = shared();
    for service in SERVICES {
        for group in ["liveness", "readiness", "startup"] {
            let answer = curl(&fleet, service, &format!("GET /actuator/health/{group}"));

            assert_eq!((answer.status, answer.text()), (200, UP), "{service:?} {group}");
            assert_eq!(answer.header("content-type"), Some(V3));
        }
        let line = "GET /actuator/health/binders";
        nothing_there(&curl(&fleet, service, line), line);
    }
}

#[test]
fn down_takes_one_service_out_and_up_brings_it_back() {
    let fleet = Fleet::start(BULSAJO, &[("GATEWAY_CONTROLS", "true")]);
    for service in SERVICES {
        let down = curl(&fleet, service, "PUT /actuator/down");
        assert_eq!((down.status, down.text()), (200, DOWN), "{service:?}");
        assert_eq!(down.header("content-type"), Some("application/json"));

        assert_eq!(health(&fleet, service), (503, DOWN.to_owned()), "{service:?}");
        for group in ["liveness", "readiness"] {
            let answer = curl(&fleet, service, &format!("GET /actuator/health/{group}"));
            assert_eq!((answer.status, answer.text()), (200, UP), "a switch is no group member");
        }
        for other in SERVICES.into_iter().filter(|other| *other != service) {
            assert_eq!(health(&fleet, other), (200, UP.to_owned()), "{other:?}");
        }

        let up = curl(&fleet, service, "PUT /actuator/up");
        assert_eq!((up.status, up.text()), (200, UP));
        assert_eq!(up.header("content-type"), Some("application/json"));
        assert_eq!(health(&fleet, service), (200, UP.to_owned()));
    }
}

#[test]
fn maintenance_takes_a_service_out_and_leaves_it_alive() {
    let fleet = Fleet::start(BULSAJO, &[]);
    let told = curl(&fleet, Service::Order, "PUT /actuator/maintenance?reason=new%20disk");
    assert_eq!((told.status, told.text()), (200, MAINTENANCE));
    assert_eq!(told.header("content-type"), Some("application/json"));

    assert_eq!(health(&fleet, Service::Order), (503, MAINTENANCE.to_owned()));
    let readiness = curl(&fleet, Service::Order, "GET /actuator/health/readiness?details");
    assert_eq!(readiness.status, 503);
    let why = readiness.json()["details"]["reason"].as_str().unwrap().to_owned();
    assert!(why.starts_with("new disk: PUT /actuator/maintenance at "), "{why}");
    for group in ["liveness", "startup"] {
        let answer = curl(&fleet, Service::Order, &format!("GET /actuator/health/{group}"));
        assert_eq!((answer.status, answer.text()), (200, UP), "{group}");
    }
    assert_eq!(curl(&fleet, Service::Order, "GET /orders").status, 200, "it serves all the same");

    assert_eq!(curl(&fleet, Service::Order, "PUT /actuator/down").text(), DOWN);
    assert_eq!(curl(&fleet, Service::Order, "GET /actuator/health/readiness").status, 200);
    assert_eq!(curl(&fleet, Service::Order, "PUT /actuator/up").text(), UP);
    assert_eq!(health(&fleet, Service::Order), (200, UP.to_owned()));
}

#[test]
fn a_service_that_is_down_still_serves() {
    let fleet = Fleet::start(BULSAJO, &[]);
    for kind in &KINDS {
        for _ in 0..2 {
            assert_eq!(curl(&fleet, kind.service, "PUT /actuator/down").text(), DOWN);
        }
        let answer = send(&fleet, kind.service, &format!("POST /{}", kind.collection), "{}");
        assert_eq!(answer.status, 201);
        let json = [("Accept", "application/json")];
        let health = ask(&fleet, kind.service, "GET /actuator/health", &json, None);
        let told = (health.status, health.header("content-type"), health.text());
        assert_eq!(told, (503, Some("application/json"), DOWN));
    }
}

#[test]
fn a_restart_heals() {
    let mut fleet = Fleet::start(BULSAJO, &[]);
    curl(&fleet, Service::Order, "PUT /actuator/down");
    assert_eq!(health(&fleet, Service::Order).0, 503);

    fleet.kill();
    fleet.restart();
    assert_eq!(health(&fleet, Service::Order), (200, UP.to_owned()));
}

#[test]
fn a_service_that_leaves_is_alive_and_not_ready() {
    let fleet = Fleet::start(BULSAJO, &[("DRAIN_DELAY", "1m")]);
    fleet.signal("TERM");
    for service in SERVICES {
        let ask = |group: &str| {
            let answer = curl(&fleet, service, &format!("GET /actuator/health/{group}"));
            (answer.status, answer.text().to_owned())
        };
        let refusal = eventually(|| match ask("readiness") {
            (503, body) => Ok(body),
            (status, body) => Err(format!("{status} {body}")),
        });

        assert_eq!(refusal, r#"{"status":"OUT_OF_SERVICE"}"#);
        assert_eq!(ask("liveness"), (200, UP.to_owned()), "{service:?}");
    }
}

#[test]
fn a_verb_that_is_not_served_is_405_with_allow() {
    let fleet = shared();
    for service in SERVICES {
        for (line, verbs) in [
            ("POST /actuator/health", &["GET", "HEAD"][..]),
            ("DELETE /actuator/health", &["GET", "HEAD"]),
            ("POST /actuator/health/liveness", &["GET", "HEAD"]),
            ("GET /actuator/down", &["PUT"]),
            ("POST /actuator/down", &["PUT"]),
            ("GET /actuator/up", &["PUT"]),
            ("DELETE /actuator/up", &["PUT"]),
            ("POST /actuator/echo", &["GET", "HEAD"]),
        ] {
            let answer = send(&fleet, service, line, "{}");

            assert_eq!(allowed(&answer), verbs, "{service:?} {line}");
            assert_eq!(answer.status, 405);
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            assert_eq!(answer.json()["error"], "Method Not Allowed");
        }
        assert_eq!(health(&fleet, service), (200, UP.to_owned()));
    }
}

#[test]
fn echo_says_which_machine_answers() {
    let fleet = shared();
    let hostname = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    for service in SERVICES {
        let answer = curl(&fleet, service, "GET /actuator/echo");
        let (host, address) = answer.text().split_once('/').expect("host/address");

        assert_eq!((answer.status, host), (200, hostname.trim()));
        assert!(address.parse::<Ipv4Addr>().is_ok(), "{address}");
    }
}

#[test]
fn the_index_lists_what_there_is() {
    let fleet = shared();
    for service in SERVICES {
        let answer = curl(&fleet, service, "GET /actuator");
        let links = &answer.json()["_links"];
        let base = format!("http://{}/actuator", crate::client::host(service));

        assert_eq!((answer.status, answer.header("content-type")), (200, Some(V3)));
        assert_eq!(links["self"], json!({"href": base, "templated": false}));
        for name in ["health", "info", "echo", "down", "up", "prometheus"] {
            let href = links[name]["href"].as_str().unwrap_or_else(|| panic!("{name}: {links}"));
            assert_eq!(href, format!("{base}/{name}"));
        }
        for name in ["health", "info", "echo", "prometheus"] {
            let answer = curl(&fleet, service, &format!("GET /actuator/{name}"));
            assert_eq!(answer.status, 200, "{service:?} {name}");
        }
    }
}

#[test]
fn info_says_which_build_answers() {
    let fleet = shared();
    for service in SERVICES {
        let info = curl(&fleet, service, "GET /actuator/info").json();

        assert_eq!(info["build"]["version"], env!("CARGO_PKG_VERSION"));
        assert!(info["git"]["commit"]["id"].is_string(), "{info}");
    }
}
