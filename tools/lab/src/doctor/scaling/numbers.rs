//! The numbers that an autoscaler reckons with: who measures, and in per cent of what.

use serde_json::Value;

use super::Autoscaler;
use crate::doctor::{
    finding::Finding,
    read::Read as _,
    seen::{Metrics, Seen},
};

/// Nothing is measured, or there is nothing to compare it with.
pub(super) fn unmeasured(it: &Autoscaler) -> Option<Finding> {
    let metrics = it.object.list("/spec/metrics").iter();
    let metrics: Vec<Measured> = metrics.filter_map(Measured::read).collect();
    if metrics.is_empty() {
        return None;
    }
    match it.seen.metrics {
        Metrics::Missing => {
            return Some(
                it.unknown("the cluster does not measure its pods")
                    .because("There is no metrics-server: `kubectl top pods` fails as well.")
                    .cure("install metrics-server (k8s/cluster up does; minikube addons enable metrics-server)"),
            );
        }
        Metrics::Silent => {
            return Some(
                it.unknown("the metrics-server does not answer")
                    .because("It is there, but not ready; on kind it needs --kubelet-insecure-tls.")
                    .cure("kubectl --namespace kube-system logs deploy/metrics-server"),
            );
        }
        Metrics::There | Metrics::Unknown => {}
    }
    let (maker, template) = it.scaled()?;
    let containers = containers(it.seen, &maker, template);
    metrics
        .iter()
        .filter(|it| it.in_per_cent)
        .find_map(|metric| unrequested(it, metric, &maker, containers))
}

/// A resource that it reckons with.
struct Measured<'a> {
    resource: &'a str,
    /// Of this container alone.
    container: Option<&'a str>,
    in_per_cent: bool,
}

impl<'a> Measured<'a> {
    fn read(metric: &'a Value) -> Option<Self> {
        let it = ["resource", "containerResource"].into_iter().find_map(|it| metric.get(it))?;
        Some(Self {
            resource: it.text("/name"),
            container: Some(it.text("/container")).filter(|it| !it.is_empty()),
            in_per_cent: it.text("/target/type") == "Utilization",
        })
    }
}

fn unrequested(
    it: &Autoscaler,
    metric: &Measured,
    maker: &str,
    containers: &[Value],
) -> Option<Finding> {
    let resource = metric.resource;
    if let Some(name) = metric.container
        && containers.iter().all(|it| it.name() != name)
    {
        let names: Vec<&str> = containers.iter().map(crate::doctor::read::Read::name).collect();
        return Some(
            it.unknown(format!("{maker} has no container {name}"))
                .because(format!(
                    "containerResource names one; its containers are: {}.",
                    names.join(", ")
                ))
                .cure(format!("correct `container`: {} edit {}", it.seen.kubectl, it.about)),
        );
    }
    let lacking = containers.iter().find(|it| {
        metric.container.is_none_or(|only| it.name() == only) && !has_request(it, resource)
    })?;
    let amount = if resource == "cpu" { "200m" } else { "256Mi" };
    let set = format!("--requests={resource}={amount}");
    Some(
        it.unknown(format!("the container {} has no {resource} request", lacking.name()))
            .because(format!(
                "It reckons in per cent of what is requested, and {maker} requests nothing."
            ))
            .cure(it.seen.set_resources(maker, lacking.name(), &set)),
    )
}

/// A limit is a request as well.
fn has_request(container: &Value, resource: &str) -> bool {
    ["requests", "limits"]
        .iter()
        .any(|it| !container.text(&format!("/resources/{it}/{resource}")).is_empty())
}

/// Whether a missing request, of which the cluster said so, is there by now:
/// `missing request for cpu in container order of Pod order-1`.
pub(super) fn is_settled(seen: &Seen, said: &str) -> bool {
    let Some((_, rest)) = said.split_once("missing request for ") else { return false };
    let words: Vec<&str> = rest.split_whitespace().collect();
    let [resource, "in", "container", container, "of", "Pod", pod, ..] = words.as_slice() else {
        return false;
    };
    let pod = seen.all("pods").iter().find(|it| it.name() == *pod);
    pod.is_none_or(|pod| {
        let mut containers = pod.list("/spec/containers").iter();
        containers.find(|it| it.name() == *container).is_none_or(|it| has_request(it, resource))
    })
}

/// The containers of a pod, which may have got a request by a `LimitRange`; without one as written.
fn containers<'a>(seen: &'a Seen, maker: &str, template: &'a Value) -> &'a [Value] {
    let pod = seen.pods().find(|it| seen.maker(it) == maker);
    pod.map_or_else(
        || template.list("/spec/template/spec/containers"),
        |it| it.list("/spec/containers"),
    )
}
