//! Deployments whose update does not get on.

use serde_json::Value;

use super::{
    finding::{Finding, Rank},
    read::{Read as _, abridged},
    seen::{Seen, condition_is},
};

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    seen.all("deployments").iter().filter_map(|it| stopped(seen, it)).collect()
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
    let late = condition_is(it, "Progressing", "False")
        .filter(|it| it.text("/reason") == "ProgressDeadlineExceeded")?;
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
