//! Pods that no node takes, and volumes that no storage gives.

mod placement;

use placement::Waiting;
use serde_json::Value;

use super::{
    finding::{Finding, Rank},
    quantity,
    read::{Read, abridged},
    seen::{Seen, condition},
};

/// A volume is made while its pod waits; it may take so long, seconds.
const PATIENCE: i64 = 20;

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    seen.pods().filter_map(|pod| pending(seen, pod)).collect()
}

fn pending(seen: &Seen, pod: &Value) -> Option<Finding> {
    let Some(scheduled) = condition(pod, "PodScheduled") else { return unscheduled(seen, pod) };
    if scheduled.text("/status") != "False" {
        return None;
    }
    if scheduled.text("/reason") == "SchedulingGated" {
        return Some(gated(seen, pod));
    }
    // What follows is about other pods that could make room.
    let said = scheduled.text("/message").split(". ").next().unwrap_or_default();
    let age = seen.since(pod.time("/metadata/creationTimestamp"));
    let maker = seen.maker(pod);
    let finding = |what: &str| {
        Finding::new(Rank::Stops, &maker, format!("waits for a node (Pending): {what}"))
            .said(abridged(said))
    };
    if let Some(claim) = unbound(seen, pod, said) {
        return (age >= PATIENCE || said.contains("not found"))
            .then(|| volume(seen, claim, finding));
    }
    if said.contains("no nodes available") {
        return Some(
            finding("there is no node").because("The cluster has no node.").cure("k8s/cluster up"),
        );
    }
    for resource in ["cpu", "memory"] {
        if said.contains(&format!("Insufficient {resource}")) {
            return Some(no_room(seen, pod, &maker, resource, finding));
        }
    }
    let describe = format!("{} describe nodes", seen.kubectl);
    if said.contains("Too many pods") {
        let cure = "scale something down, or add a node";
        return Some(finding("the nodes have as many pods as they may").cure(cure));
    }
    if let Some((_, resource)) = said.split_once("Insufficient ") {
        let resource = resource.split([' ', ',']).next().unwrap_or_default();
        let resource = resource.trim_end_matches('.');
        return Some(
            finding(&format!("no node has so much {resource}"))
                .because(format!(
                    "It requests {resource}, and no node has enough of it left, or any."
                ))
                .cure(format!("{describe}, at Allocatable; ask for less {resource} in {maker}")),
        );
    }
    let waiting = Waiting { seen, pod, maker: &maker, said };
    if let Some(known) = placement::judge(&waiting, finding) {
        return Some(known);
    }
    Some(finding("no node takes it").because("The scheduler says why, above.").cure(describe))
}

/// No scheduler has looked at it.
fn unscheduled(seen: &Seen, pod: &Value) -> Option<Finding> {
    let age = seen.since(pod.time("/metadata/creationTimestamp"));
    let waits = pod.text("/status/phase") == "Pending" && pod.text("/spec/nodeName").is_empty();
    if !waits || age < 3 * PATIENCE || Seen::containers(pod).any(|it| !it.waits().is_empty()) {
        return None;
    }
    let maker = seen.maker(pod);
    let finding =
        Finding::new(Rank::Stops, &maker, "waits for a node (Pending): no scheduler looks at it");
    Some(match pod.text("/spec/schedulerName") {
        "" | "default-scheduler" => finding
            .because("The scheduler of the cluster does not run, or is late.")
            .cure(format!("{} get pods --namespace kube-system", seen.kubectl)),
        name => finding
            .because(format!(
                "It wants the scheduler {name} (schedulerName), and none of that name takes it."
            ))
            .cure(format!("take schedulerName out of {maker}")),
    })
}

fn gated(seen: &Seen, pod: &Value) -> Finding {
    let gates: Vec<&str> = pod.list("/spec/schedulingGates").iter().map(Read::name).collect();
    let maker = seen.maker(pod);
    Finding::new(
        Rank::Stops,
        &maker,
        "waits for a node (Pending): it is held back (SchedulingGated)",
    )
    .because(format!(
        "Its schedulingGates have to be removed by the controller that set them: {}.",
        gates.join(", ")
    ))
    .cure(format!("take schedulingGates out of {maker}, if nothing here takes them away"))
}

fn no_room(
    seen: &Seen,
    pod: &Value,
    maker: &str,
    resource: &str,
    finding: impl Fn(&str) -> Finding,
) -> Finding {
    let requested = |it: &Value| {
        quantity::read(it.text(&format!("/resources/requests/{resource}"))).unwrap_or_default()
    };
    let containers = pod.list("/spec/containers");
    let asked: f64 = containers.iter().map(requested).sum();
    let nodes = seen.all("nodes").iter();
    let room = |it: &Value| quantity::read(it.text(&format!("/status/allocatable/{resource}")));
    let largest = nodes.filter_map(room).fold(0.0, f64::max);
    let greediest =
        containers.iter().max_by(|one, other| requested(one).total_cmp(&requested(other)));
    let name = greediest.map(Read::name).unwrap_or_default();
    let less = match resource {
        "cpu" => "--requests=cpu=100m",
        _ => "--requests=memory=128Mi",
    };
    let what = format!("no node has so much {resource}");
    let asked_for = quantity::shown(resource, asked);
    if largest > 0.0 && asked > largest {
        let largest = quantity::shown(resource, largest);
        return finding(&what)
            .because(format!(
                "It requests {resource} {asked_for}; the largest node has {largest} in all."
            ))
            .cure(seen.set_resources(maker, name, less));
    }
    finding(&what)
        .because(format!(
            "It requests {resource} {asked_for}, and other pods have reserved what the nodes have."
        ))
        .cure(format!("ask for less: {}", seen.set_resources(maker, name, less)))
        .cure("or scale something else down, or add a node")
}

/// The claim that it waits for, if it does.
fn unbound<'a>(seen: &Seen, pod: &'a Value, said: &str) -> Option<&'a str> {
    let claims = pod.list("/spec/volumes").iter();
    let mut claims =
        claims.map(|it| it.text("/persistentVolumeClaim/claimName")).filter(|it| !it.is_empty());
    if !said.to_lowercase().contains("persistentvolume") {
        return None;
    }
    claims.find(|name| {
        let all = seen.all("persistentvolumeclaims").iter();
        let found = all.into_iter().find(|it| it.name() == *name);
        found.is_none_or(|it| it.text("/status/phase") != "Bound")
    })
}

fn volume(seen: &Seen, name: &str, finding: impl Fn(&str) -> Finding) -> Finding {
    let kubectl = &seen.kubectl;
    let mut claims = seen.all("persistentvolumeclaims").iter();
    let Some(claim) = claims.find(|it| it.name() == name) else {
        return finding(&format!("there is no volume claim {name}"))
            .because("Its manifest was not applied, or has another name.")
            .cure(format!("{kubectl} get pvc; apply the claim {name}, or correct claimName"));
    };
    let class = claim.text("/spec/storageClassName");
    let failed = seen.last_event(claim, "ProvisioningFailed", "");
    let cause = match class {
        "" => "The claim names no storage class, and the cluster has no default one.".to_owned(),
        class => format!("The claim wants the storage class {class}, and that gives it no volume."),
    };
    finding(&format!("its volume claim {name} is not met"))
        .because(cause)
        .cure(format!("{kubectl} get storageclass; correct storageClassName: delete pvc/{name} and apply it again"))
        .said(failed.map(|it| abridged(it.text("/message"))).unwrap_or_default())
}
