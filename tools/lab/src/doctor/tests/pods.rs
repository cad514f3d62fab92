//! Pods that failed, stay, wait, or are of an older template.

use serde_json::{Value, json};

use super::made::{
    ago, container, deployment, merge, not_ready, nothing, object, pod, says, spec, state, warning,
    with,
};
use crate::doctor::waiting;

fn evicted(reason: &str, message: &str) -> Vec<Value> {
    let limits = json!({ "resources": { "limits": { "ephemeral-storage": "10Mi" } } });
    let mut all = deployment("scribe", &spec(limits));
    for name in ["scribe-5b-a", "scribe-5b-b"] {
        let mut lost = all[2].clone();
        merge(
            &mut lost,
            json!({
                "metadata": { "name": name, "uid": name },
                "status": { "phase": "Failed", "reason": reason, "message": message,
                    "conditions": [{ "type": "Ready", "status": "False", "lastTransitionTime": ago(40) }] },
            }),
        );
        all.push(lost);
    }
    all
}

#[test]
fn pods_that_were_lost_are_found_with_why() {
    for (reason, message, parts) in [
        (
            "Evicted",
            "Pod ephemeral local storage usage exceeds the total limit of containers 10Mi.",
            ["lost 2 pods (Evicted)", "--limits=ephemeral-storage=40Mi"],
        ),
        (
            "Evicted",
            r#"Usage of EmptyDir volume "spool" exceeds the limit "5Mi"."#,
            ["sizeLimit", "spool"],
        ),
        (
            "Evicted",
            "The node was low on resource: memory. Threshold quantity: 100Mi",
            ["too little memory", "describe node node1"],
        ),
        ("Preempted", "Preempted by a pod on node node1", ["higher priority", "priorityClassName"]),
        ("NodePorts", "Pod was rejected: Node didn't have free ports", ["hostPort", "free ports"]),
        ("OutOfcpu", "Pod was rejected: not enough cpu", ["nodeName", "not enough cpu"]),
        ("Strange", "nobody knows", ["(Strange)", "nobody knows"]),
    ] {
        says(&with(evicted(reason, message)), "deploy/scribe", &parts);
    }
    let alone = json!({ "status": { "phase": "Failed", "reason": "DeadlineExceeded", "message": "too long" } });
    says(
        &with([pod("once", alone)]),
        "pod/once",
        &["has failed (DeadlineExceeded)", "activeDeadlineSeconds"],
    );
}

#[test]
fn what_is_to_be_deleted_and_stays_is_found() {
    let held = json!({ "metadata": { "deletionTimestamp": ago(300), "finalizers": ["shop.example/audit"] } });
    says(
        &with([pod("held", held)]),
        "pod/held",
        &["Terminating", "shop.example/audit", r#""finalizers":null"#],
    );
    let gone = json!({ "metadata": { "deletionTimestamp": ago(300) } });
    says(&with([pod("gone", gone)]), "pod/gone", &["Its node node1", "--force"]);
    nothing(&with([pod("going", json!({ "metadata": { "deletionTimestamp": ago(20) } }))]));

    let claim = object(
        "PersistentVolumeClaim",
        "data",
        json!({
            "metadata": { "deletionTimestamp": ago(300), "finalizers": ["kubernetes.io/pvc-protection"] },
            "status": { "phase": "Bound" },
        }),
    );
    let user = pod(
        "user",
        json!({ "spec": { "volumes": [
        { "name": "d", "persistentVolumeClaim": { "claimName": "data" } },
    ] } }),
    );
    says(&with([claim, user]), "pvc/data", &["Pods still use it: user"]);
    let map = json!({ "metadata": { "deletionTimestamp": ago(300), "finalizers": ["x/y"] } });
    says(&with([object("ConfigMap", "old", map)]), "configmap/old", &["x/y"]);
}

/// A Deployment whose pod prepares itself for so long.
fn prepares(seconds: i64, command: &str) -> Vec<Value> {
    let mut of = spec(json!({}));
    let mut first = container("wait");
    first["command"] = json!(["sh", "-c", command]);
    of["initContainers"] = json!([first]);
    let mut all = deployment("shop", &of);
    let begun = json!({ "running": { "startedAt": ago(seconds) } });
    let waits = json!({ "waiting": { "reason": "PodInitializing" } });
    merge(&mut all[2], not_ready(seconds, &state("main", false, 0, &waits, &json!({}))));
    merge(
        &mut all[2],
        json!({ "status": {
        "phase": "Pending", "initContainerStatuses": state("wait", false, 0, &begun, &json!({})),
    } }),
    );
    all
}

#[test]
fn a_pod_that_waits_for_its_init_container_is_found_with_its_last_lines() {
    let mut seen = with(prepares(300, "until nc -z broker 9092; do sleep 1; done"));
    let wanted: Vec<String> = waiting::unready(&seen).into_iter().map(|it| it.container).collect();
    assert_eq!(wanted, ["wait"], "its log is read");
    let of = ("shop-5b-x1".to_owned(), "wait".to_owned());
    seen.last_words.insert(of, vec!["nc: bad address 'broker'".to_owned()]);
    says(
        &seen,
        "deploy/shop",
        &["its init container wait", "bad address", "no Service broker here"],
    );
    let mut all = prepares(300, "sleep 9999");
    says(&with(all.clone()), "deploy/shop", &["start only when it has ended"]);
    // Its volumes came at the second try.
    all.push(warning(&all[2], "FailedMount", "failed to sync configmap cache"));
    says(&with(all), "deploy/shop", &["start only when it has ended"]);
    nothing(&with(prepares(60, "sleep 9999")));
}

#[test]
fn a_pod_that_does_not_get_ready_is_found_when_nothing_better_is_known() {
    let runs = json!({ "running": { "startedAt": ago(400) } });
    let mut all = deployment("shop", &spec(json!({})));
    merge(&mut all[2], not_ready(400, &state("main", false, 0, &runs, &json!({}))));
    says(
        &with(all.clone()),
        "deploy/shop",
        &["container main runs for 400 s", "unready status: [main]"],
    );
    // It has only just begun.
    let mut young = all.clone();
    young[2]["status"]["containerStatuses"][0]["state"]["running"]["startedAt"] = json!(ago(10));
    nothing(&with(young));
    // Its startup probe allows it.
    let mut slow = all.clone();
    slow[2]["spec"]["containers"][0]["startupProbe"] =
        json!({ "periodSeconds": 10, "failureThreshold": 60 });
    nothing(&with(slow));

    let waits = json!({ "waiting": { "reason": "ContainerCreating" } });
    merge(&mut all[2], not_ready(400, &state("main", false, 0, &waits, &json!({}))));
    let pulling = warning(&all[2], "Pulling", "Pulling image \"shop/main:1\"");
    all.push(pulling);
    says(
        &with(all),
        "deploy/shop",
        &["ContainerCreating for", "Pulling image", "still on its way"],
    );
}

/// A pod of a `StatefulSet` whose newest revision is `new`, and its own is this one.
fn of_a_set(revision: &str, more: Value) -> Vec<Value> {
    let set = object(
        "StatefulSet",
        "store",
        json!({
            "spec": { "template": { "spec": spec(json!({})) }, "updateStrategy": { "type": "RollingUpdate" } },
            "status": { "updateRevision": "new" },
        }),
    );
    let mut its = pod(
        "store-0",
        json!({ "metadata": {
        "labels": { "controller-revision-hash": revision },
        "ownerReferences": [{ "kind": "StatefulSet", "name": "store" }],
    } }),
    );
    merge(&mut its, more);
    vec![set, its]
}

#[test]
fn a_broken_pod_of_an_older_template_has_to_be_deleted() {
    let waits = json!({ "waiting": { "reason": "ImagePullBackOff", "message": "Back-off" } });
    let broken = not_ready(30, &state("main", false, 0, &waits, &json!({})));
    let parts = ["store-0, which has an older template", "ImagePullBackOff", "delete pod store-0"];
    says(&with(of_a_set("old", broken.clone())), "statefulset/store", &parts);
    // It has the newest: the image is to be changed, and then the pod is to be deleted as well.
    let parts = ["the image shop/main:1", "set image statefulset/store", "delete pod store-0"];
    says(&with(of_a_set("new", broken.clone())), "statefulset/store", &parts);
    nothing(&with(of_a_set("old", json!({}))));
    let mut on_delete = of_a_set("old", json!({}));
    on_delete[0]["spec"]["updateStrategy"]["type"] = json!("OnDelete");
    says(&with(on_delete), "statefulset/store", &["OnDelete", "delete pod store-0"]);

    let set = object(
        "ReplicaSet",
        "bare",
        json!({ "spec": { "replicas": 1,
        "template": { "spec": spec(json!({ "image": "shop/main:2" })) } } }),
    );
    let mut its = pod(
        "bare-x",
        json!({ "metadata": {
        "ownerReferences": [{ "kind": "ReplicaSet", "name": "bare" }] } }),
    );
    merge(&mut its, broken);
    says(&with([set, its]), "replicaset/bare", &["older template", "delete pod bare-x"]);
}

#[test]
fn a_node_that_is_not_well_is_found_if_it_has_pods_of_ours() {
    let node = |of: &str, status: &str| {
        object(
            "Node",
            "node1",
            json!({ "status": { "conditions": [
            { "type": of, "status": status, "message": "kubelet stopped posting" },
        ] } }),
        )
    };
    says(
        &with([node("Ready", "Unknown"), pod("a", json!({}))]),
        "node/node1",
        &["1 pods", "stopped posting"],
    );
    says(
        &with([node("DiskPressure", "True"), pod("a", json!({}))]),
        "node/node1",
        &["DiskPressure"],
    );
    nothing(&with([node("Ready", "True"), pod("a", json!({}))]));
    nothing(&with([node("Ready", "False")]));
}
