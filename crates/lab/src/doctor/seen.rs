//! What is in a namespace, and what belongs to what.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::read::{Read as _, last_seen};

/// Whether the cluster measures what pods use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metrics {
    There,
    /// There is no metrics-server.
    Missing,
    /// There is one, and it does not answer.
    Silent,
    /// We may not ask.
    Unknown,
}

pub(super) struct Seen {
    /// `kubectl`, or the same with the namespace.
    pub(super) kubectl: String,
    pub(super) now: Timestamp,
    pub(super) metrics: Metrics,
    /// By the name of the kind, as in a URL: `pods`.
    pub(super) objects: BTreeMap<String, Vec<Value>>,
    /// The last lines of containers that ended, by pod and container.
    pub(super) last_words: BTreeMap<(String, String), Vec<String>>,
}

impl Seen {
    pub(super) fn all(&self, kind: &str) -> &[Value] {
        self.objects.get(kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// Pods that are to stay and to work.
    pub(super) fn pods(&self) -> impl Iterator<Item = &Value> {
        self.all("pods").iter().filter(|pod| {
            pod.text("/metadata/deletionTimestamp").is_empty()
                && pod.text("/status/phase") != "Succeeded"
                && !(pod.text("/status/phase") == "Failed" && is_owned(pod))
                && !self.is_replaced(pod)
        })
    }

    /// Whether its Deployment has a newer version: what was wrong with this one is cured or not,
    /// and the pods of that one tell.
    fn is_replaced(&self, pod: &Value) -> bool {
        let of = |it: &Value| {
            it.list("/metadata/ownerReferences").first().map(|it| it.name().to_owned())
        };
        let version = |it: &Value| -> i64 {
            it.text("/metadata/annotations/deployment.kubernetes.io~1revision").parse().unwrap_or(0)
        };
        let Some(owner) = of(pod) else { return false };
        let sets = self.all("replicasets");
        let Some(set) = sets.iter().find(|it| it.name() == owner) else { return false };
        let Some(deployment) = of(set) else { return false };
        let newer = |it: &Value| version(it) > version(set);
        sets.iter().any(|it| of(it).as_ref() == Some(&deployment) && newer(it))
    }

    /// Every container of a pod, those that prepare it first.
    pub(super) fn containers(pod: &Value) -> impl Iterator<Item = Container<'_>> {
        [
            ("/spec/initContainers", "/status/initContainerStatuses"),
            ("/spec/containers", "/status/containerStatuses"),
        ]
        .into_iter()
        .flat_map(move |(specs, statuses)| {
            pod.list(specs).iter().enumerate().map(move |(at, spec)| {
                let statuses = pod.list(statuses).iter();
                let status = statuses.into_iter().find(|it| it.name() == spec.name());
                let place = format!("/spec/template{specs}/{at}");
                Container { pod, spec, status: status.unwrap_or(&Value::Null), place }
            })
        })
    }

    /// What makes this pod, and has to be changed, as kubectl takes it: `deploy/order`.
    pub(super) fn maker(&self, pod: &Value) -> String {
        let Some(owner) = pod.list("/metadata/ownerReferences").first() else {
            return format!("pod/{}", pod.name());
        };
        let (kind, name) = (owner.text("/kind"), owner.name());
        let sets = self.all("replicasets").iter();
        let set = sets.into_iter().find(|it| kind == "ReplicaSet" && it.name() == name);
        let above = set.and_then(|it| it.list("/metadata/ownerReferences").first());
        match above.unwrap_or(owner) {
            it if it.text("/kind") == "Deployment" => format!("deploy/{}", it.name()),
            it => format!("{}/{}", it.text("/kind").to_lowercase(), it.name()),
        }
    }

    /// Everything that makes pods by a template.
    pub(super) fn templates(&self) -> impl Iterator<Item = (String, &Value)> {
        [("deployments", "deploy"), ("statefulsets", "statefulset"), ("daemonsets", "daemonset")]
            .into_iter()
            .flat_map(|(kind, short)| {
                self.all(kind).iter().map(move |it| (format!("{short}/{}", it.name()), it))
            })
    }

    /// The last event of this reason about an object; `about` is a part of its message, or of the
    /// path of the container that it is about.
    pub(super) fn last_event(&self, of: &Value, reason: &str, about: &str) -> Option<&Value> {
        let uid = of.text("/metadata/uid");
        let events = self.all("events").iter().filter(|it| {
            it.text("/involvedObject/uid") == uid
                && it.text("/reason") == reason
                && (it.text("/message").contains(about)
                    || it.text("/involvedObject/fieldPath").contains(about))
        });
        events.max_by_key(|it| last_seen(it))
    }

    /// Seconds since then.
    pub(super) fn since(&self, then: Option<Timestamp>) -> i64 {
        then.map_or(0, |it| (self.now.as_second() - it.as_second()).max(0))
    }

    /// How to change what one of its containers needs.
    pub(super) fn set_resources(&self, maker: &str, container: &str, what: &str) -> String {
        let kubectl = &self.kubectl;
        if is_fixed(maker) {
            return format!("set {what} in its manifest, delete {maker}, and apply it again");
        }
        format!("{kubectl} set resources {maker} -c {container} {what}")
    }

    /// How to change a field of the template.
    pub(super) fn patch(&self, maker: &str, path: &str, value: &Value) -> String {
        let kubectl = &self.kubectl;
        if is_fixed(maker) {
            let path = path.strip_prefix("/spec/template").unwrap_or(path);
            return format!(
                "set {path} to {value} in its manifest, delete {maker}, and apply it again"
            );
        }
        format!(
            r#"{kubectl} patch {maker} --type=json -p '[{{"op":"add","path":"{path}","value":{value}}}]'"#
        )
    }
}

/// Whether something makes another in its place.
fn is_owned(pod: &Value) -> bool {
    !pod.list("/metadata/ownerReferences").is_empty()
}

/// Whether almost nothing of it can be changed while it is there.
fn is_fixed(maker: &str) -> bool {
    maker.starts_with("pod/") || maker.starts_with("job/")
}

/// A container: what it is to be, and how it is.
pub(super) struct Container<'a> {
    pub(super) pod: &'a Value,
    pub(super) spec: &'a Value,
    pub(super) status: &'a Value,
    /// Where it stands in the template that it was made from.
    pub(super) place: String,
}

impl<'a> Container<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.spec.name()
    }

    /// Why it does not run yet or again, such as `ImagePullBackOff`.
    pub(super) fn waits(&self) -> &'a str {
        self.status.text("/state/waiting/reason")
    }

    pub(super) fn is_ready(&self) -> bool {
        self.status["ready"] == true
    }

    pub(super) fn restarts(&self) -> i64 {
        self.status.whole("/restartCount").unwrap_or_default()
    }

    /// How it ended the last time, if ever.
    pub(super) fn ended(&self) -> Option<&'a Value> {
        let of = |state: &str| self.status.pointer(state).filter(|it| it.is_object());
        of("/state/terminated").or_else(|| of("/lastState/terminated"))
    }

    pub(super) fn running_since(&self) -> Option<Timestamp> {
        self.status.time("/state/running/startedAt")
    }

    /// The ports that the pod says it listens on, of all its containers.
    pub(super) fn ports_of_pod(&self) -> Vec<i64> {
        ports(self.pod)
    }
}

/// The ports that a pod says it listens on.
pub(super) fn ports(pod: &Value) -> Vec<i64> {
    let containers = pod.list("/spec/containers").iter().chain(sidecars(pod));
    let ports = containers.flat_map(|it| it.list("/ports"));
    ports.filter_map(|it| it.whole("/containerPort")).collect()
}

/// Those of the containers that prepare it that go on running.
pub(super) fn sidecars(pod: &Value) -> impl Iterator<Item = &Value> {
    pod.list("/spec/initContainers").iter().filter(|it| it.text("/restartPolicy") == "Always")
}
