//! Pods of an older version than what makes them, which nothing replaces.

use serde_json::Value;

use super::{
    finding::{Finding, Rank},
    read::{Read as _, abridged},
    seen::{Seen, condition_is, is_ready},
};

/// What is not ready for so long is not only starting, seconds.
const START: i64 = 90;

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let pods = seen.all("pods").iter().filter(|it| is_there(it));
    pods.filter_map(|pod| {
        let of = Owner::of(seen, pod).filter(Owner::is_older)?;
        if is_broken(seen, pod) {
            Some(left_behind(seen, &of))
        } else {
            (of.strategy() == "OnDelete").then(|| kept(seen, &of))
        }
    })
    .collect()
}

/// Whether its maker has another template by now, and does not replace it because it is broken: what
/// is wrong with it has been changed already.
pub(super) fn is_left_behind(seen: &Seen, pod: &Value) -> bool {
    Owner::of(seen, pod).is_some_and(|it| it.is_older()) && is_broken(seen, pod)
}

/// Adds to the cures of what does not replace its broken pods that these have to be deleted.
pub(super) fn with_deletion(seen: &Seen, findings: Vec<Finding>) -> Vec<Finding> {
    let add = |finding: Finding| {
        let changes = finding.cure.iter().any(|it| it.contains(&finding.about));
        if finding.rank > Rank::Fails || !changes {
            return finding;
        }
        let pods = seen.pods().filter(|it| seen.maker(it) == finding.about && is_broken(seen, it));
        let stay =
            pods.filter(|it| Owner::of(seen, it).is_some_and(|it| it.keeps_what_is_broken()));
        let names: Vec<&str> = stay.map(super::read::Read::name).collect();
        if names.is_empty() {
            return finding;
        }
        let delete = format!("{} delete pod {}", seen.kubectl, names.join(" "));
        finding.cure(format!("then, because nothing else replaces what is broken: {delete}"))
    };
    findings.into_iter().map(add).collect()
}

/// A pod and what made it.
struct Owner<'a> {
    pod: &'a Value,
    kind: &'a str,
    template: &'a Value,
}

impl<'a> Owner<'a> {
    fn of(seen: &'a Seen, pod: &'a Value) -> Option<Self> {
        let owner = pod.list("/metadata/ownerReferences").first()?;
        let kind = owner.text("/kind");
        let all = match kind {
            "StatefulSet" => seen.all("statefulsets"),
            "DaemonSet" => seen.all("daemonsets"),
            "ReplicaSet" => seen.all("replicasets"),
            "ReplicationController" => seen.all("replicationcontrollers"),
            _ => return None,
        };
        let template = all.iter().find(|it| it.name() == owner.name())?;
        // A Deployment makes another ReplicaSet for another template.
        let alone = template.list("/metadata/ownerReferences").is_empty();
        alone.then_some(Self { pod, kind, template })
    }

    fn strategy(&self) -> &'a str {
        self.template.text("/spec/updateStrategy/type")
    }

    fn is_older(&self) -> bool {
        let newest = self.template.text("/status/updateRevision");
        if self.kind == "StatefulSet" && !newest.is_empty() {
            return self.pod.text("/metadata/labels/controller-revision-hash") != newest;
        }
        self.keeps_what_is_broken() && self.is_otherwise()
    }

    /// Whether a broken pod stays when the template is changed.
    fn keeps_what_is_broken(&self) -> bool {
        match self.kind {
            "StatefulSet" => self.template.text("/spec/podManagementPolicy") != "Parallel",
            "DaemonSet" => self.strategy() == "OnDelete",
            _ => true,
        }
    }

    /// Whether its containers differ from those of the template. What admission adds to a pod is left out.
    fn is_otherwise(&self) -> bool {
        let of = |containers: &'a [Value]| -> Vec<[&'a Value; 4]> {
            let fields = ["name", "image", "command", "args"];
            containers.iter().map(|it| fields.map(|field| &it[field])).collect()
        };
        let now = of(self.template.list("/spec/template/spec/containers"));
        let its = of(self.pod.list("/spec/containers"));
        now.iter().any(|it| !its.contains(it))
    }
}

fn is_there(pod: &Value) -> bool {
    pod.text("/metadata/deletionTimestamp").is_empty()
}

/// Whether it will hardly get ready by itself.
fn is_broken(seen: &Seen, pod: &Value) -> bool {
    if is_ready(pod) {
        return false;
    }
    let starting = ["", "ContainerCreating", "PodInitializing"];
    let fails =
        Seen::containers(pod).any(|it| !starting.contains(&it.waits()) || it.restarts() > 0);
    let old = seen.since(pod.time("/metadata/creationTimestamp")) > START;
    fails || old || condition_is(pod, "PodScheduled", "False").is_some()
}

fn left_behind(seen: &Seen, of: &Owner) -> Finding {
    let (pod, maker) = (of.pod.name(), seen.maker(of.pod));
    let waiting = Seen::containers(of.pod).find(|it| !it.waits().is_empty());
    let said = waiting.map(|it| {
        let message = it.status.text("/state/waiting/message");
        abridged(&format!("{}: {message}", it.waits()))
    });
    Finding::new(
        Rank::Stops,
        &maker,
        format!("keeps its broken pod {pod}, which has an older template"),
    )
    .because(format!(
        "The template of {maker} was changed, but a pod that is not ready is not replaced."
    ))
    .cure(format!("{} delete pod {pod}", seen.kubectl))
    .said(said.unwrap_or_default())
}

fn kept(seen: &Seen, of: &Owner) -> Finding {
    let (pod, maker) = (of.pod.name(), seen.maker(of.pod));
    Finding::new(Rank::Halts, &maker, format!("keeps pod {pod}, which has an older template"))
        .because("Its updateStrategy is OnDelete: it replaces a pod only when that is deleted.")
        .cure(format!("{} delete pod {pod}", seen.kubectl))
}
