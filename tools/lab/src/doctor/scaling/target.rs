//! What an autoscaler scales: nothing, what another one scales too, or more than its own pods.

use std::collections::{BTreeMap, BTreeSet};

use super::Autoscaler;
use crate::doctor::{
    finding::{Finding, Rank},
    read::{Read as _, abridged, joined},
    seen::condition_is,
    service::fits,
};

/// Of autoscalers that have the same target, the first has the finding for all of them.
pub(super) enum Sharing {
    Alone,
    First(Finding),
    Other,
}

/// Whether it shares what it scales, or the pods of it, with others.
pub(super) fn sharing(it: &Autoscaler, all: &[Autoscaler]) -> Sharing {
    let same: Vec<&str> = all
        .iter()
        .filter(|other| other.target() == it.target())
        .map(|it| it.about.as_str())
        .collect();
    let Some((first, others)) = same.split_first().filter(|(_, others)| !others.is_empty()) else {
        return ambiguous(it).map_or(Sharing::Alone, Sharing::First);
    };
    if *first != it.about {
        return Sharing::Other;
    }
    let (kind, name) = it.target();
    let mine = same.join(" and ");
    let said =
        condition_is(it.object, "ScalingActive", "False").map(|it| abridged(it.text("/message")));
    Sharing::First(
        Finding::new(
            Rank::Halts,
            first,
            format!("is not alone: {mine} scale the same {kind} {name}"),
        )
        .because("Two autoscalers contradict one another, so both stop and show <unknown>.")
        .cure(format!("{} delete {}", it.seen.kubectl, others.join(" ")))
        .cure("and write what each of them wanted as `metrics` of the one that stays")
        .said(said.unwrap_or_default()),
    )
}

/// The pods of its target are those of another autoscaler's as well.
fn ambiguous(it: &Autoscaler) -> Option<Finding> {
    let told = condition_is(it.object, "ScalingActive", "False")?;
    (told.text("/reason") == "AmbiguousSelector").then(|| {
        let target = it.scaled().map(|(maker, _)| maker).unwrap_or_default();
        it.unknown("other autoscalers count the same pods (AmbiguousSelector)")
            .because("The selector of its target is also that of another autoscaler's target; which two, stands above.")
            .cure(format!("give {target} and the other one selectors that share no pod: delete one, and apply it again with a label of its own"))
            .said(abridged(told.text("/message")))
    })
}

/// What it scales has no replicas, and then it does nothing.
pub(super) fn switched_off(it: &Autoscaler) -> Option<Finding> {
    let told = condition_is(it.object, "ScalingActive", "False");
    let disabled = told.is_some_and(|it| it.text("/reason") == "ScalingDisabled");
    let scaled = it.scaled();
    let none = scaled.as_ref().is_some_and(|(_, it)| it.whole("/spec/replicas") == Some(0));
    let from_none = it.object.whole("/spec/minReplicas") == Some(0);
    if !(disabled || none && !from_none) {
        return None;
    }
    let (kind, name) = it.target();
    let target =
        scaled.map_or_else(|| format!("{}/{name}", kind.to_lowercase()), |(maker, _)| maker);
    Some(
        Finding::new(Rank::Halts, &it.about, format!("is switched off: {target} has 0 replicas"))
            .because("An autoscaler does not wake what was scaled to 0.")
            .cure(format!("{} scale {target} --replicas=1", it.seen.kubectl))
            .said(told.map(|it| abridged(it.text("/message"))).unwrap_or_default()),
    )
}

/// Its target's selector fits pods that the target has not made: their numbers are reckoned in.
pub(super) fn counts_strangers(it: &Autoscaler) -> Option<Finding> {
    let (target, template) = it.scaled()?;
    let selector = template.labels("/spec/selector/matchLabels");
    if selector.is_empty() || template.pointer("/spec/selector/matchExpressions").is_some() {
        return None;
    }
    let strangers = it.seen.all("pods").iter().filter(|pod| {
        let running = !matches!(pod.text("/status/phase"), "Succeeded" | "Failed");
        let there = pod.text("/metadata/deletionTimestamp").is_empty();
        running && there && fits(&selector, &pod.labels("/metadata/labels"))
    });
    let makers: BTreeSet<String> =
        strangers.map(|pod| it.seen.maker(pod)).filter(|maker| *maker != target).collect();
    let first = makers.first()?;
    let many: Vec<&str> = makers.iter().map(String::as_str).collect();
    let labels = joined(&selector);
    let cure = match first.strip_prefix("pod/") {
        Some(pod) => format!("give it another label: {}", relabel(it, pod, &selector)),
        None => format!(
            "give the pods of {first} other labels than {labels}, or {target} a selector with one more: delete it, and apply it again"
        ),
    };
    let told = condition_is(it.object, "ScalingActive", "False");
    Some(
        Finding::new(
            Rank::Halts,
            &it.about,
            format!("counts pods that are not of {target}: {}", many.join(", ")),
        )
        .because(format!(
            "It counts all pods that have the labels {labels}, of other workloads as well."
        ))
        .cure(cure)
        .said(told.map(|it| abridged(it.text("/message"))).unwrap_or_default()),
    )
}

fn relabel(it: &Autoscaler, pod: &str, selector: &BTreeMap<&str, &str>) -> String {
    let key = selector.keys().next().copied().unwrap_or("app");
    format!("{} label pod {pod} {key}={pod} --overwrite", it.seen.kubectl)
}
