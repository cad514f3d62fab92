//! Why no node takes a pod, as the scheduler says it, besides its lack of room.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::doctor::{
    finding::Finding,
    read::{Read as _, joined},
    seen::Seen,
};

/// A pod that waits, what makes it, and what the scheduler said.
pub(super) struct Waiting<'a> {
    pub(super) seen: &'a Seen,
    pub(super) pod: &'a Value,
    pub(super) maker: &'a str,
    pub(super) said: &'a str,
}

/// The words of the scheduler, and what is made of them.
type Known = (&'static str, fn(&Waiting, Finding) -> Finding);

const KNOWN: [Known; 8] = [
    ("free ports", host_port),
    ("anti-affinity", apart),
    ("pod affinity rules", together),
    ("topology spread", spread),
    ("volume node affinity conflict", volume_elsewhere),
    ("node affinity/selector", another_node),
    ("unschedulable", cordoned),
    ("taint", tainted),
];

/// What is known of these words; what is seen of it stands in the finding already.
pub(super) fn judge(it: &Waiting, finding: impl Fn(&str) -> Finding) -> Option<Finding> {
    let (_, judge) = KNOWN.iter().find(|(words, _)| it.said.contains(words))?;
    let what = match it.said {
        said if said.contains("free ports") => "its hostPort is taken",
        said if said.contains("anti-affinity") => {
            "it may stand beside none of its kind (pod anti-affinity)"
        }
        said if said.contains("pod affinity rules") => {
            "what it wants to stand beside is nowhere (pod affinity)"
        }
        said if said.contains("topology spread") => "its pods would not be spread evenly",
        said if said.contains("volume node affinity conflict") => "its volume is on another node",
        said if said.contains("node affinity/selector") => "no node is as it wants",
        said if said.contains("unschedulable") => "the nodes take no new pods",
        _ => "the nodes keep it away",
    };
    Some(judge(it, finding(what)))
}

fn host_ports(pod: &Value) -> BTreeSet<i64> {
    let containers = pod.list("/spec/containers").iter().flat_map(|it| it.list("/ports"));
    containers.filter_map(|it| it.whole("/hostPort")).filter(|it| *it > 0).collect()
}

fn host_port(it: &Waiting, finding: Finding) -> Finding {
    let wanted = host_ports(it.pod);
    let ports: Vec<String> = wanted.iter().map(ToString::to_string).collect();
    let others = it.seen.all("pods").iter().filter(|pod| {
        !pod.text("/spec/nodeName").is_empty() && !host_ports(pod).is_disjoint(&wanted)
    });
    let others: BTreeSet<String> = others.map(|pod| it.seen.maker(pod)).collect();
    let others: Vec<String> = others.into_iter().collect();
    let holder = if others.is_empty() {
        "a pod of another namespace".to_owned()
    } else {
        format!("the pods of {}", others.join(", "))
    };
    let maker = it.maker;
    let finding = finding
        .because(format!(
            "A hostPort is there once on each node; {} is that of {holder}.",
            ports.join(", ")
        ))
        .cure(format!("take hostPort out of {maker}, and reach it by a Service"));
    if others.iter().any(|other| other == maker) {
        return finding.cure(format!("or let the old pod go before the new one comes: strategy Recreate, or no more replicas than nodes, in {maker}"));
    }
    finding.cure("or give one of them another hostPort")
}

fn apart(it: &Waiting, finding: Finding) -> Finding {
    let terms = it
        .pod
        .list("/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution");
    let labels: Vec<String> =
        terms.iter().map(|it| joined(&it.labels("/labelSelector/matchLabels"))).collect();
    let labels = if labels.iter().all(String::is_empty) {
        "of its selector".to_owned()
    } else {
        labels.join("; ")
    };
    let place = terms.first().map_or("node", |it| it.text("/topologyKey"));
    let nodes = it.seen.all("nodes").len();
    let nodes = if nodes == 0 { String::new() } else { format!(" There are {nodes} nodes.") };
    let maker = it.maker;
    finding
        .because(format!("Its podAntiAffinity allows one pod with the labels {labels} in each {place}, and each has one.{nodes}"))
        .cure(format!("no more replicas than nodes: {} scale {maker} --replicas=NUMBER; and one less while it is updated (maxSurge 0)", it.seen.kubectl))
        .cure(format!("or preferredDuringSchedulingIgnoredDuringExecution in {maker}, which is a wish"))
}

fn together(it: &Waiting, finding: Finding) -> Finding {
    finding
        .because(
            "Its podAffinity wants a node that has a pod with other labels, and no node has one.",
        )
        .cure(format!("start those first, or correct podAffinity in {}", it.maker))
}

fn spread(it: &Waiting, finding: Finding) -> Finding {
    finding
        .because("Its topologySpreadConstraints allow no more pods where there is room (maxSkew, whenUnsatisfiable DoNotSchedule).")
        .cure(format!("whenUnsatisfiable: ScheduleAnyway in {}, or add nodes", it.maker))
}

fn volume_elsewhere(it: &Waiting, finding: Finding) -> Finding {
    finding
        .because(
            "Its volume can be reached from one node only, and that one does not take the pod.",
        )
        .cure(format!(
            "see why that node does not take it: {} get nodes; {} describe pv",
            it.seen.kubectl, it.seen.kubectl
        ))
}

fn another_node(it: &Waiting, finding: Finding) -> Finding {
    let wanted = joined(&it.pod.labels("/spec/nodeSelector"));
    let wanted = if wanted.is_empty() { "by its affinity".to_owned() } else { wanted };
    finding
        .because(format!("It wants a node of this kind: {wanted}. None is."))
        .cure(format!("correct nodeSelector or affinity in {}", it.maker))
        .cure(format!("or label a node: {} label node NAME KEY=VALUE", it.seen.kubectl))
}

fn cordoned(it: &Waiting, finding: Finding) -> Finding {
    finding
        .because("A node was closed to new pods (cordon, drain), and no other one takes it.")
        .cure(format!("{} get nodes; {} uncordon NODE", it.seen.kubectl, it.seen.kubectl))
}

fn tainted(it: &Waiting, finding: Finding) -> Finding {
    let (kubectl, maker) = (&it.seen.kubectl, it.maker);
    finding
        .because("Every node has a taint that it does not tolerate, such as one that is not ready or is drained.")
        .cure(format!("{kubectl} get nodes; {kubectl} uncordon NODE, or add `tolerations` to {maker}"))
}
