//! What is in a namespace, and what belongs to what.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::{
    container::Container,
    read::{Read as _, last_seen},
    revision,
};

/// What keeps pods: the plural of its kind, and its name for kubectl.
const TEMPLATES: [(&str, &str); 5] = [
    ("deployments", "deploy"),
    ("statefulsets", "statefulset"),
    ("daemonsets", "daemonset"),
    ("replicasets", "replicaset"),
    ("replicationcontrollers", "replicationcontroller"),
];

/// Whether the cluster measures what pods use.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metrics {
    There,
    /// There is no metrics-server.
    Missing,
    /// There is one, and it does not answer.
    Silent,
    /// We may not ask.
    #[default]
    Unknown,
}

#[derive(Default)]
pub(super) struct Seen {
    /// `kubectl`, or the same with the namespace.
    pub(super) kubectl: String,
    pub(super) now: Timestamp,
    pub(super) metrics: Metrics,
    /// By the name of the kind, as in a URL: `pods`, or `httpproxies.projectcontour.io`.
    pub(super) objects: BTreeMap<String, Vec<Value>>,
    /// Kinds that we may not list.
    pub(super) hidden: Vec<String>,
    /// Kinds that the cluster fails to list.
    pub(super) unlisted: Vec<String>,
    /// The last lines of containers that ended or hang, by pod and container.
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
                && !(pod.text("/status/phase") == "Failed"
                    && (is_owned(pod) || !pod.text("/status/reason").is_empty()))
                && !self.is_replaced(pod)
                && !revision::is_left_behind(self, pod)
        })
    }

    /// Whether its Deployment has a newer version: what was wrong with this one is cured or not,
    /// and the pods of that one tell.
    pub(super) fn is_replaced(&self, pod: &Value) -> bool {
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
        let between = match owner.text("/kind") {
            "ReplicaSet" => self.all("replicasets"),
            "Job" => self.all("jobs"),
            _ => &[],
        };
        let between = between.iter().find(|it| it.name() == owner.name());
        let above = between.and_then(|it| it.list("/metadata/ownerReferences").first());
        match above.unwrap_or(owner) {
            it if it.text("/kind") == "Deployment" => format!("deploy/{}", it.name()),
            it => format!("{}/{}", it.text("/kind").to_lowercase(), it.name()),
        }
    }

    /// Everything that keeps pods by a template, and is not itself made by something else.
    pub(super) fn templates(&self) -> impl Iterator<Item = (String, &Value)> {
        TEMPLATES.into_iter().flat_map(|(kind, short)| {
            let alone =
                self.all(kind).iter().filter(move |it| kind != "replicasets" || !is_owned(it));
            alone.map(move |it| (format!("{short}/{}", it.name()), it))
        })
    }

    /// The template of a maker, as [`Self::maker`] names it.
    pub(super) fn template(&self, maker: &str) -> Option<&Value> {
        self.templates().find(|(name, _)| name == maker).map(|(_, it)| it)
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

    /// The last lines of a container, if they were wanted.
    pub(super) fn words(&self, pod: &str, container: &str) -> Vec<String> {
        let of = (pod.to_owned(), container.to_owned());
        self.last_words.get(&of).cloned().unwrap_or_default()
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
pub(super) fn is_owned(pod: &Value) -> bool {
    !pod.list("/metadata/ownerReferences").is_empty()
}

/// Whether almost nothing of it can be changed while it is there.
fn is_fixed(maker: &str) -> bool {
    ["pod/", "job/", "cronjob/"].iter().any(|it| maker.starts_with(it))
}

/// Whether requests may be sent to it.
pub(super) fn is_ready(pod: &Value) -> bool {
    match condition(pod, "Ready") {
        Some(it) => it.text("/status") == "True",
        None => Seen::containers(pod)
            .filter(|it| it.place.contains("/containers/"))
            .all(|it| it.is_ready()),
    }
}

/// The condition of this type, if the object has one.
pub(super) fn condition<'a>(object: &'a Value, of: &str) -> Option<&'a Value> {
    object.list("/status/conditions").iter().find(|it| it.text("/type") == of)
}

/// The condition of this type and status.
pub(super) fn condition_is<'a>(object: &'a Value, of: &str, status: &str) -> Option<&'a Value> {
    condition(object, of).filter(|it| it.text("/status") == status)
}
