//! API versions that Kubernetes has taken away, and their successors.

/// What happened to a kind in a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is served, or is no kind of Kubernetes itself.
    Lives,
    /// It is in this version now; the release took the old one away.
    Moved { to: &'static str, release: &'static str },
    /// There is no such thing any more, or it needs more than other words.
    Gone(&'static str),
    /// A version of Kubernetes's that is not in this table.
    Unknown,
}

const WORKLOADS: &[&str] = &["Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"];
const RBAC: &[&str] = &["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"];

/// Group and version of old, kinds, group and version of today, and the release without the old.
const MOVED: [(&str, &[&str], &str, &str); 18] = [
    ("extensions/v1beta1", WORKLOADS, "apps/v1", "1.16"),
    ("apps/v1beta1", WORKLOADS, "apps/v1", "1.16"),
    ("apps/v1beta2", WORKLOADS, "apps/v1", "1.16"),
    ("extensions/v1beta1", &["NetworkPolicy"], "networking.k8s.io/v1", "1.16"),
    ("extensions/v1beta1", &["Ingress"], "networking.k8s.io/v1", "1.22"),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], "networking.k8s.io/v1", "1.22"),
    ("rbac.authorization.k8s.io/v1beta1", RBAC, "rbac.authorization.k8s.io/v1", "1.22"),
    ("storage.k8s.io/v1beta1", &["StorageClass"], "storage.k8s.io/v1", "1.22"),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"], "scheduling.k8s.io/v1", "1.22"),
    ("coordination.k8s.io/v1beta1", &["Lease"], "coordination.k8s.io/v1", "1.22"),
    ("batch/v2alpha1", &["CronJob"], "batch/v1", "1.21"),
    ("batch/v1beta1", &["CronJob"], "batch/v1", "1.25"),
    ("policy/v1beta1", &["PodDisruptionBudget"], "policy/v1", "1.25"),
    ("node.k8s.io/v1beta1", &["RuntimeClass"], "node.k8s.io/v1", "1.25"),
    ("autoscaling/v2beta1", &["HorizontalPodAutoscaler"], "autoscaling/v2", "1.25"),
    ("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], "autoscaling/v2", "1.26"),
    ("apps/v1beta1", &["ControllerRevision"], "apps/v1", "1.16"),
    ("apps/v1beta2", &["ControllerRevision"], "apps/v1", "1.16"),
];

/// Kinds without a successor of the same shape.
const GONE: [(&str, &str); 5] = [
    ("PodPreset", "PodPreset is gone since 1.20: put its variables into the pods themselves"),
    (
        "PodSecurityPolicy",
        "PodSecurityPolicy is gone since 1.25: label the namespace \
         pod-security.kubernetes.io/enforce=baseline",
    ),
    (
        "CustomResourceDefinition",
        "this version of CustomResourceDefinition is gone since 1.22, and apiextensions.k8s.io/v1 \
         needs a schema: take the definition from who wrote it",
    ),
    ("ValidatingWebhookConfiguration", "this version is gone since 1.22: v1 needs more fields"),
    ("MutatingWebhookConfiguration", "this version is gone since 1.22: v1 needs more fields"),
];

/// What became of a kind.
pub(crate) fn fate(version: &str, kind: &str) -> Fate {
    for (old, kinds, to, release) in MOVED {
        if old == version && kinds.contains(&kind) {
            return Fate::Moved { to, release };
        }
    }
    let (group, number) = version.split_once('/').unwrap_or(("", version));
    // What kustomize reads never comes to a cluster.
    let kubernetes =
        !group.contains('.') || (group.ends_with(".k8s.io") && !group.starts_with("kustomize."));
    let settled = number.strip_prefix('v').is_some_and(|it| it.parse::<u8>().is_ok());
    if settled || !kubernetes {
        return Fate::Lives;
    }
    GONE.iter().find(|(it, _)| *it == kind).map_or(Fate::Unknown, |(_, told)| Fate::Gone(told))
}

/// A reference to a kind: `scaleTargetRef` and its like name a version as well.
pub(crate) fn successor(version: &str, kind: &str) -> Option<&'static str> {
    if let Fate::Moved { to, .. } = fate(version, kind) { Some(to) } else { None }
}

#[cfg(test)]
mod tests {
    use super::{Fate, fate, successor};

    #[test]
    fn a_removed_version_has_a_successor() {
        for (version, kind, now) in [
            ("extensions/v1beta1", "Deployment", Some("apps/v1")),
            ("extensions/v1beta1", "Ingress", Some("networking.k8s.io/v1")),
            ("autoscaling/v2beta2", "HorizontalPodAutoscaler", Some("autoscaling/v2")),
            ("apps/v1", "Deployment", None),
            ("v1", "Service", None),
        ] {
            assert_eq!(successor(version, kind), now, "{version} {kind}");
        }
    }

    #[test]
    fn what_has_none_is_told_and_others_things_live() {
        assert!(matches!(fate("settings.k8s.io/v1alpha1", "PodPreset"), Fate::Gone(_)));
        assert_eq!(fate("batch/v1beta1", "Jobs"), Fate::Unknown);
        assert_eq!(fate("networking.istio.io/v1alpha3", "VirtualService"), Fate::Lives);
        assert_eq!(fate("argoproj.io/v1alpha1", "Rollout"), Fate::Lives);
        assert_eq!(fate("kustomize.config.k8s.io/v1beta1", "Kustomization"), Fate::Lives);
    }
}
