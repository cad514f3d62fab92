//! Names with capitals: Kubernetes refuses them.

use crate::migrate::{
    change::Found,
    object::{Object, quoted_like},
    yaml::Node,
};

/// Kinds whose names have to be fit for DNS. A Role, for one, may be called as one likes.
const KINDS: &[&str] = &[
    "ConfigMap",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Job",
    "Namespace",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Pod",
    "PodDisruptionBudget",
    "ReplicaSet",
    "ReplicationController",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
    "StorageClass",
];

/// Keys below which a `name` is that of an object or of a part of a pod.
const NAMED: &[&str] = &[
    "configMap",
    "configMapKeyRef",
    "configMapRef",
    "containers",
    "initContainers",
    "scaleTargetRef",
    "secretKeyRef",
    "secretRef",
    "service",
    "volumeMounts",
    "volumes",
];

/// Keys that are themselves the name of another object.
const NAMES: &[&str] = &["claimName", "secretName", "serviceAccountName", "serviceName"];

const WHY: &str = "names have no capitals; all places that say this one change with it";

pub(crate) fn mend(object: &Object<'_>) -> Found {
    let mut found = Found::default();
    if !KINDS.contains(&object.kind) {
        return found;
    }
    for path in [["metadata", "name"], ["metadata", "namespace"]] {
        if let Some(name) = object.root.at(&path) {
            mend_name(object.text, name, &mut found);
        }
    }
    object.root.each_entry(&mut |key, value| match key.text() {
        Some(key) if NAMES.contains(&key) => mend_name(object.text, value, &mut found),
        Some(key) if NAMED.contains(&key) => {
            for named in std::iter::once(value).chain(value.items()) {
                if let Some(name) = named.get("name") {
                    mend_name(object.text, name, &mut found);
                }
            }
        }
        _ => {}
    });
    found
}

fn mend_name(text: &str, name: &Node, found: &mut Found) {
    let Some(old) = name.text() else { return };
    if let Some(new) = small(old).filter(|it| it != old) {
        found.edit(name.place.clone(), quoted_like(name.source(text), &new), WHY);
    } else if let Some(dashed) = small(&old.replace('_', "-")).filter(|it| it != old) {
        let told = format!("names have no `_`: `{dashed}` could be one, here and where it is used");
        found.tell(name.place.start, told);
    }
}

/// It without capitals, if it is a name but for these: `$(NAME)` and `{{ name }}` others fill in.
pub(crate) fn small(name: &str) -> Option<String> {
    let fit = name.chars().all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '.');
    fit.then(|| name.to_ascii_lowercase())
}
