//! API versions that Kubernetes has taken away, up to 1.34, and their successors.

use super::{
    schema,
    table::{ALPHA, GONE, MOVED, OFF, OTHERS},
};

/// What happened to a kind in a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is served, or is no kind of Kubernetes itself.
    Lives,
    /// It is in this version now, and why the old one is of no use.
    Moved { to: &'static str, why: String },
    /// There is no such thing any more, or it needs more than other words.
    Gone(String),
    /// A version of Kubernetes's that is not in this table.
    Unknown,
}

/// What became of a kind.
pub(crate) fn fate(version: &str, kind: &str) -> Fate {
    for (old, kinds, to, release) in MOVED {
        if old == version && kinds.contains(&kind) {
            return Fate::Moved { to, why: why(version, kind, to, release) };
        }
    }
    let (group, number) = version.split_once('/').unwrap_or(("", version));
    let kubernetes = !group.contains('.') || group.ends_with(".k8s.io");
    // What kustomize reads never comes to a cluster.
    let others = group.starts_with("kustomize.") || OTHERS.contains(&group);
    if !kubernetes || schema::has(version, kind) && !is_off(version) {
        return Fate::Lives;
    }
    let gone =
        |it: &&(&str, &str, &str)| version.starts_with(it.0) && (it.1.is_empty() || it.1 == kind);
    if let Some((_, _, told)) = GONE.iter().find(gone) {
        return Fate::Gone((*told).to_owned());
    }
    let settled = number.strip_prefix('v').is_some_and(|it| it.parse::<u8>().is_ok());
    match schema::home(kind) {
        _ if others => Fate::Lives,
        Some(home) if !version.is_empty() => {
            Fate::Gone(format!("{kind} is in {home}, not in {version}"))
        }
        _ if schema::has(version, kind) => {
            Fate::Gone(format!("{version} is served only where it is switched on"))
        }
        _ if settled => Fate::Lives,
        _ => Fate::Unknown,
    }
}

/// A version that no cluster serves unless it is asked to.
fn is_off(version: &str) -> bool {
    version.contains("alpha") || version.contains("beta")
}

fn why(version: &str, kind: &str, to: &str, release: &str) -> String {
    match release {
        ALPHA => format!("{version} was an early version of {kind}, and is gone"),
        OFF => format!("{kind} is in {to} by now; {version} is off unless it is switched on"),
        _ => format!("Kubernetes {release} took {kind} from {version}"),
    }
}

/// A reference to a kind: `scaleTargetRef` and its like name a version as well.
pub(crate) fn successor(version: &str, kind: &str) -> Option<&'static str> {
    if let Fate::Moved { to, .. } = fate(version, kind) { Some(to) } else { None }
}

#[cfg(test)]
mod tests {
    use super::{Fate, MOVED, fate, schema, successor};

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
        assert_eq!(fate("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration"), Fate::Lives);
        assert_eq!(fate("v1", "List"), Fate::Lives);
    }

    /// Tests apply these to a cluster, as they were and as they become.
    #[test]
    fn each_is_among_those_that_are_tried_on_a_cluster() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab/migrate/removed");
        let files = std::fs::read_dir(folder).expect("the folder");
        let texts = files.map(|it| std::fs::read_to_string(it.expect("an entry").path()));
        let tried: String = texts.map(|it| it.expect("text")).collect();
        for (version, kinds, ..) in MOVED {
            for kind in kinds {
                let head = format!("apiVersion: {version}\nkind: {kind}\n");
                assert!(tried.contains(&head), "{head}");
            }
        }
    }

    #[test]
    fn a_successor_is_there_and_the_old_one_is_not() {
        for (old, kinds, to, _) in MOVED {
            for kind in kinds {
                let file = old.starts_with("audit.");
                // A file of the API server's, not an object.
                assert!(file || schema::has(to, kind), "{to} {kind}");
                assert_ne!(old, to);
            }
        }
    }
}
