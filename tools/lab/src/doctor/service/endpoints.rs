//! Services that lead elsewhere than they seem to: without a selector, by a name, to two applications.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::doctor::{
    finding::{Finding, Rank},
    read::{Read as _, joined},
    seen::Seen,
};

/// How long the endpoints of a Service may take to be written, in seconds.
const PATIENCE: i64 = 60;

/// Without a selector it leads where an `EndpointSlice` says.
pub(super) fn leads_nowhere(seen: &Seen, service: &Value) -> Option<Finding> {
    let slices = seen.objects.get("endpointslices")?;
    let name = service.name();
    let young = seen.since(service.time("/metadata/creationTimestamp")) < PATIENCE;
    let its =
        slices.iter().filter(|it| it.text("/metadata/labels/kubernetes.io~1service-name") == name);
    let some = its.flat_map(|it| it.list("/endpoints")).next().is_some();
    (!some && !young).then(|| {
        Finding::new(
            Rank::Fails,
            &format!("service/{name}"),
            "leads nowhere: it has no selector and no endpoints",
        )
        .because("A Service finds its pods by the labels in its selector.")
        .cure(format!(
            "{} set selector service/{name} KEY=VALUE, as the pods have it",
            seen.kubectl
        ))
    })
}

/// A name of this namespace that is no Service.
pub(super) fn names_nothing(seen: &Seen, service: &Value, namespace: &str) -> Option<Finding> {
    let target = service.text("/spec/externalName");
    let about = format!("service/{}", service.name());
    let is_number =
        |it: &str| !it.is_empty() && it.chars().all(|it| it.is_ascii_digit() || it == '.');
    if is_number(target) {
        return Some(
            Finding::new(
                Rank::Fails,
                &about,
                format!("leads to {target}, which is no name (externalName)"),
            )
            .because("An ExternalName is an alias in the DNS; an address is not one.")
            .cure(
                "make it a Service without a selector, and write the address into an EndpointSlice",
            ),
        );
    }
    let suffix = format!(".{namespace}.svc.cluster.local");
    let here = target.strip_suffix(&suffix)?;
    let absent = seen.all("services").iter().all(|it| it.name() != here);
    absent.then(|| {
        Finding::new(Rank::Fails, &about, format!("leads to a Service {here}, which is not there"))
            .because(format!("Its externalName is {target}."))
            .cure(format!("apply the Service {here}, or correct externalName"))
    })
}

/// Its selector is so wide that it finds the pods of several applications. Versions of one, as of a
/// canary, have containers of the same name.
pub(super) fn mixes(seen: &Seen, service: &Value, pods: &[&Value]) -> Option<Finding> {
    if service.text("/spec/clusterIP") == "None" {
        return None;
    }
    let mut makers: BTreeMap<String, &Value> = BTreeMap::new();
    for pod in pods {
        makers.entry(seen.maker(pod)).or_insert(pod);
    }
    let name = service.name();
    let own =
        makers.keys().find(|it| it.rsplit('/').next() == Some(name)).or(makers.keys().next())?;
    let names = |pod: &Value| -> Vec<String> {
        pod.list("/spec/containers").iter().map(|it| it.name().to_owned()).collect()
    };
    let its = names(makers[own]);
    let mut others = makers.iter().filter(|(maker, _)| *maker != own);
    let (other, pod) = others.find(|(_, pod)| names(pod).iter().all(|it| !its.contains(it)))?;
    let labels = makers[own].labels("/metadata/labels");
    let elsewhere = pod.labels("/metadata/labels");
    let apart: BTreeMap<&str, &str> = labels
        .into_iter()
        .filter(|(key, value)| !key.ends_with("-hash") && elsewhere.get(key) != Some(value))
        .collect();
    let mut selector = service.labels("/spec/selector");
    let about = format!("service/{name}");
    let cause = format!("Both have the labels {}; requests go to either.", joined(&selector));
    let finding =
        Finding::new(Rank::Fails, &about, format!("finds the pods of {own} and of {other}"));
    selector.extend(&apart);
    let cure = if apart.is_empty() {
        format!("give the pods of {own} a label of their own, and {about} a selector with it")
    } else {
        format!("{} set selector {about} {}", seen.kubectl, joined(&selector))
    };
    Some(finding.because(cause).cure(cure))
}

/// The Service that gives the pods of a `StatefulSet` their names.
pub(super) fn without_names(seen: &Seen, set: &Value) -> Option<Finding> {
    let wanted = set.text("/spec/serviceName");
    let absent = seen.all("services").iter().all(|it| it.name() != wanted);
    let hidden = seen.hidden.iter().any(|it| it == "services");
    (absent && !hidden && !wanted.is_empty()).then(|| {
        Finding::new(
            Rank::Waits,
            &format!("statefulset/{}", set.name()),
            format!("names a Service {wanted}, which is not there (serviceName)"),
        )
        .because("Without it its pods have no names in the DNS, such as NAME-0.SERVICE.")
        .cure(format!("apply a Service {wanted} with `clusterIP: None`"))
    })
}
