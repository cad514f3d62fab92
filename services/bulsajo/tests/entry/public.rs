//! The gateway's port is the public entry and nothing else.

use std::net::SocketAddr;

use testkit::{
    Fleet,
    fleet::Service::{Gateway, Order},
};

use crate::{BINARY, ask};

/// What changes a service.
const CHANGES: [&str; 10] = [
    "PUT /actuator/faults/latency?value=1ms",
    "POST /actuator/faults/error",
    "DELETE /actuator/faults/error",
    "DELETE /actuator/faults",
    "PUT /actuator/knobs/latency?value=0s",
    "DELETE /actuator/knobs",
    "PUT /actuator/shutdown?mode=graceful",
    "PUT /actuator/maintenance",
    "PUT /actuator/down",
    "PUT /actuator/up",
];

/// What probes, scrapes and people look at.
const LOOKS: [&str; 8] = [
    "GET /actuator",
    "GET /actuator/health",
    "GET /actuator/health/liveness",
    "GET /actuator/health/readiness",
    "GET /actuator/health/startup",
    "GET /actuator/info",
    "GET /actuator/prometheus",
    "GET /metrics",
];

fn looks(gateway: SocketAddr) {
    for line in LOOKS {
        assert_eq!(ask(gateway, line, &[]).status, 200, "{line}");
    }
}

#[test]
fn nothing_at_the_public_port_changes_the_gateway() {
    for settings in [&[][..], &[("FAULTS", "off")]] {
        let fleet = Fleet::start(BINARY, settings);
        let gateway = fleet.address(Gateway);
        for line in CHANGES {
            for line in [line.to_owned(), line.replace("/actuator", "//actuator")] {
                let answer = ask(gateway, &line, &[]);
                assert_eq!(answer.status, 404, "{line}: {}", answer.text());
                let hint = answer.json()["hint"].to_string();
                let ways = hint.contains("MANAGEMENT_PORT") && hint.contains("GATEWAY_CONTROLS");
                assert!(ways, "{line}: {hint}");
            }
        }
        looks(gateway);
        let index = ask(gateway, "GET /actuator", &[]).text().to_owned();
        for name in ["faults", "knobs", "shutdown", "down", "maintenance"] {
            assert!(!index.contains(&format!("/actuator/{name}\"")), "{index}");
        }
        // Those of a service are not public.
        assert_eq!(ask(fleet.address(Order), "GET /actuator/faults", &[]).status, 200);
        assert_eq!(ask(fleet.address(Order), "PUT /actuator/up", &[]).status, 200);
    }
}

#[test]
fn a_setting_has_the_gateways_controls_on_its_public_port() {
    let fleet = Fleet::start(BINARY, &[("GATEWAY_CONTROLS", "true")]);
    let gateway = fleet.address(Gateway);
    for line in CHANGES {
        let answer = ask(gateway, line, &[]);
        assert!(answer.status < 300, "{line}: {}", answer.text());
    }
    looks(gateway);
    let closed = Fleet::start(BINARY, &[("GATEWAY_CONTROLS", "on"), ("FAULTS", "off")]);
    let refused = ask(closed.address(Gateway), "PUT /actuator/faults/crash", &[]);
    assert_eq!(refused.status, 403, "{}", refused.text());
}

#[test]
fn a_management_port_has_all_of_the_gateways_controls() {
    let mut fleet = Fleet::start(BINARY, &[]);
    let gateway = fleet.address(Gateway);
    // The gateway's own is the eighth after the first.
    let mut managed = gateway;
    managed.set_port(gateway.port() + 8);
    fleet.kill();
    fleet.set("MANAGEMENT_PORT", &gateway.port().to_string());
    fleet.restart();
    for line in CHANGES {
        assert_eq!(ask(gateway, line, &[]).status, 404, "{line}");
        let answer = ask(managed, line, &[]);
        assert!(answer.status < 300, "{line}: {}", answer.text());
    }
    for address in [gateway, managed] {
        looks(address);
    }
    let hint = ask(gateway, "PUT /actuator/down", &[]).json()["hint"].to_string();
    assert!(hint.contains(&format!("port {}", managed.port())), "{hint}");
}

#[test]
fn the_gateway_leads_to_no_path_that_harms_a_service() {
    let fleet = Fleet::start(BINARY, &[("MEMORY_CAP", "1MiB")]);
    let gateway = fleet.address(Gateway);
    for line in [
        "GET /orders/memleak",
        "HEAD /orders/memleak",
        "GET //orders/memleak",
        "GET /orders//memleak",
        "GET //orders//memleak/",
        "GET /orders/%6Demleak",
    ] {
        let answer = ask(gateway, line, &[]);
        assert_eq!(answer.status, 403, "{line}: {}", answer.text());
    }
    for line in ["GET /callMemleak", "GET /hpa", "GET //hpa"] {
        assert_eq!(ask(gateway, line, &[]).status, 404, "{line}");
    }
    // Nothing has leaked: the first megabyte still can.
    assert_eq!(ask(fleet.address(Order), "GET /orders/memleak", &[]).status, 507);
}
