//! Pods that the cluster refuses to make: Pod Security, quotas, limits, admission.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    finding::{Finding, Rank},
    read::{Read as _, abridged},
    seen::{Seen, condition_is},
};

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let said = seen.templates().filter_map(|(maker, it)| Some((refusal(seen, &maker, it)?, maker)));
    said.map(|(said, maker)| finding(seen, &maker, said)).collect()
}

/// What the cluster said when it made no pod.
fn refusal<'a>(seen: &'a Seen, maker: &str, it: &'a Value) -> Option<&'a str> {
    if let Some(it) = condition_is(it, "ReplicaFailure", "True") {
        return Some(it.text("/message"));
    }
    if maker.starts_with("deploy/") {
        return None;
    }
    let wanted = it.whole("/spec/replicas").or(it.whole("/status/desiredNumberScheduled"));
    let made = it.whole("/status/replicas").or(it.whole("/status/currentNumberScheduled"));
    let lacks = made.unwrap_or_default() < wanted.unwrap_or_default();
    let event = seen.last_event(it, "FailedCreate", "").filter(|_| lacks)?;
    Some(event.text("/message"))
}

/// What is wrong with what `maker` makes, by what the cluster said.
pub(super) fn finding(seen: &Seen, maker: &str, said: &str) -> Finding {
    if let Some((_, breaches)) = said.split_once("violates PodSecurity ") {
        return insecure(seen, maker, said, breaches);
    }
    let refused = |what: &str| {
        Finding::new(Rank::Stops, maker, format!("gets no pods: {what}")).said(abridged(said))
    };
    if let Some((_, wanted)) = said.split_once("must specify ") {
        return unspecified(
            seen,
            maker,
            wanted,
            refused("the namespace's quota wants what they do not say"),
        );
    }
    let describe = |what: &str| format!("{} describe {what}", seen.kubectl);
    let known: [(&[&str], &str, &str, String); 7] = [
        (
            &["exceeded quota"],
            "the namespace's quota is used up",
            "A ResourceQuota limits what all pods here may ask for together; what is asked, used and allowed stands above.",
            format!("{} describe quota; scale something down or ask for less", seen.kubectl),
        ),
        (
            &["failed quota", "insufficient quota"],
            "the namespace's quota does not let them in",
            "A ResourceQuota says what pods here may be; why these are not stands above.",
            describe("quota"),
        ),
        (
            &["serviceaccount \""],
            "their service account is not there",
            "serviceAccountName names one that this namespace does not have.",
            format!("{} create serviceaccount NAME, or correct serviceAccountName in {maker}", seen.kubectl),
        ),
        (
            &["PriorityClass"],
            "their priority class is not there",
            "priorityClassName names one that this cluster does not have.",
            format!("kubectl get priorityclass; correct priorityClassName in {maker}"),
        ),
        (
            &["per Container is", "per Pod is", "limit to request ratio"],
            "the namespace's limits do not let them in",
            "A LimitRange of the namespace says how much one container or pod may ask for at least and at most.",
            format!("{} describe limitrange; set the resources of {maker} within it", seen.kubectl),
        ),
        (
            &["failed calling webhook"],
            "what has to admit them does not answer",
            "An admission webhook of the cluster is asked about each pod, and its service does not answer.",
            "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations; repair what it names, above".to_owned(),
        ),
        (
            &["denied the request", "denied request"],
            "a rule of the cluster denies them",
            "An admission webhook or policy of the cluster says no; what it wants stands above.",
            format!("change {maker} as it says"),
        ),
    ];
    for (words, what, cause, cure) in known {
        if words.iter().any(|it| said.contains(it)) {
            return refused(what).because(cause).cure(cure);
        }
    }
    refused("the cluster refuses them").because("It says why, above.").cure(describe(maker))
}

fn insecure(seen: &Seen, maker: &str, said: &str, breaches: &str) -> Finding {
    let level = breaches.split(['"', ':']).nth(1).unwrap_or("a level");
    let context = json!({
        "runAsNonRoot": true, "runAsUser": 65532, "allowPrivilegeEscalation": false,
        "capabilities": { "drop": ["ALL"] }, "seccompProfile": { "type": "RuntimeDefault" },
    });
    let fixable = level == "restricted" && !breaches.contains("hostPath");
    let cure = if fixable {
        seen.patch(maker, "/spec/template/spec/containers/0/securityContext", &context)
    } else {
        format!("take out of {maker} what is named above")
    };
    let said = said.find("violates ").map_or(said, |at| &said[at..]);
    Finding::new(Rank::Stops, maker, "gets no pods: they are not allowed here (Pod Security)")
        .said(abridged(said))
        .because(format!(
            "The namespace allows only what is {level}; what is against it stands above."
        ))
        .cure(cure)
}

/// A quota of what is requested or limited wants each container to say it:
/// `limits.cpu for: order; requests.cpu for: order,proxy`.
fn unspecified(seen: &Seen, maker: &str, wanted: &str, finding: Finding) -> Finding {
    let mut lacking: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for part in wanted.split("; ") {
        let (resource, containers) = part.split_once(" for: ").unwrap_or((part, ""));
        let (side, resource) = resource.split_once('.').unwrap_or(("requests", resource));
        let usual = match (side, resource) {
            ("limits", "cpu") => "500m",
            (_, "cpu") => "100m",
            ("limits", _) => "256Mi",
            _ => "128Mi",
        };
        for container in containers.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let of = lacking.entry(container).or_default().entry(side).or_default();
            of.push(format!("{resource}={usual}"));
        }
    }
    let mut finding = finding.because(
        "A ResourceQuota counts requests or limits here, so every container has to have them. It still has room.",
    );
    for (container, sides) in lacking {
        let sides: Vec<String> =
            sides.into_iter().map(|(side, all)| format!("--{side}={}", all.join(","))).collect();
        finding = finding.cure(seen.set_resources(maker, container, &sides.join(" ")));
    }
    finding.cure("or give the namespace a LimitRange with defaults, for all that will come")
}
