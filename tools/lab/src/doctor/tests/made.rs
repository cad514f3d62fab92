//! Objects as a cluster shows them, made for a test: at noon, and without what nobody reads.

use std::collections::BTreeMap;

use k8s_openapi::jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::doctor::{Finding, Seen, judge, read::Read as _, seen::Metrics};

fn noon() -> Timestamp {
    "2026-05-04T12:00:00Z".parse().expect("a time")
}

/// So many seconds before noon.
pub(super) fn ago(seconds: i64) -> String {
    (noon() - seconds.seconds()).to_string()
}

/// A namespace with these, seen at noon.
pub(super) fn with(all: impl IntoIterator<Item = Value>) -> Seen {
    let mut objects: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for object in all {
        let kind = object.text("/kind").to_lowercase();
        let plural = match kind.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None if kind.ends_with('s') => format!("{kind}es"),
            None => format!("{kind}s"),
        };
        objects.entry(plural).or_default().push(object);
    }
    let kubectl = "kubectl".to_owned();
    Seen { kubectl, now: noon(), metrics: Metrics::There, objects, ..Seen::default() }
}

/// An object that was made an hour ago, with what is different about it.
pub(super) fn object(kind: &str, name: &str, more: Value) -> Value {
    let mut it = json!({
        "kind": kind,
        "metadata": { "name": name, "uid": format!("{kind}-{name}"), "creationTimestamp": ago(3600) },
    });
    merge(&mut it, more);
    it
}

/// Writes the fields of the other one over those of this one.
pub(super) fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}

/// A Deployment of one pod with the label `app`, its `ReplicaSet`, and its pod, which is well; `spec` is
/// that of the pod.
pub(super) fn deployment(name: &str, spec: &Value) -> Vec<Value> {
    let labels = json!({ "app": name });
    let template = json!({ "metadata": { "labels": labels }, "spec": spec });
    let set = format!("{name}-5b");
    let owner = |kind: &str, name: &str| json!([{ "kind": kind, "name": name }]);
    vec![
        object(
            "Deployment",
            name,
            json!({
                "spec": { "replicas": 1, "selector": { "matchLabels": labels }, "template": template },
                "status": { "replicas": 1, "updatedReplicas": 1 },
            }),
        ),
        object(
            "ReplicaSet",
            &set,
            json!({ "metadata": {
            "ownerReferences": owner("Deployment", name),
            "annotations": { "deployment.kubernetes.io/revision": "1" },
        } }),
        ),
        pod(
            &format!("{set}-x1"),
            json!({
                "metadata": { "labels": labels, "ownerReferences": owner("ReplicaSet", &set) },
                "spec": spec,
            }),
        ),
    ]
}

/// A pod that is well, an hour old, unless it says otherwise.
pub(super) fn pod(name: &str, more: Value) -> Value {
    let mut it = object(
        "Pod",
        name,
        json!({
            "spec": { "containers": [container("main")], "nodeName": "node1" },
            "status": { "phase": "Running", "conditions": [
                { "type": "PodScheduled", "status": "True" },
                { "type": "Ready", "status": "True", "lastTransitionTime": ago(3500) },
            ] },
        }),
    );
    merge(&mut it, more);
    it
}

/// What makes a pod one that is not ready for so many seconds, with the states of its containers.
pub(super) fn not_ready(seconds: i64, containers: &Value) -> Value {
    json!({ "status": {
        "conditions": [
            { "type": "PodScheduled", "status": "True" },
            { "type": "Ready", "status": "False", "lastTransitionTime": ago(seconds),
              "message": "containers with unready status: [main]" },
        ],
        "containerStatuses": containers,
    } })
}

pub(super) fn container(name: &str) -> Value {
    json!({ "name": name, "image": "shop/main:1" })
}

/// One container called main, with what is different about it.
pub(super) fn spec(more: Value) -> Value {
    let mut it = container("main");
    merge(&mut it, more);
    json!({ "containers": [it] })
}

/// Its pod is in this state.
pub(super) fn state(name: &str, ready: bool, restarts: i64, state: &Value, last: &Value) -> Value {
    json!([{ "name": name, "ready": ready, "started": ready, "restartCount": restarts,
             "state": state, "lastState": last }])
}

/// A warning about an object, half a minute ago.
pub(super) fn warning(about: &Value, reason: &str, message: &str) -> Value {
    object(
        "Event",
        reason,
        json!({
            "type": "Warning", "reason": reason, "message": message, "lastTimestamp": ago(30),
            "involvedObject": {
                "kind": about["kind"], "name": about["metadata"]["name"], "uid": about["metadata"]["uid"],
                "fieldPath": "spec.containers{main}",
            },
        }),
    )
}

/// The only finding there is.
pub(super) fn only(seen: &Seen) -> Finding {
    let mut findings = judge(seen);
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.remove(0)
}

/// All of this is said of the only finding there is.
pub(super) fn says(seen: &Seen, about: &str, parts: &[&str]) {
    let it = only(seen);
    assert_eq!(it.about, about, "{it:#?}");
    let text = format!("{}\n{}\n{}\n{}", it.what, it.said.join("\n"), it.cause, it.cure.join("\n"));
    for part in parts {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

pub(super) fn nothing(seen: &Seen) {
    assert_eq!(judge(seen), []);
}
