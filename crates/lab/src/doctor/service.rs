//! Services that lead nowhere.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    finding::{Finding, Rank},
    read::{Read as _, distance, joined},
    seen::{Seen, ports, sidecars},
};

/// A cloud that is at work gives an address in that time, seconds.
const PATIENCE: i64 = 180;

type Labels<'a> = BTreeMap<&'a str, &'a str>;

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    for service in seen.all("services") {
        findings.extend(waits_for_an_address(seen, service));
        let selector = service.labels("/spec/selector");
        if selector.is_empty() || service.text("/spec/type") == "ExternalName" {
            continue;
        }
        let pods: Vec<&Value> =
            seen.pods().filter(|it| fits(&selector, &it.labels("/metadata/labels"))).collect();
        if pods.is_empty() {
            findings.extend(finds_nothing(seen, service, &selector));
        } else {
            findings.extend(asks_the_wrong_port(seen, service, &pods));
        }
    }
    findings
}

fn fits(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Its selector is that of no pod, nor of one that may come.
fn finds_nothing(seen: &Seen, service: &Value, selector: &Labels) -> Option<Finding> {
    let made =
        seen.templates().map(|(name, it)| (name, it.labels("/spec/template/metadata/labels")));
    let alone = seen.pods().filter(|it| it.list("/metadata/ownerReferences").is_empty());
    let alone = alone.map(|it| (seen.maker(it), it.labels("/metadata/labels")));
    let known: Vec<(String, Labels)> = made.chain(alone).collect();
    if known.iter().any(|(_, labels)| fits(selector, labels)) {
        return None;
    }
    let name = service.name();
    let about = format!("service/{name}");
    let what = format!("finds no pod: none has the labels {}", joined(selector));
    let finding = Finding::new(Rank::Fails, &about, what);
    // The one that is called as the service is, or else whose labels are nearest.
    let strange = |labels: &Labels| -> usize {
        let each = selector
            .iter()
            .map(|(key, value)| labels.get(key).map_or(value.len(), |it| distance(it, value)));
        each.sum()
    };
    let nearest = known
        .iter()
        .min_by_key(|(maker, labels)| (strange(labels), maker.rsplit('/').next() != Some(name)));
    let Some((maker, labels)) = nearest else {
        return Some(
            finding.because("There is no pod in this namespace.").cure("apply what makes the pods"),
        );
    };
    let meant: Labels = selector.keys().filter_map(|it| Some((*it, *labels.get(it)?))).collect();
    let meant = if meant.len() == selector.len() { meant } else { labels.clone() };
    let cause = format!("The pods of {maker}, which are nearest, have {}.", joined(labels));
    let cure = format!("{} set selector {about} {}", seen.kubectl, joined(&meant));
    Some(finding.because(cause).cure(cure))
}

fn asks_the_wrong_port(seen: &Seen, service: &Value, pods: &[&Value]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, port) in service.list("/spec/ports").iter().enumerate() {
        let target = port.get("targetPort").or_else(|| port.get("port")).unwrap_or(&Value::Null);
        let pod = pods.iter().find(|pod| !listens(pod, target));
        let Some(pod) = pod else { continue };
        let target = target.as_str().map_or_else(|| target.to_string(), ToOwned::to_owned);
        let declared = ports(pod);
        let told: Vec<String> = declared.iter().map(ToString::to_string).collect();
        let about = format!("service/{}", service.name());
        let what = format!("sends to port {target} (targetPort), which no container declares");
        let cause = match told.as_slice() {
            [] => "The container names no port so.".to_owned(),
            told => format!("The pods of {} declare {}.", seen.maker(pod), told.join(", ")),
        };
        let path = format!("/spec/ports/{at}/targetPort");
        let meant = declared.first().map_or(json!("PORT"), |it| json!(it));
        findings.push(
            Finding::new(Rank::Fails, &about, what)
                .because(cause)
                .cure(seen.patch(&about, &path, &meant)),
        );
    }
    findings
}

/// As far as the pod says on which ports it listens; if it says nothing, it may be any.
fn listens(pod: &Value, target: &Value) -> bool {
    let containers = pod.list("/spec/containers").iter().chain(sidecars(pod));
    let mut named = containers.flat_map(|it| it.list("/ports"));
    match target {
        Value::String(name) => named.any(|it| it.text("/name") == name),
        number => {
            let declared = ports(pod);
            declared.is_empty() || number.as_i64().is_none_or(|it| declared.contains(&it))
        }
    }
}

/// Nobody gives it an address.
fn waits_for_an_address(seen: &Seen, service: &Value) -> Option<Finding> {
    let waits = service.text("/spec/type") == "LoadBalancer"
        && service.list("/status/loadBalancer/ingress").is_empty();
    let age = seen.since(service.time("/metadata/creationTimestamp"));
    let at_work = seen.last_event(service, "EnsuringLoadBalancer", "").is_some() && age < PATIENCE;
    if !waits || at_work {
        return None;
    }
    let (kubectl, name) = (&seen.kubectl, service.name());
    let port = service.whole("/spec/ports/0/port").unwrap_or(80);
    let node_port = service.whole("/spec/ports/0/nodePort");
    let mut finding = Finding::new(
        Rank::Waits,
        &format!("service/{name}"),
        "waits for an address (EXTERNAL-IP <pending>)",
    )
    .because("A LoadBalancer gets one from a cloud, and nothing in this cluster gives any.")
    .cure(format!("{kubectl} port-forward service/{name} 8080:{port}, and ask localhost:8080"));
    if let Some(node_port) = node_port {
        finding = finding.cure(format!(
            "or ask any node at port {node_port}, which it has as a NodePort as well"
        ));
    }
    Some(
        finding
            .cure("or start what gives addresses: cloud-provider-kind, minikube tunnel, MetalLB"),
    )
}
