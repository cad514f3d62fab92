//! Which kinds of objects are looked at, and how many of each there were.

use super::{read::Read as _, seen::Seen};

/// A kind: where the cluster lists it, its name there, and the name that kubectl takes.
pub(super) struct Kind {
    pub(super) api: &'static str,
    pub(super) plural: &'static str,
    pub(super) short: &'static str,
}

const fn kind(api: &'static str, plural: &'static str, short: &'static str) -> Kind {
    Kind { api, plural, short }
}

/// The kinds that a judgement knows, in a namespace.
pub(super) const KINDS: [Kind; 18] = [
    kind("/api/v1", "pods", "pod"),
    kind("/api/v1", "services", "service"),
    kind("/api/v1", "events", "event"),
    kind("/api/v1", "persistentvolumeclaims", "pvc"),
    kind("/api/v1", "resourcequotas", "quota"),
    kind("/api/v1", "limitranges", "limitrange"),
    kind("/api/v1", "replicationcontrollers", "replicationcontroller"),
    kind("/apis/discovery.k8s.io/v1", "endpointslices", "endpointslice"),
    kind("/apis/apps/v1", "deployments", "deploy"),
    kind("/apis/apps/v1", "replicasets", "replicaset"),
    kind("/apis/apps/v1", "statefulsets", "statefulset"),
    kind("/apis/apps/v1", "daemonsets", "daemonset"),
    kind("/apis/batch/v1", "jobs", "job"),
    kind("/apis/batch/v1", "cronjobs", "cronjob"),
    kind("/apis/autoscaling/v2", "horizontalpodautoscalers", "hpa"),
    kind("/apis/networking.k8s.io/v1", "ingresses", "ingress"),
    kind("/apis/networking.k8s.io/v1", "networkpolicies", "networkpolicy"),
    kind("/apis/policy/v1", "poddisruptionbudgets", "pdb"),
];

/// Of these only the names are read: what is in them is nobody's business here.
pub(super) const NAMES: [Kind; 3] = [
    kind("/api/v1", "configmaps", "configmap"),
    kind("/api/v1", "secrets", "secret"),
    kind("/api/v1", "serviceaccounts", "serviceaccount"),
];

/// Kinds that belong to the cluster, not to a namespace.
pub(super) const OF_THE_CLUSTER: [Kind; 3] = [
    kind("/api/v1", "nodes", "node"),
    kind("/apis/networking.k8s.io/v1", "ingressclasses", "ingressclass"),
    kind("/apis/storage.k8s.io/v1", "storageclasses", "storageclass"),
];

/// Groups of the API that Kubernetes itself has, whose other kinds have no state that could be wrong.
pub(super) const OWN_GROUPS: [&str; 16] = [
    "",
    "apps",
    "batch",
    "autoscaling",
    "policy",
    "networking.k8s.io",
    "discovery.k8s.io",
    "storage.k8s.io",
    "coordination.k8s.io",
    "rbac.authorization.k8s.io",
    "authorization.k8s.io",
    "authentication.k8s.io",
    "events.k8s.io",
    "metrics.k8s.io",
    "custom.metrics.k8s.io",
    "external.metrics.k8s.io",
];

/// How kubectl calls an object of the kind with this plural: `deploy/order`.
pub(super) fn called(plural: &str, name: &str) -> String {
    let known = KINDS.iter().chain(&NAMES).chain(&OF_THE_CLUSTER);
    let short = known.into_iter().find(|it| it.plural == plural).map_or(plural, |it| it.short);
    format!("{short}/{name}")
}

fn is_of_the_cluster(plural: &str) -> bool {
    OF_THE_CLUSTER.iter().any(|it| it.plural == plural)
}

/// Every object of the namespace that can have something wrong, with the plural of its kind.
pub(super) fn objects(seen: &Seen) -> impl Iterator<Item = (&str, &serde_json::Value)> {
    let kinds =
        seen.objects.iter().filter(|(kind, _)| *kind != "events" && !is_of_the_cluster(kind));
    kinds.flat_map(|(kind, all)| all.iter().map(move |it| (kind.as_str(), it)))
}

/// What every namespace has from its first moment on.
fn is_given(plural: &str, name: &str) -> bool {
    matches!(
        (plural, name),
        ("services" | "endpointslices", "kubernetes")
            | ("configmaps", "kube-root-ca.crt")
            | ("serviceaccounts", "default")
    )
}

/// Whether nobody has made anything here.
pub(super) fn is_empty(seen: &Seen) -> bool {
    objects(seen).all(|(kind, it)| is_given(kind, it.name()))
}

/// The kinds that may not be listed, without those that are none of the namespace's.
pub(super) fn hidden_here(seen: &Seen) -> bool {
    seen.hidden.iter().any(|it| !is_of_the_cluster(it))
}

/// How many of each kind were looked at, and of which kinds there are none.
pub(super) fn looked_at(seen: &Seen) -> Vec<String> {
    let own = seen.objects.iter().filter(|(kind, _)| !is_of_the_cluster(kind));
    let (some, none): (Vec<_>, Vec<_>) = own.partition(|(_, all)| !all.is_empty());
    let count = |(kind, all): (&String, &Vec<_>)| format!("{kind} ({})", all.len());
    let some: Vec<String> = some.into_iter().map(count).collect();
    let none: Vec<&str> = none.into_iter().map(|(kind, _)| kind.as_str()).collect();
    let mut lines = Vec::new();
    if !some.is_empty() {
        lines.push(format!("Looked at: {}", some.join(", ")));
    }
    if !none.is_empty() {
        lines.push(format!("There are no {}", none.join(", ")));
    }
    if !seen.hidden.is_empty() {
        lines.push(format!("Not looked at, because you may not: {}", seen.hidden.join(", ")));
    }
    if !seen.unlisted.is_empty() {
        let kinds = seen.unlisted.join(", ");
        lines.push(format!("Not looked at, because the cluster cannot list them: {kinds}"));
    }
    lines
}
