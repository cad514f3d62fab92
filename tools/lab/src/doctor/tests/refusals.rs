//! What the cluster refuses: pods, places, claims, disruptions.

use serde_json::{Value, json};

use super::made::{ago, deployment, merge, nothing, object, pod, says, spec, warning, with};

/// A Deployment whose pods are refused.
fn refused(said: &str) -> Vec<Value> {
    let mut all = deployment("shop", &spec(json!({})));
    all.pop();
    let failure = json!({ "type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
        "message": format!("pods \"shop-x\" is forbidden: {said}") });
    merge(&mut all[0], json!({ "status": { "conditions": [failure] } }));
    all
}

#[test]
fn why_pods_are_refused_is_told_apart() {
    for (said, parts) in [
        (
            "failed quota: class: must specify limits.cpu for: main; limits.memory for: main; requests.cpu for: main",
            [
                "still has room",
                "deploy/shop -c main --limits=cpu=500m,memory=256Mi --requests=cpu=100m",
            ],
        ),
        (
            "exceeded quota: class, requested: pods=1, used: pods=4, limited: pods=4",
            ["is used up", "limited: pods=4"],
        ),
        ("minimum memory usage per Container is 64Mi, but request is 16Mi", ["LimitRange", "64Mi"]),
        ("no PriorityClass with name urgent was found", ["priorityClassName", "urgent"]),
        (
            "error looking up service account class/robot: serviceaccount \"robot\" not found",
            ["create serviceaccount", "robot"],
        ),
        (
            "Internal error occurred: failed calling webhook \"w.example\"",
            ["does not answer", "w.example"],
        ),
        (
            "admission webhook \"w.example\" denied the request: label team is missing",
            ["says no", "team is missing"],
        ),
        ("something quite new", ["says why, above", "quite new"]),
    ] {
        says(&with(refused(said)), "deploy/shop", &parts);
    }
    // One that makes its pods itself.
    let set = object(
        "ReplicaSet",
        "bare",
        json!({ "spec": { "replicas": 2 }, "status": { "replicas": 1 } }),
    );
    let event = warning(&set, "FailedCreate", "exceeded quota: class");
    says(&with([set, event]), "replicaset/bare", &["gets no pods", "used up"]);
}

/// A Deployment whose pod no node takes.
fn unplaced(said: &str, more: Value) -> Vec<Value> {
    let mut all = deployment("shop", &spec(json!({})));
    let scheduled = json!({ "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": format!("0/2 nodes are available: {said}. preemption: 0/2 nodes are available") });
    all[2]["spec"]["nodeName"] = Value::Null;
    all[2]["status"] = json!({ "phase": "Pending", "conditions": [scheduled] });
    merge(&mut all[2], more);
    all
}

#[test]
fn why_no_node_takes_a_pod_is_told_apart() {
    for (said, parts) in [
        (
            "2 node(s) didn't match pod anti-affinity rules",
            ["podAntiAffinity", "scale deploy/shop"],
        ),
        ("2 node(s) didn't match pod affinity rules", ["podAffinity", "start those first"]),
        ("2 node(s) didn't match pod topology spread constraints", ["maxSkew", "ScheduleAnyway"]),
        ("2 node(s) had volume node affinity conflict", ["one node only", "describe pv"]),
        ("2 node(s) were unschedulable", ["cordon", "uncordon"]),
        ("2 node(s) had untolerated taint {gpu: true}", ["taint", "tolerations"]),
        ("2 Insufficient nvidia.com/gpu", ["nvidia.com/gpu", "Allocatable"]),
        ("2 something new", ["says why, above", "something new"]),
    ] {
        says(&with(unplaced(said, json!({}))), "deploy/shop", &parts);
    }
}

#[test]
fn a_host_port_that_is_taken_is_named_with_who_has_it() {
    let port = json!([{ "containerPort": 80, "hostPort": 8443 }]);
    let of = json!({ "spec": { "containers": [{ "name": "main", "ports": port }] } });
    let mut all =
        unplaced("2 node(s) didn't have free ports for the requested pod ports", of.clone());
    all.push(pod("holder", of));
    says(
        &with(all),
        "deploy/shop",
        &["hostPort is taken", "8443 is that of the pods of pod/holder", "take hostPort out"],
    );
}

#[test]
fn a_pod_that_no_scheduler_looks_at_or_that_is_held_back_is_found() {
    let nobody = json!({ "spec": { "nodeName": null, "schedulerName": "fair" },
        "status": { "phase": "Pending", "conditions": [] } });
    says(&with([pod("a", nobody)]), "pod/a", &["no scheduler", "fair"]);
    let gated = json!({ "spec": { "nodeName": null, "schedulingGates": [{ "name": "shop/ready" }] },
        "status": { "phase": "Pending", "conditions": [
            { "type": "PodScheduled", "status": "False", "reason": "SchedulingGated" }] } });
    says(&with([pod("a", gated)]), "pod/a", &["held back", "shop/ready"]);
}

#[test]
fn a_claim_that_nothing_meets_is_found_without_a_pod_as_well() {
    let claim = |more: Value| {
        let spec = json!({ "storageClassName": "golden" });
        let mut it = object(
            "PersistentVolumeClaim",
            "data",
            json!({ "spec": spec, "status": { "phase": "Pending" } }),
        );
        merge(&mut it, more);
        it
    };
    let class = object("StorageClass", "standard", json!({}));
    let parts = ["gets no volume", "no storage class golden; there are: standard"];
    says(&with([claim(json!({})), class]), "pvc/data", &parts);
    let mut waits =
        warning(&claim(json!({})), "WaitForFirstConsumer", "waiting for first consumer");
    waits["type"] = json!("Normal");
    nothing(&with([claim(json!({})), waits]));
    nothing(&with([claim(json!({ "metadata": { "creationTimestamp": ago(10) } }))]));
    says(&with([claim(json!({ "status": { "phase": "Lost" } }))]), "pvc/data", &["(Lost)"]);
}

#[test]
fn a_budget_that_lets_nothing_go_or_protects_nothing_is_found() {
    let budget = |app: &str, status: Value| {
        let selector = json!({ "matchLabels": { "app": app } });
        let it = object(
            "PodDisruptionBudget",
            "guard",
            json!({
            "spec": { "minAvailable": 2, "selector": selector }, "status": status }),
        );
        let mut all = deployment("shop", &spec(json!({})));
        all.push(it);
        with(all)
    };
    let stiff = json!({ "expectedPods": 2, "desiredHealthy": 2, "disruptionsAllowed": 0 });
    says(
        &budget("shop", stiff),
        "pdb/guard",
        &["lets no pod go", "minAvailable 2", r#""maxUnavailable":1"#],
    );
    nothing(&budget(
        "shop",
        json!({ "expectedPods": 3, "desiredHealthy": 2, "disruptionsAllowed": 0 }),
    ));
    says(
        &budget("shup", json!({ "expectedPods": 0 })),
        "pdb/guard",
        &["protects nothing", "app=shup"],
    );
    let failed = json!({ "conditions": [{ "type": "DisruptionAllowed", "status": "False",
        "reason": "SyncFailed", "message": "found no controllers for pod" }] });
    says(&budget("shop", failed), "pdb/guard", &["SyncFailed", "found no controllers"]);
}

#[test]
fn what_does_not_get_on_or_is_to_be_nowhere_is_found() {
    let mut all = deployment("shop", &spec(json!({})));
    let stuck = json!({ "type": "Progressing", "status": "False", "reason": "ReplicaSetCreateError",
        "message": "Failed to create new replica set: exceeded quota: class" });
    merge(&mut all[0], json!({ "status": { "conditions": [stuck] } }));
    says(&with(all), "deploy/shop", &["does not get on (ReplicaSetCreateError)", "exceeded quota"]);
    let set = |wanted: i64| {
        let template = json!({ "spec": { "nodeSelector": { "disk": "fast" } } });
        with([object(
            "DaemonSet",
            "agent",
            json!({ "spec": { "template": template },
                "status": { "observedGeneration": 1, "desiredNumberScheduled": wanted,
                    "currentNumberScheduled": wanted } }),
        )])
    };
    says(&set(0), "daemonset/agent", &["no node is to have one", "disk=fast"]);
    nothing(&set(2));
}
