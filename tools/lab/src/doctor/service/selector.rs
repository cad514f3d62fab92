//! Services whose selector is that of no pod: a slip, or an application that is not there.

use serde_json::Value;

use super::{Labels, fits};
use crate::doctor::{
    finding::{Finding, Rank},
    read::{Read as _, joined},
    seen::Seen,
};

/// More letters than that are no slip.
const SLIP: usize = 2;
/// A shorter word is another word when letters differ.
const SHORT: usize = 4;

/// What makes pods, with their labels.
struct Maker<'a> {
    name: String,
    labels: Labels<'a>,
}

/// No pod has its labels, nor will one that may come.
pub(super) fn finds_nothing(seen: &Seen, service: &Value, selector: &Labels) -> Option<Finding> {
    let makers = makers(seen);
    if let Some(it) = makers.iter().find(|it| fits(selector, &it.labels)) {
        return scaled_to_nothing(seen, service, &it.name);
    }
    let name = service.name();
    let about = format!("service/{name}");
    let what = format!("finds no pod: none has the labels {}", joined(selector));
    let finding = Finding::new(Rank::Fails, &about, what);
    if makers.is_empty() {
        return Some(
            finding.because("There is no pod in this namespace.").cure("apply what makes the pods"),
        );
    }
    let Some(meant) = meant(seen, service, selector, &makers) else {
        let own: Vec<String> = makers.iter().map(|it| it.name.clone()).collect();
        return Some(
            finding
                .because(format!(
                    "What makes the pods of {name} is not here; here are {}.",
                    own.join(", ")
                ))
                .cure(format!("apply what makes the pods of {name}, or delete {about}")),
        );
    };
    let labels: Labels =
        selector.keys().filter_map(|it| Some((*it, *meant.labels.get(it)?))).collect();
    let labels = if labels.len() == selector.len() { labels } else { stable(&meant.labels) };
    let cause =
        format!("The pods of {}, which are nearest, have {}.", meant.name, joined(&meant.labels));
    let cure = format!("{} set selector {about} {}", seen.kubectl, joined(&labels));
    Some(finding.because(cause).cure(cure))
}

fn makers(seen: &Seen) -> Vec<Maker<'_>> {
    let kept =
        seen.templates().map(|(name, it)| (name, it.labels("/spec/template/metadata/labels")));
    let alone = seen.pods().filter(|it| it.list("/metadata/ownerReferences").is_empty());
    let alone = alone.map(|it| (seen.maker(it), it.labels("/metadata/labels")));
    kept.chain(alone).map(|(name, labels)| Maker { name, labels }).collect()
}

/// Without what changes with every version.
fn stable<'a>(labels: &Labels<'a>) -> Labels<'a> {
    let all = labels.iter().filter(|(key, _)| !key.ends_with("-hash"));
    all.map(|(key, value)| (*key, *value)).collect()
}

/// Whose pods it is to find: those of what is called as it is, or of what has its labels but for a slip.
/// Those that another Service finds are of another application.
fn meant<'a>(
    seen: &Seen,
    service: &Value,
    selector: &Labels,
    makers: &'a [Maker<'a>],
) -> Option<&'a Maker<'a>> {
    let others = seen.all("services").iter().filter(|it| it.name() != service.name());
    let others: Vec<Labels> =
        others.map(|it| it.labels("/spec/selector")).filter(|it| !it.is_empty()).collect();
    let called = |it: &&Maker| it.name.rsplit('/').next() == Some(service.name());
    let slipped = |it: &&Maker| {
        let free = !others.iter().any(|other| fits(other, &it.labels));
        free && is_slip(selector, &it.labels)
    };
    makers.iter().find(called).or_else(|| makers.iter().find(slipped))
}

/// Whether the labels are those of the selector but for a few letters, of keys or of values.
fn is_slip(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(key, value)| match labels.get(key) {
        Some(its) => is_same_word(value, its),
        None => labels
            .iter()
            .any(|(other, its)| its == value && strsim::levenshtein(key, other) <= SLIP),
    })
}

/// `order2` is not a slip of `order1`.
fn is_same_word(one: &str, other: &str) -> bool {
    let digits = |it: &str| -> String { it.chars().filter(char::is_ascii_digit).collect() };
    one == other
        || digits(one) == digits(other)
            && one.len().min(other.len()) >= SHORT
            && strsim::levenshtein(one, other) <= SLIP
}

fn scaled_to_nothing(seen: &Seen, service: &Value, maker: &str) -> Option<Finding> {
    let none = seen.template(maker)?.whole("/spec/replicas") == Some(0);
    none.then(|| {
        Finding::new(Rank::Waits, &format!("service/{}", service.name()), "leads to no pod")
            .because(format!("{maker} is scaled to 0."))
            .cure(format!("{} scale {maker} --replicas=1", seen.kubectl))
    })
}

#[cfg(test)]
mod tests {
    use super::is_same_word;

    #[test]
    fn a_slip_is_told_from_another_name() {
        for (one, other) in [("shop4", "shop-4"), ("order", "oder"), ("ordertrace", "order-trace")]
        {
            assert!(is_same_word(one, other), "{one} {other}");
        }
        for (one, other) in
            [("order1", "order2"), ("db", "web"), ("order", "payment"), ("blue", "green")]
        {
            assert!(!is_same_word(one, other), "{one} {other}");
        }
    }
}
