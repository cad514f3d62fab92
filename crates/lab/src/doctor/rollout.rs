//! Deployments that do not get on: pods that are refused, updates that stopped.

use serde_json::{Value, json};

use super::{
    finding::{Finding, Rank},
    read::{Read as _, brief},
    seen::Seen,
};

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        seen.templates().filter_map(|(maker, it)| refused(seen, &maker, it)).collect();
    findings.extend(seen.all("deployments").iter().filter_map(|it| stopped(seen, it)));
    findings
}

/// Its pods are not even made.
fn refused(seen: &Seen, maker: &str, it: &Value) -> Option<Finding> {
    let said = match condition(it, "ReplicaFailure", "True") {
        Some(it) => it.text("/message"),
        None if maker.starts_with("deploy/") => return None,
        None => {
            let wanted = it.whole("/spec/replicas").or(it.whole("/status/desiredNumberScheduled"));
            let made = it.whole("/status/replicas").or(it.whole("/status/currentNumberScheduled"));
            let lacks = made.unwrap_or_default() < wanted.unwrap_or_default();
            seen.last_event(it, "FailedCreate", "").filter(|_| lacks)?.text("/message")
        }
    };
    let finding = |what: &str| {
        let said = said.find("violates ").map_or(said, |at| &said[at..]);
        Finding::new(Rank::Stops, maker, format!("gets no pods: {what}")).said(brief(said))
    };
    if let Some((_, breaches)) = said.split_once("violates PodSecurity ") {
        let level = breaches.split(['"', ':']).nth(1).unwrap_or("a level");
        let context = json!({
            "runAsNonRoot": true, "runAsUser": 65532, "allowPrivilegeEscalation": false,
            "capabilities": { "drop": ["ALL"] }, "seccompProfile": { "type": "RuntimeDefault" },
        });
        let fixable = level == "restricted" && !breaches.contains("hostPath");
        let cure = if fixable {
            seen.patch(maker, "/spec/template/spec/containers/0/securityContext", &context)
        } else {
            format!("take out of {maker} what is named above")
        };
        return Some(
            finding("they are not allowed here (Pod Security)")
                .because(format!(
                    "The namespace allows only what is {level}; what is against it stands above."
                ))
                .cure(cure),
        );
    }
    if said.contains("exceeded quota") || said.contains("failed quota") {
        return Some(
            finding("the namespace's quota is used up")
                .because("A ResourceQuota limits what all pods here may ask for together.")
                .cure(format!(
                    "{} describe quota; scale something down or ask for less",
                    seen.kubectl
                )),
        );
    }
    if said.contains("serviceaccount") && said.contains("not found") {
        return Some(
            finding("their service account is not there")
                .because("serviceAccountName names one that this namespace does not have.")
                .cure(format!(
                    "{} create serviceaccount NAME, or correct serviceAccountName in {maker}",
                    seen.kubectl
                )),
        );
    }
    Some(
        finding("the cluster refuses them")
            .because("It says why, above.")
            .cure(format!("{} describe {maker}", seen.kubectl)),
    )
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
    let late = condition(it, "Progressing", "False")
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
            .said(brief(late.text("/message"))),
    )
}

fn condition<'a>(it: &'a Value, of: &str, status: &str) -> Option<&'a Value> {
    let mut all = it.list("/status/conditions").iter();
    all.find(|it| it.text("/type") == of && it.text("/status") == status)
}
