//! Fields, annotations and volumes that are gone, or that nothing acts on any more.

use crate::migrate::{change::Found, yaml::Node};

/// What to put in the place of a field that its version does not have.
const FIELDS: [(&str, &str); 12] = [
    ("additionalPrinterColumns", "put it below each of `versions`"),
    ("autoSelector", "`manualSelector` is its opposite"),
    ("deviceClassName", "put it below `exactly`, with all that says which device"),
    ("ipFamily", "it is a list by now: `ipFamilies: [IPv4]`"),
    ("preserveUnknownFields", "put x-kubernetes-preserve-unknown-fields into the schema"),
    ("scaleRef", "it is `scaleTargetRef`"),
    ("subresources", "put it below each of `versions`"),
    (
        "targetCPUUtilizationPercentage",
        "it is a field of autoscaling/v1; in autoscaling/v2: `metrics: [{type: Resource, resource: \
         {name: cpu, target: {type: Utilization, averageUtilization: …}}}]`",
    ),
    ("topology", "the name of a node is `nodeName`, a zone is `zone`"),
    ("topologyKeys", "it is gone since 1.22: `trafficDistribution: PreferClose`"),
    ("validation", "put it below each of `versions`, as `schema`"),
    ("webhookClientConfig", "it is `webhook: {clientConfig: …, conversionReviewVersions: …}`"),
];

/// Annotations that nothing reads any more: the begin of their keys, and what is read now.
const ANNOTATIONS: [(&str, &str); 13] = [
    ("pod.alpha.kubernetes.io/init", "gone since 1.8: `initContainers` of the pod"),
    ("pod.beta.kubernetes.io/init", "gone since 1.8: `initContainers` of the pod"),
    ("pod.alpha.kubernetes.io/initialized", "gone since 1.5: leave it out"),
    ("scheduler.alpha.kubernetes.io/affinity", "gone since 1.8: `affinity` of the pod"),
    ("scheduler.alpha.kubernetes.io/tolerations", "gone since 1.8: `tolerations` of the pod"),
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "gone since 1.16: `priorityClassName: system-cluster-critical`",
    ),
    (
        "seccomp.security.alpha.kubernetes.io/",
        "gone since 1.27: `securityContext: {seccompProfile: …}`",
    ),
    (
        "container.seccomp.security.alpha.kubernetes.io/",
        "gone since 1.27: `securityContext: {seccompProfile: …}`",
    ),
    ("security.alpha.kubernetes.io/sysctls", "gone since 1.11: `securityContext: {sysctls: […]}`"),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        "gone since 1.11: `securityContext: {sysctls: […]}`",
    ),
    (
        "service.alpha.kubernetes.io/tolerate-unready-endpoints",
        "gone since 1.24: `publishNotReadyAddresses: true`",
    ),
    (
        "service.beta.kubernetes.io/external-traffic",
        "gone since 1.8: `externalTrafficPolicy: Local`",
    ),
    ("volume.alpha.kubernetes.io/storage-class", "gone since 1.6: `storageClassName`"),
];

/// Volumes whose drivers are gone.
const VOLUMES: [(&str, &str); 8] = [
    ("cephfs", "1.31"),
    ("flocker", "1.25"),
    ("glusterfs", "1.26"),
    ("photonPersistentDisk", "1.26"),
    ("quobyte", "1.25"),
    ("rbd", "1.31"),
    ("scaleIO", "1.22"),
    ("storageos", "1.25"),
];

/// What is in the place of a field, if that is known.
pub(crate) fn why(field: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(it, _)| *it == field).map(|(_, why)| *why)
}

/// Tells what is still taken, and has no effect.
pub(crate) fn tell(root: &Node, found: &mut Found) {
    root.each_entry(&mut |key, value| match key.text() {
        Some("annotations") => annotations(value, found),
        Some("volumes") => value.items().iter().for_each(|it| volume(it, found)),
        Some("nodeSelector") => master(value, found),
        Some("tolerations") => {
            let all = value.items().iter().filter_map(|it| it.get("key"));
            let all = all.filter(|it| it.text() == Some(MASTER));
            all.for_each(|it| found.tell(it.place.start, MASTER_GONE));
        }
        _ => {}
    });
    if root.text_of("kind") == Some("PersistentVolume") {
        root.get("spec").into_iter().for_each(|it| volume(it, found));
    }
    rules(root, found);
}

const MASTER: &str = "node-role.kubernetes.io/master";
const MASTER_GONE: &str = "it is node-role.kubernetes.io/control-plane since 1.24";

fn master(selector: &Node, found: &mut Found) {
    if let Some((key, _)) = selector.entry(MASTER) {
        found.tell(key.place.start, MASTER_GONE);
    }
}

fn annotations(all: &Node, found: &mut Found) {
    for (key, _) in all.entries() {
        let Some(name) = key.text() else { continue };
        if let Some((_, why)) = ANNOTATIONS.iter().find(|(begin, _)| name.starts_with(begin)) {
            found.tell(key.place.start, format!("nothing reads this annotation, {why}"));
        }
    }
}

fn volume(of: &Node, found: &mut Found) {
    for (key, _) in of.entries() {
        let gone = VOLUMES.iter().find(|(name, _)| key.text() == Some(name));
        if let Some((name, release)) = gone {
            let told = format!("Kubernetes {release} took the driver for {name}: use one by CSI");
            found.tell(key.place.start, told);
        }
    }
}

/// A role for a group that has nothing in it.
fn rules(root: &Node, found: &mut Found) {
    for rule in root.get("rules").map(Node::items).unwrap_or_default() {
        let groups = rule.get("apiGroups").map(Node::items).unwrap_or_default();
        let has = |name: &str| groups.iter().find(|it| it.text() == Some(name));
        if let (Some(old), None, None) = (has("extensions"), has("*"), has("apps")) {
            let told = "nothing is in the group `extensions` any more: Deployments are in `apps`, \
                        Ingresses in `networking.k8s.io`";
            found.tell(old.place.start, told);
        }
    }
}
