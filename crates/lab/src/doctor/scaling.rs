//! Autoscalers that have nothing to reckon with.

use serde_json::Value;

use super::{
    finding::{Finding, Rank},
    read::{Read as _, brief},
    seen::{Metrics, Seen},
};

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let hpas = seen.all("horizontalpodautoscalers").iter();
    hpas.filter_map(|it| autoscaler(seen, it)).collect()
}

fn autoscaler(seen: &Seen, hpa: &Value) -> Option<Finding> {
    let kubectl = &seen.kubectl;
    let about = format!("hpa/{}", hpa.name());
    let unknown =
        |what: String| Finding::new(Rank::Halts, &about, format!("shows <unknown>: {what}"));
    let (kind, name) =
        (hpa.text("/spec/scaleTargetRef/kind"), hpa.text("/spec/scaleTargetRef/name"));
    let condition = |of: &str, reason: &str| {
        let mut all = hpa.list("/status/conditions").iter();
        all.find(|it| {
            it.text("/type") == of && it.text("/reason") == reason && it.text("/status") == "False"
        })
    };
    if let Some(it) = condition("AbleToScale", "FailedGetScale") {
        return Some(
            unknown(format!("there is no {kind} {name}"))
                .because("It scales what scaleTargetRef names.")
                .cure(format!("{kubectl} patch {about} -p '{{\"spec\":{{\"scaleTargetRef\":{{\"name\":\"NAME\"}}}}}}'"))
                .said(brief(it.text("/message"))),
        );
    }
    let metrics: Vec<&Value> =
        hpa.list("/spec/metrics").iter().filter(|it| measured(it).is_some()).collect();
    if metrics.is_empty() {
        return None;
    }
    match seen.metrics {
        Metrics::Missing => {
            return Some(
                unknown("the cluster does not measure its pods".to_owned())
                    .because("There is no metrics-server: `kubectl top pods` fails as well.")
                    .cure("install metrics-server (k8s/cluster up does; minikube addons enable metrics-server)"),
            );
        }
        Metrics::Silent => {
            return Some(
                unknown("the metrics-server does not answer".to_owned())
                    .because("It is there, but not ready; on kind it needs --kubelet-insecure-tls.")
                    .cure("kubectl --namespace kube-system logs deploy/metrics-server"),
            );
        }
        Metrics::There | Metrics::Unknown => {}
    }
    let templates = seen.templates().find(|(_, it)| it.name() == name && is_kind(it, kind, seen));
    let (maker, template) = templates?;
    for metric in metrics {
        let (resource, only) = measured(metric)?;
        let containers = pod_spec(seen, &maker, template);
        let lacking = containers.iter().find(|it| {
            only.is_none_or(|only| it.name() == only)
                && it.text(&format!("/resources/requests/{resource}")).is_empty()
                && it.text(&format!("/resources/limits/{resource}")).is_empty()
        });
        if let Some(it) = lacking {
            let amount = if resource == "cpu" { "200m" } else { "256Mi" };
            let set = format!("--requests={resource}={amount}");
            return Some(
                unknown(format!("the container {} has no {resource} request", it.name()))
                    .because(format!(
                        "It reckons in per cent of what is requested, and {maker} requests nothing."
                    ))
                    .cure(seen.set_resources(&maker, it.name(), &set)),
            );
        }
    }
    None
}

/// The resource that it reckons in per cent of, and of which container alone.
fn measured(metric: &Value) -> Option<(&str, Option<&str>)> {
    for of in ["resource", "containerResource"] {
        let Some(it) = metric.get(of) else { continue };
        if it.text("/target/type") == "Utilization" {
            let container = Some(it.text("/container")).filter(|it| !it.is_empty());
            return Some((it.text("/name"), container));
        }
    }
    None
}

fn is_kind(it: &Value, kind: &str, seen: &Seen) -> bool {
    let all = match kind {
        "Deployment" => seen.all("deployments"),
        "StatefulSet" => seen.all("statefulsets"),
        _ => return false,
    };
    all.iter().any(|other| std::ptr::eq(it, other))
}

/// The containers of a pod, which may have got a request by a `LimitRange`; without one as written.
fn pod_spec<'a>(seen: &'a Seen, maker: &str, template: &'a Value) -> &'a [Value] {
    let pod = seen.pods().find(|it| seen.maker(it) == maker);
    pod.map_or_else(
        || template.list("/spec/template/spec/containers"),
        |it| it.list("/spec/containers"),
    )
}
