//! Services that lead nowhere.

mod endpoints;
mod selector;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    container::{ports, sidecars},
    finding::{Finding, Rank},
    read::Read as _,
    seen::Seen,
};

/// A cloud that is at work gives an address in that time, seconds.
const PATIENCE: i64 = 180;

type Labels<'a> = BTreeMap<&'a str, &'a str>;

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    for service in seen.all("services") {
        findings.extend(waits_for_an_address(seen, service));
        if service.text("/spec/type") == "ExternalName" {
            let namespace = service.text("/metadata/namespace");
            findings.extend(endpoints::names_nothing(seen, service, namespace));
            continue;
        }
        let selector = service.labels("/spec/selector");
        if selector.is_empty() {
            findings.extend(endpoints::leads_nowhere(seen, service));
            continue;
        }
        let pods: Vec<&Value> =
            seen.pods().filter(|it| fits(&selector, &it.labels("/metadata/labels"))).collect();
        if pods.is_empty() {
            findings.extend(selector::finds_nothing(seen, service, &selector));
        } else {
            findings.extend(endpoints::mixes(seen, service, &pods));
            findings.extend(asks_the_wrong_port(seen, service, &pods));
        }
    }
    let sets = seen.all("statefulsets").iter();
    findings.extend(sets.filter_map(|it| endpoints::without_names(seen, it)));
    findings
}

pub(super) fn fits(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
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
