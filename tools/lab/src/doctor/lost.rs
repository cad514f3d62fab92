//! Pods that failed as a whole: evicted, preempted, refused by their node.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::{
    finding::{Finding, Rank},
    quantity,
    read::{Read as _, abridged},
    seen::Seen,
};

/// What is longer ago has healed if its maker's pods are ready, seconds.
const RECENT: i64 = 600;

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let mut alike: BTreeMap<(String, &str), Vec<&Value>> = BTreeMap::new();
    for pod in seen.all("pods").iter().filter(|it| is_lost(seen, it)) {
        alike.entry((seen.maker(pod), reason(pod))).or_default().push(pod);
    }
    alike.into_iter().map(|((maker, reason), pods)| finding(seen, &maker, reason, &pods)).collect()
}

fn is_lost(seen: &Seen, pod: &Value) -> bool {
    let owner = pod.list("/metadata/ownerReferences").first();
    let of_a_job = owner.is_some_and(|it| it.text("/kind") == "Job");
    let told_of = owner.is_none() && pod.text("/status/reason").is_empty();
    pod.text("/status/phase") == "Failed"
        && pod.text("/metadata/deletionTimestamp").is_empty()
        && !of_a_job
        // How its containers ended says it all.
        && !told_of
        && !seen.is_replaced(pod)
}

fn reason(pod: &Value) -> &str {
    let reason = pod.text("/status/reason");
    if reason.is_empty() { "Failed" } else { reason }
}

fn when(pod: &Value) -> Option<Timestamp> {
    pod.list("/status/conditions").iter().filter_map(|it| it.time("/lastTransitionTime")).max()
}

fn finding(seen: &Seen, maker: &str, reason: &str, pods: &[&Value]) -> Finding {
    let last = pods.iter().max_by_key(|it| when(it)).copied().unwrap_or(&Value::Null);
    let said = last.text("/status/message");
    let recent = when(last).is_none_or(|it| seen.since(Some(it)) < RECENT);
    let what = match (maker.starts_with("pod/"), pods.len()) {
        (true, _) => format!("has failed ({reason})"),
        (_, 1) => format!("has lost a pod ({reason})"),
        (_, more) => format!("has lost {more} pods ({reason})"),
    };
    let rank = if recent { Rank::Fails } else { Rank::Waits };
    let (cause, cures) = known(seen, maker, reason, said, last);
    let mut finding = Finding::new(rank, maker, what).because(cause).said(abridged(said));
    for cure in cures {
        finding = finding.cure(cure);
    }
    let names: Vec<&str> = pods.iter().map(|it| it.name()).collect();
    let remains = match names.as_slice() {
        [one] => format!("{} delete pod {one}", seen.kubectl),
        _ => format!("{} delete pods --field-selector=status.phase=Failed", seen.kubectl),
    };
    finding.cure(format!("then clear away what is left of them: {remains}"))
}

/// Why it is lost, and what helps.
fn known(seen: &Seen, maker: &str, reason: &str, said: &str, pod: &Value) -> (String, Vec<String>) {
    if said.contains("EmptyDir") || said.contains("emptyDir") {
        return (
            "It writes more into an emptyDir than that one's sizeLimit allows.".to_owned(),
            vec![format!("raise sizeLimit of that volume in {maker}, or let it write less")],
        );
    }
    if said.contains("exceed") && said.contains("ephemeral") {
        return too_much_written(seen, maker, pod);
    }
    if let Some((_, resource)) = said.split_once("low on resource: ") {
        let resource = resource.split(['.', ',']).next().unwrap_or_default();
        let node = pod.text("/spec/nodeName");
        return (
            format!(
                "The node {node} had too little {resource}, and sends away first what takes more than it requested."
            ),
            vec![
                format!(
                    "request what it takes in {maker} (resources.requests), or make room on the node"
                ),
                format!("{} describe node {node}", seen.kubectl),
            ],
        );
    }
    let told = |cause: &str, cure: String| (cause.to_owned(), vec![cure]);
    match reason {
        "Preempted" | "Preempting" => told(
            "A pod of a higher priority took its place.",
            format!("make room, or give {maker} a priorityClassName of the same priority"),
        ),
        "NodePorts" => told(
            "Its hostPort is taken on that node by another pod.",
            format!("take hostPort out of {maker}: a Service needs none"),
        ),
        "NodeAffinity" => told(
            "Its node has not, or no longer, the labels that it wants.",
            format!("correct nodeSelector, affinity or nodeName in {maker}"),
        ),
        "DeadlineExceeded" => told(
            "It ran longer than its activeDeadlineSeconds.",
            format!("raise activeDeadlineSeconds in {maker}, or take it out"),
        ),
        "NodeShutdown" | "Terminated" | "Shutdown" => {
            told("Its node was shut down.", format!("nothing, if {maker} has other pods by now"))
        }
        _ if reason.starts_with("OutOf") => told(
            "Its node has not so much left, and nodeName leaves it no other.",
            format!("take nodeName out of {maker}, or ask for less"),
        ),
        _ => told(
            "The cluster says why, above, if it does.",
            format!("{} describe pod {}", seen.kubectl, pod.name()),
        ),
    }
}

fn too_much_written(seen: &Seen, maker: &str, pod: &Value) -> (String, Vec<String>) {
    const PATH: &str = "/resources/limits/ephemeral-storage";
    const PLENTY: f64 = 4.0;
    let limited = pod.list("/spec/containers").iter().find(|it| !it.text(PATH).is_empty());
    let name = limited.map(super::read::Read::name).unwrap_or_default();
    let limit = limited.map(|it| it.text(PATH)).unwrap_or_default();
    let more = quantity::read(limit).map(|it| quantity::shown("memory", it * PLENTY));
    let set = format!("--limits=ephemeral-storage={}", more.unwrap_or_else(|| "1Gi".to_owned()));
    (
        format!(
            "It writes more to its own disk than its limit ephemeral-storage allows ({limit}): files, logs, emptyDir."
        ),
        vec![
            seen.set_resources(maker, name, &set),
            "or let it write less: a log belongs on the standard output".to_owned(),
        ],
    )
}
