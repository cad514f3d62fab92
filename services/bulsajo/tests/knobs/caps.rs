//! Caps hold for the whole process, over all its services, and over faults and knobs together.

use serde_json::Value;
use testkit::{
    Fleet, Response,
    fleet::Service::{Delivery, Order, Payment},
};

use crate::steps::{ask, fleet};

fn put(fleet: &Fleet, service: testkit::fleet::Service, path: &str) -> Response {
    fleet.ask(service, "PUT", &format!("/actuator/{path}"), None)
}

fn refused(answer: &Response, words: &[&str]) {
    assert_eq!(answer.status, 400, "{}", answer.text());
    for word in words {
        assert!(answer.text().contains(word), "{word}: {}", answer.text());
    }
}

fn caps(fleet: &Fleet) -> Value {
    ask(fleet, "GET", "/actuator/faults").json()["caps"].clone()
}

#[test]
fn services_of_a_process_share_its_memory() {
    let fleet = fleet(&[("MEMORY_CAP", "100MiB")]);
    assert_eq!(put(&fleet, Order, "faults/memory?value=60MiB").status, 200);

    refused(&put(&fleet, Payment, "faults/memory?value=60MiB"), &["MEMORY_CAP=100MiB", "60MiB"]);
    refused(&put(&fleet, Delivery, "knobs/memory-base?value=41MiB"), &["MEMORY_CAP", "is taken"]);

    assert_eq!(caps(&fleet)["MEMORY_CAP"]["taken"], 60 << 20);
    assert_eq!(caps(&fleet)["MEMORY_CAP"]["refused"], 2);
    assert_eq!(put(&fleet, Order, "faults/memory?value=90MiB").status, 200, "instead of its 60");
    assert_eq!(ask(&fleet, "DELETE", "/actuator/faults/memory").status, 204);
    assert_eq!(put(&fleet, Payment, "knobs/memory-base?value=100MiB").status, 200);
    assert_eq!(caps(&fleet)["MEMORY_CAP"]["taken"], 100 << 20);
}

#[test]
fn services_of_a_process_share_its_cores_and_its_disk() {
    let fleet = fleet(&[("CPU_CAP", "0.2"), ("DISK_CAP", "3MiB")]);
    assert_eq!(put(&fleet, Order, "faults/cpu?value=0.15").status, 200);
    refused(&put(&fleet, Payment, "faults/cpu?value=0.1"), &["CPU_CAP=0.2 cores", "0.15 cores"]);
    assert_eq!(put(&fleet, Order, "faults/disk?value=2MiB").status, 200);
    refused(&put(&fleet, Payment, "faults/disk?value=2MiB"), &["DISK_CAP=3MiB"]);
    assert_eq!(put(&fleet, Payment, "faults/disk?value=1MiB").status, 200);
}

#[test]
fn a_start_that_would_take_more_than_a_cap_ends_with_code_2() {
    for (service, settings, words) in [
        ("order", [("MEMORY_BASE", "1GiB"), ("PORT", "0")], ["MEMORY_BASE: 1GiB", "MEMORY_CAP"]),
        ("order", [("MEMORY_PER_REQUEST", "1GiB"), ("PORT", "0")], ["MEMORY_PER", "MEMORY_CAP"]),
        ("order", [("PROFILE", "jvm"), ("MEMORY_CAP", "64MiB")], ["275MiB", "MEMORY_CAP=64MiB"]),
        ("order", [("FAULTS_AT_START", "cpu value=3"), ("PORT", "0")], ["cpu", "CPU_CAP"]),
        ("order", [("FAULTS_AT_START", "disk value=2GiB"), ("PORT", "0")], ["disk", "DISK_CAP"]),
        // Each of five services wants it.
        (
            "fleet",
            [("FAULTS_AT_START", "leak; memory value=200MiB"), ("CPU_CAP", "1")],
            ["FAULTS_AT_START: memory", "400MiB is taken"],
        ),
    ] {
        let folder = tempfile::TempDir::new().unwrap();
        let ran = std::process::Command::new(crate::BINARY)
            .arg(service)
            .current_dir(folder.path())
            .env_clear()
            .env("LOG_LEVEL", "error")
            .envs(settings)
            .output()
            .unwrap();
        let told = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{settings:?}: {told}");
        for word in words {
            assert!(told.contains(word), "{word}: {told}");
        }
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}
