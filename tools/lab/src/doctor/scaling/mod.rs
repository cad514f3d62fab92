//! Autoscalers that do not scale, in the cluster's words where nothing better is known.

mod numbers;
mod target;

use serde_json::Value;
use target::Sharing;

use super::{
    finding::{Finding, Rank},
    read::{Read as _, abridged},
    seen::{Seen, condition_is},
};

/// Pods that have just started have no numbers yet, seconds.
const PATIENCE: i64 = 180;
/// What is said as long as there are none.
const NO_NUMBERS: [&str; 3] = [
    "no metrics returned from resource metrics API",
    "did not receive metrics",
    "no metrics known",
];

/// An autoscaler, and how it is called.
struct Autoscaler<'a> {
    seen: &'a Seen,
    object: &'a Value,
    about: String,
}

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let all: Vec<Autoscaler> = seen
        .all("horizontalpodautoscalers")
        .iter()
        .map(|object| Autoscaler { seen, object, about: format!("hpa/{}", object.name()) })
        .collect();
    let judge = |it: &Autoscaler| match target::sharing(it, &all) {
        Sharing::Alone => it.finding(),
        Sharing::First(finding) => Some(finding),
        Sharing::Other => None,
    };
    all.iter().filter_map(judge).collect()
}

impl<'a> Autoscaler<'a> {
    fn finding(&self) -> Option<Finding> {
        self.without_target()
            .or_else(|| target::switched_off(self))
            .or_else(|| target::counts_strangers(self))
            .or_else(|| numbers::unmeasured(self))
            .or_else(|| self.inactive())
    }

    /// The kind and the name of what it scales.
    fn target(&self) -> (&'a str, &'a str) {
        let of = |field: &str| self.object.text(&format!("/spec/scaleTargetRef/{field}"));
        (of("kind"), of("name"))
    }

    /// What it scales, as kubectl calls it, if it is here.
    fn scaled(&self) -> Option<(String, &'a Value)> {
        let (kind, name) = self.target();
        let prefix = match kind {
            "Deployment" => "deploy".to_owned(),
            other => other.to_lowercase(),
        };
        let wanted = format!("{prefix}/{name}");
        self.seen.templates().find(|(maker, _)| *maker == wanted)
    }

    fn unknown(&self, what: impl std::fmt::Display) -> Finding {
        Finding::new(Rank::Halts, &self.about, format!("shows <unknown>: {what}"))
    }

    fn patch_target(&self, fields: &str) -> String {
        let (kubectl, about) = (&self.seen.kubectl, &self.about);
        format!("{kubectl} patch {about} -p '{{\"spec\":{{\"scaleTargetRef\":{{{fields}}}}}}}'")
    }

    /// It finds nothing to scale, or cannot scale it.
    fn without_target(&self) -> Option<Finding> {
        let it = condition_is(self.object, "AbleToScale", "False")?;
        let (kind, name) = self.target();
        let said = it.text("/message");
        let found = self.scaled().is_some();
        if it.text("/reason") == "FailedGetScale" && !found && !said.contains("no matches for kind")
        {
            return Some(
                self.unknown(format!("there is no {kind} {name}"))
                    .because("It scales what scaleTargetRef names.")
                    .cure(self.patch_target(r#""name":"NAME""#))
                    .said(abridged(said)),
            );
        }
        if said.contains("no matches for kind") {
            return Some(
                self.unknown(format!("the cluster knows no such kind {kind}"))
                    .because("scaleTargetRef has a wrong apiVersion or kind; that of a Deployment is apps/v1.")
                    .cure(self.patch_target(r#""apiVersion":"apps/v1","kind":"Deployment""#))
                    .said(abridged(said)),
            );
        }
        Some(self.in_the_clusters_words("cannot scale", it))
    }

    /// It does not scale, for whatever reason.
    fn inactive(&self) -> Option<Finding> {
        let it = condition_is(self.object, "ScalingActive", "False")?;
        let said = it.text("/message");
        if numbers::is_settled(self.seen, said) || self.is_starting(it) {
            return None;
        }
        Some(self.in_the_clusters_words("shows <unknown>: it does not scale", it))
    }

    /// Whether there are no numbers only because its pods have just started.
    fn is_starting(&self, condition: &Value) -> bool {
        let none_yet = NO_NUMBERS.iter().any(|it| condition.text("/message").contains(it));
        none_yet && self.seen.since(condition.time("/lastTransitionTime")) < PATIENCE
    }

    fn in_the_clusters_words(&self, what: &str, condition: &Value) -> Finding {
        let said = condition.text("/message");
        let (cause, cure) = match said {
            _ if said.contains("external metric") || said.contains("custom.metrics") => (
                "Such numbers come from an adapter (KEDA, prometheus-adapter): it is not installed, or does not know them.",
                "kubectl get apiservices; install the adapter, or scale by cpu".to_owned(),
            ),
            _ if said.contains("ready") || NO_NUMBERS.iter().any(|it| said.contains(it)) => (
                "Its pods are not ready, or too young: of these nothing is reckoned.",
                format!("{} top pods; see that the pods get ready", self.seen.kubectl),
            ),
            _ => (
                "The cluster says why, above.",
                format!("{} describe {}", self.seen.kubectl, self.about),
            ),
        };
        let what = format!("{what} ({})", condition.text("/reason"));
        Finding::new(Rank::Halts, &self.about, what).because(cause).cure(cure).said(abridged(said))
    }
}
