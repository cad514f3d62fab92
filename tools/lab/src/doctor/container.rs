//! A container of a pod, and the ports that a pod declares.

use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::read::Read as _;

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

    /// Whether the containers that do the work wait for it.
    pub(super) fn prepares(&self) -> bool {
        self.place.contains("/initContainers/")
    }

    /// Whether it stands among those that prepare, and goes on running.
    pub(super) fn is_sidecar(&self) -> bool {
        self.prepares() && self.spec.text("/restartPolicy") == "Always"
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
