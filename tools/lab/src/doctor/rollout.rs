//! Deployments whose update does not get on.

use serde_json::Value;

use super::{
    finding::{Finding, Rank},
    read::{Read as _, abridged, joined},
    seen::{Seen, condition_is},
};

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let stopped = seen.all("deployments").iter().filter_map(|it| stopped(seen, it));
    stopped.chain(seen.all("daemonsets").iter().filter_map(|it| nowhere(seen, it))).collect()
}

fn stopped(seen: &Seen, it: &Value) -> Option<Finding> {
    let (kubectl, maker) = (&seen.kubectl, format!("deploy/{}", it.name()));
    let updated = it.whole("/status/updatedReplicas").unwrap_or_default();
    let wanted = it.whole("/spec/replicas").unwrap_or(1);
    if it.pointer("/spec/paused") == Some(&Value::Bool(true)) && updated < wanted {
        return Some(
            Finding::new(Rank::Halts, &maker, "is paused in the middle of an update")
                .because(format!(
                    "{updated} of {wanted} pods are new; nothing more happens while it is paused."
                ))
                .cure(format!("{kubectl} rollout resume {maker}")),
        );
    }
    let late = condition_is(it, "Progressing", "False")?;
    let reason = late.text("/reason");
    if reason != "ProgressDeadlineExceeded" {
        return Some(
            Finding::new(Rank::Halts, &maker, format!("does not get on ({reason})"))
                .because("The cluster says why, above.")
                .cure(format!("{kubectl} describe {maker}"))
                .said(abridged(late.text("/message"))),
        );
    }
    let seconds = it.whole("/spec/progressDeadlineSeconds").unwrap_or(600);
    let available = it.whole("/status/availableReplicas").unwrap_or_default();
    Some(
        Finding::new(Rank::Halts, &maker, "has an update that stopped (ProgressDeadlineExceeded)")
            .because(format!(
                "For {seconds} s no new pod got ready; {available} of {wanted} wanted pods can be used."
            ))
            .cure(format!("back to the version before: {kubectl} rollout undo {maker}"))
            .cure("or cure what is wrong with its new pods")
            .said(abridged(late.text("/message"))),
    )
}

/// A `DaemonSet` that no node is to have a pod of.
fn nowhere(seen: &Seen, it: &Value) -> Option<Finding> {
    let observed = it.whole("/status/observedGeneration").is_some();
    if !observed || it.whole("/status/desiredNumberScheduled") != Some(0) {
        return None;
    }
    let maker = format!("daemonset/{}", it.name());
    let wanted = joined(&it.labels("/spec/template/spec/nodeSelector"));
    let wanted =
        if wanted.is_empty() { "by its affinity and tolerations".to_owned() } else { wanted };
    Some(
        Finding::new(Rank::Halts, &maker, "has no pods: no node is to have one")
            .because(format!("It wants nodes of this kind: {wanted}. None is."))
            .cure(format!("correct nodeSelector, affinity or tolerations in {maker}"))
            .cure(format!("or label a node: {} label node NAME KEY=VALUE", seen.kubectl)),
    )
}
