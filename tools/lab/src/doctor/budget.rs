//! `PodDisruptionBudgets` that let no pod go, or protect nothing.

use serde_json::Value;

use super::{
    finding::{Finding, Rank},
    read::{Read as _, abridged, joined},
    seen::{Seen, condition},
    service::fits,
};

/// The cluster needs a moment to count, seconds.
const PATIENCE: i64 = 60;

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let budgets = seen.all("poddisruptionbudgets").iter();
    let old = budgets.filter(|it| seen.since(it.time("/metadata/creationTimestamp")) > PATIENCE);
    old.filter_map(|it| finding(seen, it)).collect()
}

fn finding(seen: &Seen, budget: &Value) -> Option<Finding> {
    let (kubectl, about) = (&seen.kubectl, format!("pdb/{}", budget.name()));
    let failed =
        condition(budget, "DisruptionAllowed").filter(|it| it.text("/reason") == "SyncFailed");
    if let Some(it) = failed {
        return Some(
            Finding::new(Rank::Halts, &about, "does not work (SyncFailed)")
                .because("The cluster cannot count the pods that it is for; it says why, above.")
                .cure(format!("correct its selector: {kubectl} edit {about}"))
                .said(abridged(it.text("/message"))),
        );
    }
    let of = |field: &str| budget.whole(&format!("/status/{field}")).unwrap_or_default();
    let (expected, desired) = (of("expectedPods"), of("desiredHealthy"));
    if expected > 0 && desired >= expected {
        let rule = ["minAvailable", "maxUnavailable"];
        let rule = rule.into_iter().find_map(|it| {
            let value = budget.pointer(&format!("/spec/{it}"))?;
            Some(format!(
                "{it} {}",
                value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
            ))
        });
        return Some(
            Finding::new(Rank::Halts, &about, "lets no pod go: a drain of a node waits for ever")
                .because(format!(
                    "Of its {expected} pods {desired} have to stay ({}).",
                    rule.unwrap_or_default()
                ))
                .cure(format!(r#"{kubectl} patch {about} --type=merge -p '{{"spec":{{"minAvailable":null,"maxUnavailable":1}}}}'"#))
                .cure("or run one pod more than have to stay"),
        );
    }
    protects_nothing(seen, budget, &about, expected)
}

fn protects_nothing(seen: &Seen, budget: &Value, about: &str, expected: i64) -> Option<Finding> {
    let selector = budget.labels("/spec/selector/matchLabels");
    let templates = seen.templates().map(|(_, it)| it.labels("/spec/template/metadata/labels"));
    let alone = seen.all("pods").iter().map(|it| it.labels("/metadata/labels"));
    let fitting = templates.chain(alone).any(|it| fits(&selector, &it));
    let others = budget.pointer("/spec/selector/matchExpressions").is_some();
    (expected == 0 && !selector.is_empty() && !fitting && !others).then(|| {
        Finding::new(
            Rank::Waits,
            about,
            format!("protects nothing: no pod has the labels {}", joined(&selector)),
        )
        .because("Its selector is that of no pod and of no template here.")
        .cure(format!("correct its selector ({} edit {about}), or delete it", seen.kubectl))
    })
}
