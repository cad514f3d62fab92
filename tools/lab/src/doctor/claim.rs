//! Volume claims that nothing meets.

use serde_json::Value;

use super::{
    finding::{Finding, Rank},
    read::{Read as _, abridged},
    seen::{Seen, condition_is},
};

/// A volume is made in that time, seconds.
const PATIENCE: i64 = 60;

pub(super) fn judge(seen: &Seen, found: &[Finding]) -> Vec<Finding> {
    let claims = seen.all("persistentvolumeclaims").iter();
    claims.filter_map(|it| finding(seen, it, found)).collect()
}

fn finding(seen: &Seen, claim: &Value, found: &[Finding]) -> Option<Finding> {
    let (kubectl, about) = (&seen.kubectl, format!("pvc/{}", claim.name()));
    let phase = claim.text("/status/phase");
    if phase == "Lost" {
        return Some(
            Finding::new(Rank::Stops, &about, "has lost its volume (Lost)")
                .because(format!("The volume {} that it was bound to is gone.", claim.text("/spec/volumeName")))
                .cure(format!("restore the volume, or begin anew: {kubectl} delete {about}, and apply it again")),
        );
    }
    for of in ["ControllerResizeError", "NodeResizeError", "ModifyVolumeError"] {
        if let Some(it) = condition_is(claim, of, "True") {
            return Some(
                Finding::new(Rank::Halts, &about, format!("cannot be changed ({of})"))
                    .because("The storage refuses it; it says why, above.")
                    .cure(format!("{kubectl} describe {about}"))
                    .said(abridged(it.text("/message"))),
            );
        }
    }
    // A pod that waits for it tells of it already.
    let named = format!("claim {} ", claim.name());
    let old = seen.since(claim.time("/metadata/creationTimestamp")) > PATIENCE;
    if phase != "Pending" || !old || found.iter().any(|it| it.what.contains(&named)) {
        return None;
    }
    let failed = seen.last_event(claim, "ProvisioningFailed", "").or(seen.last_event(
        claim,
        "FailedBinding",
        "",
    ));
    let waits = seen.last_event(claim, "WaitForFirstConsumer", "").is_some();
    if failed.is_none() && waits {
        return None;
    }
    let class = claim.text("/spec/storageClassName");
    let known = seen.objects.get("storageclasses");
    let cause = match known {
        _ if class.is_empty() => {
            "It names no storage class, and the cluster has no default one, or no volume for it."
                .to_owned()
        }
        Some(all) if all.iter().all(|it| it.name() != class) => {
            let there: Vec<&str> = all.iter().map(super::read::Read::name).collect();
            format!("There is no storage class {class}; there are: {}.", there.join(", "))
        }
        _ => format!("The storage class {class} gives it no volume."),
    };
    Some(
        Finding::new(Rank::Stops, &about, "gets no volume (Pending)")
            .because(cause)
            .cure(format!("kubectl get storageclass; correct storageClassName or accessModes: {kubectl} delete {about}, and apply it again"))
            .said(failed.map(|it| abridged(it.text("/message"))).unwrap_or_default()),
    )
}
