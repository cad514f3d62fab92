//! Autoscalers that scale nothing, for whatever reason.

use serde_json::{Value, json};

use super::made::{ago, deployment, merge, nothing, object, pod, says, spec, with};
use crate::doctor::seen::Metrics;

fn hpa(name: &str, target: &str, condition: &Value) -> Value {
    object(
        "HorizontalPodAutoscaler",
        name,
        json!({
            "spec": {
                "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": target },
                "minReplicas": 1,
                "metrics": [{ "resource": { "name": "cpu",
                    "target": { "type": "Utilization", "averageUtilization": 60 } } }],
            },
            "status": { "conditions": [condition] },
        }),
    )
}

fn is(of: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({ "type": of, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": ago(400) })
}

fn active() -> Value {
    is("ScalingActive", "True", "ValidMetricFound", "")
}

/// One that can be scaled.
fn shop() -> Vec<Value> {
    deployment("shop", &spec(json!({ "resources": { "requests": { "cpu": "50m" } } })))
}

fn beside(mut all: Vec<Value>, more: impl IntoIterator<Item = Value>) -> crate::doctor::Seen {
    all.extend(more);
    with(all)
}

#[test]
fn every_reason_not_to_scale_is_told_in_the_clusters_words() {
    nothing(&beside(shop(), [hpa("shop", "shop", &active())]));
    for (of, reason, message, cause) in [
        ("ScalingActive", "FailedGetResourceMetric", "something quite new", "says why, above"),
        ("ScalingActive", "InvalidMetricSourceType", "no such type", "says why, above"),
        (
            "ScalingActive",
            "FailedGetExternalMetric",
            "unable to get external metric shop/queue",
            "adapter",
        ),
        (
            "ScalingActive",
            "FailedGetResourceMetric",
            "did not receive metrics for targeted pods (pods might be unready)",
            "not ready",
        ),
        ("AbleToScale", "FailedUpdateScale", "the server refused", "says why, above"),
        (
            "AbleToScale",
            "FailedGetScale",
            r#"no matches for kind "Deployment" in group "extensions""#,
            "wrong apiVersion",
        ),
    ] {
        let it = hpa("shop", "shop", &is(of, "False", reason, message));
        says(&beside(shop(), [it]), "hpa/shop", &[message, cause]);
    }
    let mut young = is(
        "ScalingActive",
        "False",
        "FailedGetResourceMetric",
        "no metrics returned from resource metrics API",
    );
    young["lastTransitionTime"] = json!(ago(60));
    nothing(&beside(shop(), [hpa("shop", "shop", &young)]));
}

#[test]
fn autoscalers_that_share_a_target_or_its_pods_are_told_once() {
    let ambiguous = is(
        "ScalingActive",
        "False",
        "AmbiguousSelector",
        "pods by selector app=shop are controlled by multiple HPAs",
    );
    let two =
        beside(shop(), [hpa("shop", "shop", &ambiguous), hpa("shop-memory", "shop", &ambiguous)]);
    says(
        &two,
        "hpa/shop",
        &["hpa/shop and hpa/shop-memory", "delete hpa/shop-memory", "multiple HPAs"],
    );
    let one = beside(shop(), [hpa("shop", "shop", &ambiguous)]);
    says(&one, "hpa/shop", &["count the same pods", "share no pod"]);
}

#[test]
fn an_autoscaler_of_nothing_or_of_strangers_is_told_so() {
    let mut asleep = shop();
    merge(&mut asleep[0], json!({ "spec": { "replicas": 0 } }));
    asleep.truncate(2);
    let off = is(
        "ScalingActive",
        "False",
        "ScalingDisabled",
        "scaling is disabled since the replica count of the target is zero",
    );
    says(
        &beside(asleep, [hpa("shop", "shop", &off)]),
        "hpa/shop",
        &["switched off", "scale deploy/shop --replicas=1"],
    );

    let stranger = pod("debug", json!({ "metadata": { "labels": { "app": "shop" } } }));
    let counts = beside(shop(), [hpa("shop", "shop", &active()), stranger]);
    says(&counts, "hpa/shop", &["not of deploy/shop: pod/debug", "label pod debug app=debug"]);

    let of = json!([{ "containerResource": { "name": "cpu", "container": "proxy",
        "target": { "type": "Utilization", "averageUtilization": 60 } } }]);
    let mut it = hpa("shop", "shop", &active());
    it["spec"]["metrics"] = of;
    says(&beside(shop(), [it]), "hpa/shop", &["has no container proxy", "main"]);
}

#[test]
fn a_cluster_without_metrics_is_told_of_an_average_as_well() {
    let mut it = hpa("shop", "shop", &active());
    it["spec"]["metrics"] = json!([{ "resource": { "name": "memory",
        "target": { "type": "AverageValue", "averageValue": "80Mi" } } }]);
    let mut seen = beside(shop(), [it]);
    seen.metrics = Metrics::Missing;
    says(&seen, "hpa/shop", &["no metrics-server"]);
}
