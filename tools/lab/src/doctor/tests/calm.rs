//! What is no finding.

use k8s_openapi::jiff::ToSpan as _;
use serde_json::{Value, json};

use super::{BROKEN, ILLS, WELL, object, seen, tells};
use crate::doctor::{Seen, judge, not_ready_yet, read::Read as _};

#[test]
fn a_healthy_fleet_has_nothing() {
    let well = seen(WELL);
    assert_eq!(judge(&well), []);
    assert_eq!(not_ready_yet(&well, &[]), [""; 0]);
    assert!(well.pods().count() >= 6, "the fleet was recorded");
}

/// Its container was started so long ago, and its port is not open yet.
fn starts(seen: &mut Seen, seconds: i64) {
    let since = (seen.now - seconds.seconds()).to_string();
    let last = (seen.now - 1.second()).to_string();
    let pod = object(seen, "pods", "order-");
    pod["status"]["containerStatuses"][0] = json!({
        "name": "order", "ready": false, "started": true, "restartCount": 0,
        "state": { "running": { "startedAt": since } },
    });
    let uid = pod["metadata"]["uid"].clone();
    let about = json!({ "uid": uid, "fieldPath": "spec.containers{order}" });
    let event = json!({
        "reason": "Unhealthy", "lastTimestamp": last, "involvedObject": about,
        "message": "Readiness probe failed: dial tcp 10.1.1.1:8080: connect: connection refused",
    });
    seen.objects.get_mut("events").expect("events").push(event);
}

#[test]
fn what_is_only_starting_is_no_finding() {
    let mut young = seen(WELL);
    starts(&mut young, 40);
    assert_eq!(judge(&young), []);
    let told = not_ready_yet(&young, &[]);
    assert!(told[0].contains("order-") && told[0].contains("is not ready yet"), "{told:?}");
    let mut old = seen(WELL);
    starts(&mut old, 200);
    tells(&judge(&old), "deploy/order", "does not get ready", "It runs for 200 s", "logs order-");
}

#[test]
fn one_restart_that_healed_it_is_no_finding() {
    let mut well = seen(WELL);
    let now = well.now;
    let ended = |reason: &str, code: i64| {
        json!({ "terminated": { "reason": reason, "exitCode": code,
            "startedAt": (now - 300.seconds()).to_string(), "finishedAt": (now - 200.seconds()).to_string() } })
    };
    let container = |seen: &mut Seen, last: Value| {
        let pod = object(seen, "pods", "order-");
        pod["status"]["containerStatuses"][0]["restartCount"] = json!(1);
        pod["status"]["containerStatuses"][0]["lastState"] = last;
    };
    container(&mut well, ended("Error", 1));
    assert_eq!(judge(&well), []);
    container(&mut well, ended("OOMKilled", 137));
    tells(&judge(&well), "deploy/order", "killed for its memory", "128Mi", "--limits=memory=512Mi");
}

#[test]
fn services_of_what_is_scaled_to_nothing_or_young_are_left_alone() {
    let mut well = seen(WELL);
    let pods = well.objects.get_mut("pods").expect("pods");
    pods.retain(|it| !it.name().starts_with("order-"));
    assert_eq!(judge(&well), [], "its Deployment would make such pods");

    let mut ills = seen(ILLS);
    let now = ills.now;
    let service = object(&mut ills, "services", "well");
    service["metadata"]["creationTimestamp"] = json!((now - 30.seconds()).to_string());
    let uid = service["metadata"]["uid"].clone();
    let waits = |ills: &Seen| judge(ills).iter().any(|it| it.what.contains("<pending>"));
    assert!(waits(&ills));
    let event = json!({ "reason": "EnsuringLoadBalancer", "involvedObject": { "uid": uid }, "message": "" });
    ills.objects.get_mut("events").expect("events").push(event);
    assert!(!waits(&ills), "a cloud is at work");
}

#[test]
fn what_was_wrong_with_the_version_before_is_not_told_again() {
    let mut broken = seen(BROKEN);
    let mut newer = object(&mut broken, "replicasets", "shop-1").clone();
    newer["metadata"]["name"] = json!("shop-1-newer");
    newer["metadata"]["annotations"] = json!({ "deployment.kubernetes.io/revision": "2" });
    broken.objects.get_mut("replicasets").expect("sets").push(newer);
    assert!(judge(&broken).iter().all(|it| it.about != "deploy/shop-1"));
}
