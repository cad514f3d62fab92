use serde_json::{Value, json};

use super::{Autoscaler, Endpoints, Pod, Stage};

fn running(container: &Value, ready: &str) -> Value {
    json!({
        "metadata": {},
        "spec": { "containers": [{ "name": "order", "image": "bulsajo/order:stable" }] },
        "status": {
            "phase": "Running",
            "conditions": [{ "type": "Ready", "status": ready }],
            "containerStatuses": [container],
        },
    })
}

#[test]
fn a_pod_is_told_in_a_line() {
    let container = json!({ "ready": true, "restartCount": 1, "state": { "running": {} } });
    let mut it = running(&container, "True");
    assert_eq!(Pod::of(&it).to_string(), "Running, ready, 1 restart, bulsajo/order:stable");
    assert_eq!(Pod::of(&it).stage, Stage::Ready);
    it["status"]["containerStatuses"][0] = json!({
        "ready": false,
        "restartCount": 3,
        "state": { "waiting": { "reason": "CrashLoopBackOff" } },
        "lastState": { "terminated": { "reason": "Error", "exitCode": 7 } },
    });
    let pod = Pod::of(&it);
    assert_eq!(pod.to_string(), "CrashLoopBackOff, 3 restarts, bulsajo/order:stable");
    assert_eq!((pod.stage, pod.ended.as_str()), (Stage::Broken, "exit code 7"));
    it["metadata"]["deletionTimestamp"] = json!("2026-11-21T00:00:00Z");
    let pod = Pod::of(&it);
    assert_eq!(pod.to_string(), "Terminating, 3 restarts, bulsajo/order:stable");
    assert_eq!(pod.stage, Stage::Ending);
}

#[test]
fn how_far_it_has_got_is_more_than_its_phase() {
    let container = json!({ "ready": true, "restartCount": 0, "state": { "running": {} } });
    assert_eq!(Pod::of(&running(&container, "False")).stage, Stage::Started);
    for (state, phase, stage) in [
        (json!({ "waiting": { "reason": "ContainerCreating" } }), "Pending", Stage::Created),
        (json!({ "waiting": { "reason": "ErrImagePull" } }), "Pending", Stage::Broken),
        (json!({ "terminated": { "reason": "OOMKilled" } }), "Running", Stage::Broken),
        (json!({ "terminated": { "reason": "Completed" } }), "Succeeded", Stage::Done),
    ] {
        let mut it = running(&json!({ "ready": false, "state": state }), "False");
        it["status"]["phase"] = json!(phase);
        assert_eq!(Pod::of(&it).stage, stage, "{it}");
    }
}

#[test]
fn its_version_is_what_its_answers_say_or_the_tag_of_its_image() {
    for (image, version) in [
        ("bulsajo/order:stable", "stable"),
        ("bulsajo/order", "latest"),
        ("school:5000/order", "latest"),
        ("school:5000/order:0.1.0@sha256:0123", "0.1.0"),
    ] {
        let mut it = running(&json!({}), "False");
        it["spec"]["containers"][0]["image"] = json!(image);
        assert_eq!(Pod::of(&it).version(), version, "{image}");
        it["spec"]["containers"][0]["env"] = json!([{ "name": "APP_VERSION", "value": "blue" }]);
        assert_eq!(Pod::of(&it).version(), "blue", "{image}");
    }
}

#[test]
fn endpoints_are_counted() {
    let it = |pod: &str, ready: bool| json!({ "targetRef": { "name": pod }, "conditions": { "ready": ready } });
    let slice = json!({
        "metadata": { "labels": { "kubernetes.io/service-name": "order" } },
        "endpoints": [it("one", true), it("two", false), { "addresses": ["10.0.0.7"] }],
    });
    let endpoints = Endpoints::of(&slice);
    assert_eq!((endpoints.service.as_str(), endpoints.ready["10.0.0.7"]), ("order", true));
    assert_eq!(endpoints.to_string(), "2 ready, 1 not ready");
    assert_eq!(Endpoints::of(&json!({})).to_string(), "0 ready");
}

#[test]
fn an_autoscaler_says_what_it_measures_and_wants() {
    let mut it = json!({
        "spec": {
            "scaleTargetRef": { "kind": "Deployment", "name": "order" },
            "minReplicas": 1,
            "maxReplicas": 3,
            "metrics": [{ "type": "Resource", "resource": {
                "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 50 } } }],
        },
        "status": { "currentReplicas": 1, "desiredReplicas": 3 },
    });
    assert_eq!(Autoscaler::of(&it).to_string(), "1 of 1 to 3, 3 wanted, cpu <unknown>/50%");
    it["status"] = json!({ "currentReplicas": 3, "desiredReplicas": 3, "currentMetrics": [
        { "type": "Resource", "resource": { "name": "cpu", "current": { "averageUtilization": 213 } } },
    ] });
    let autoscaler = Autoscaler::of(&it);
    assert_eq!(autoscaler.of, "deployment/order");
    assert_eq!(autoscaler.to_string(), "3 of 1 to 3, cpu 213%/50%");
}
