//! All else that the cluster reports as not as it should be, in its own words.

use serde_json::Value;

use super::{
    finding::{Finding, Rank},
    kinds,
    read::{Read as _, abridged, last_seen},
    seen::{Seen, is_owned},
};

/// A condition that is younger may be about to change, seconds.
const PATIENCE: i64 = 60;
/// A warning that is older says nothing of now, seconds.
const RECENT: i64 = 600;
/// Conditions that should be true, of objects of every kind.
const GOOD: [&str; 11] = [
    "Ready",
    "Available",
    "Healthy",
    "Synced",
    "Reconciled",
    "Accepted",
    "Programmed",
    "ResolvedRefs",
    "Valid",
    "Initialized",
    "Established",
];
/// Words in the types of conditions that should not be true.
const BAD: [&str; 9] = [
    "Fail",
    "Error",
    "Degraded",
    "Stalled",
    "Unhealthy",
    "Invalid",
    "Conflict",
    "Pressure",
    "Unavailable",
];
/// Kinds whose conditions others judge.
const JUDGED: [&str; 6] = [
    "pods",
    "jobs",
    "horizontalpodautoscalers",
    "poddisruptionbudgets",
    "persistentvolumeclaims",
    "namespaces",
];
/// Kinds whose warnings others judge, by what has come of them.
const WARNED: [&str; 9] = [
    "Pod",
    "Job",
    "CronJob",
    "HorizontalPodAutoscaler",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Node",
];

/// Of objects that nothing has been found of yet.
pub(super) fn judge(seen: &Seen, found: &[Finding]) -> Vec<Finding> {
    let known = |about: &str| found.iter().any(|it| it.about == about);
    let mut findings = Vec::new();
    for (kind, object) in kinds::objects(seen) {
        let about = kinds::called(kind, object.name());
        let deleted = !object.text("/metadata/deletionTimestamp").is_empty();
        let made = kind == "replicasets" && is_owned(object);
        if known(&about)
            || deleted
            || made
            || JUDGED.contains(&kind)
            || is_starting(seen, kind, &about)
        {
            continue;
        }
        let wrong = conditions(object).into_iter().find(|it| is_wrong(seen, it));
        findings.extend(wrong.map(|it| reported(seen, &about, it)));
    }
    let warned = seen.all("events").iter().filter(|it| is_warning(seen, it));
    let told = warned.filter_map(|event| warning(seen, event)).filter(|it| !known(&it.about));
    let told: Vec<Finding> =
        told.filter(|it| findings.iter().all(|has| has.about != it.about)).collect();
    findings.extend(told);
    findings
}

/// Those of an object, also where they stand below what they are about.
fn conditions(object: &Value) -> Vec<&Value> {
    let mut all: Vec<&Value> = object.list("/status/conditions").iter().collect();
    for below in ["/status/parents", "/status/listeners"] {
        all.extend(object.list(below).iter().flat_map(|it| it.list("/conditions")));
    }
    all
}

fn is_wrong(seen: &Seen, it: &Value) -> bool {
    let (of, status) = (it.text("/type"), it.text("/status"));
    let wrong = match status {
        "False" => GOOD.contains(&of),
        "True" => BAD.iter().any(|word| of.contains(word)),
        _ => false,
    };
    wrong && it.time("/lastTransitionTime").is_none_or(|then| seen.since(Some(then)) > PATIENCE)
}

/// A Deployment is not available as long as its pods start: these are judged themselves.
fn is_starting(seen: &Seen, kind: &str, about: &str) -> bool {
    kind == "deployments" && seen.all("pods").iter().any(|pod| seen.maker(pod) == about)
}

fn reported(seen: &Seen, about: &str, it: &Value) -> Finding {
    let (of, status, reason) = (it.text("/type"), it.text("/status"), it.text("/reason"));
    Finding::new(Rank::Halts, about, format!("is not as it should be: {of} is {status} ({reason})"))
        .because("The cluster reports it; what it says of it stands above.")
        .cure(format!("{} describe {about}", seen.kubectl))
        .said(abridged(it.text("/message")))
}

/// A warning that is not of the first moments of what it is about, and not settled by trying again.
fn is_warning(seen: &Seen, event: &Value) -> bool {
    event.text("/type") == "Warning"
        && !WARNED.contains(&event.text("/involvedObject/kind"))
        && !event.text("/message").contains("object has been modified")
        && !event.text("/reason").starts_with("FailedToUpdateEndpoint")
        && seen.since(last_seen(event)) < RECENT
}

fn warning(seen: &Seen, event: &Value) -> Option<Finding> {
    const START: i64 = 60;
    let uid = event.text("/involvedObject/uid");
    let (kind, object) = kinds::objects(seen).find(|(_, it)| it.text("/metadata/uid") == uid)?;
    let born = object.time("/metadata/creationTimestamp")?;
    let later = last_seen(event)?.as_second() - born.as_second() > START;
    let bound = object.text("/status/phase") == "Bound";
    (later && !bound).then(|| {
        let about = kinds::called(kind, object.name());
        Finding::new(Rank::Halts, &about, format!("has a warning ({})", event.text("/reason")))
            .because("The cluster warns of it; what it says stands above.")
            .cure(format!("{} describe {about}", seen.kubectl))
            .said(abridged(event.text("/message")))
    })
}
