//! What is being deleted, and stays.

use serde_json::Value;

use super::{
    finding::{Finding, Rank},
    kinds,
    read::{Read as _, abridged},
    seen::Seen,
};

/// So long after its time of grace a pod may still be there, seconds.
const PATIENCE_OF_PODS: i64 = 60;
/// Others wait for what they have made, which has a time of grace, seconds.
const PATIENCE: i64 = 120;

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let namespace = seen.all("namespaces").iter().map(|it| ("namespaces", it));
    let late = kinds::objects(seen).chain(namespace).filter(|(kind, it)| {
        let patience = if *kind == "pods" { PATIENCE_OF_PODS } else { PATIENCE };
        // That of a pod is the time by which it is to be gone.
        it.time("/metadata/deletionTimestamp").is_some_and(|then| seen.since(Some(then)) > patience)
    });
    late.map(|(kind, it)| finding(seen, kind, it)).collect()
}

fn finding(seen: &Seen, kind: &str, it: &Value) -> Finding {
    let about = if kind == "namespaces" {
        format!("namespace/{}", it.name())
    } else {
        kinds::called(kind, it.name())
    };
    let late = seen.since(it.time("/metadata/deletionTimestamp"));
    let finding = Finding::new(
        Rank::Halts,
        &about,
        format!("is to be deleted, and is still there after {late} s (Terminating)"),
    );
    let holds: Vec<&str> =
        it.list("/metadata/finalizers").iter().filter_map(Value::as_str).collect();
    let kubectl = &seen.kubectl;
    if kind == "namespaces" {
        let conditions =
            it.list("/status/conditions").iter().filter(|it| it.text("/status") == "True");
        let finding =
            conditions.fold(finding, |finding, it| finding.said(abridged(it.text("/message"))));
        return finding
            .because("It goes when everything in it has gone.")
            .cure("delete what is named above, and look for its finalizers");
    }
    if holds.contains(&"kubernetes.io/pvc-protection") {
        let users = seen.all("pods").iter().filter(|pod| {
            let mut volumes = pod.list("/spec/volumes").iter();
            volumes.any(|volume| volume.text("/persistentVolumeClaim/claimName") == it.name())
        });
        let users: Vec<&str> = users.map(super::read::Read::name).collect();
        return finding
            .because(format!("Pods still use it: {}.", users.join(", ")))
            .cure(format!("delete what makes these pods; then {about} goes by itself"));
    }
    if !holds.is_empty() {
        return finding
            .because(format!(
                "It waits for its finalizers ({}): what set them has to take them away, and does not.",
                holds.join(", ")
            ))
            .cure(format!("see whether the controller that set them runs; if it is gone for good: {kubectl} patch {about} --type=merge -p '{{\"metadata\":{{\"finalizers\":null}}}}'"));
    }
    let node = it.text("/spec/nodeName");
    if kind == "pods" && !node.is_empty() {
        return finding
            .because(format!(
                "Its node {node} does not say that its containers have ended; it may be gone."
            ))
            .cure(format!("{kubectl} get node {node}"))
            .cure(format!(
                "if the node is gone for good: {kubectl} delete {about} --force --grace-period=0"
            ));
    }
    finding.because("The cluster does not say why.").cure(format!("{kubectl} describe {about}"))
}
