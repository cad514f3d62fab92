//! What runs pods: the selector that apps/v1 asks for, and what apps/v1 does otherwise.

use super::volumes;
use crate::migrate::{
    change::Found,
    object::{Object, Refusal},
    yaml::{Node, line_start},
};

const SELECTOR: &str = "apps/v1 asks for it: the labels of its pods. It stands at the end, so that \
                        no line above it moves";

pub(crate) fn mend(object: &Object<'_>) -> Result<Found, Refusal> {
    let mut found = Found::default();
    let root = object.root;
    let pods: Option<&Node> = match object.kind {
        "Pod" => root.get("spec"),
        "CronJob" => root.at(&["spec", "jobTemplate", "spec", "template", "spec"]),
        _ => root.at(&["spec", "template", "spec"]),
    };
    // Of two things that come after the same line, the inner one is first.
    if let Some(spec) = pods {
        volumes::mend(object.text, spec, &mut found);
    }
    if matches!(object.kind, "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet") {
        selector(object, &mut found)?;
        drop_gone(object, &mut found)?;
        tell_defaults(object, &mut found);
    }
    if object.kind == "PodDisruptionBudget" && object.version == "policy/v1beta1" {
        tell_empty_selector(root, &mut found);
    }
    Ok(found)
}

fn selector(object: &Object<'_>, found: &mut Found) -> Result<(), Refusal> {
    let Some(spec) = object.root.get("spec") else { return Ok(()) };
    let labels = spec.at(&["template", "metadata", "labels"]);
    if let Some((key, selector)) = spec.entry("selector") {
        return check(key, selector, labels);
    }
    let Some(labels) = labels.filter(|it| !it.entries().is_empty()) else {
        return Err(Refusal::new(
            spec,
            "it has no selector, and its pods no labels to select (a patch needs neither)",
        ));
    };
    let (first, _) = &spec.entries()[0];
    let indent = " ".repeat(first.place.start - line_start(object.text, first.place.start));
    if labels.is_alias() {
        let lines = format!("selector: {{matchLabels: {}}}", labels.source(object.text));
        spec.append(object.text, &lines, SELECTOR, found);
        return Ok(());
    }
    let pair = |(key, value): &(Node, Node)| {
        let value = if value.is_alias() {
            value.source(object.text).to_owned()
        } else {
            value.in_one_line(object.text)?
        };
        Some(format!("{}: {value}", key.in_one_line(object.text)?))
    };
    let Some(pairs) = labels.entries().iter().map(pair).collect::<Option<Vec<String>>>() else {
        return Err(Refusal::new(labels, "it has no selector: write one with these labels"));
    };
    let lines = if spec.flow || labels.flow {
        format!("selector: {{matchLabels: {{{}}}}}", pairs.join(", "))
    } else {
        let between = format!("\n{indent}    ");
        format!("selector:\n{indent}  matchLabels:{between}{}", pairs.join(&between))
    };
    spec.append(object.text, &lines, SELECTOR, found);
    Ok(())
}

/// One that is there has to select the pods.
fn check(key: &Node, selector: &Node, labels: Option<&Node>) -> Result<(), Refusal> {
    let wanted = selector.get("matchLabels").map(Node::entries).unwrap_or_default();
    if wanted.is_empty() && selector.get("matchExpressions").is_none() {
        return Err(Refusal::new(key, "its selector has to say `matchLabels`"));
    }
    let missing = wanted.iter().find(|(key, value)| {
        let label = key.text().and_then(|it| labels?.text_of(it));
        label != value.text()
    });
    missing.map_or(Ok(()), |(key, _)| {
        Err(Refusal::new(key, "its selector asks for a label that its pods do not have"))
    })
}

/// Fields of which apps/v1 has nothing.
fn drop_gone(object: &Object<'_>, found: &mut Found) -> Result<(), Refusal> {
    let Some(spec) = object.root.get("spec") else { return Ok(()) };
    for (kind, field, why) in [
        ("Deployment", "rollbackTo", "apps/v1 has no `rollbackTo`: `kubectl rollout undo` does it"),
        (
            "DaemonSet",
            "templateGeneration",
            "apps/v1 has no `templateGeneration`, and counts itself",
        ),
    ] {
        if object.kind != kind {
            continue;
        }
        let Some((key, _)) = spec.entry(field) else { continue };
        if !spec.remove(object.text, field, why, found) {
            return Err(Refusal::new(key, why));
        }
    }
    Ok(())
}

/// What the old version did when nothing was said, and apps/v1 does not.
fn tell_defaults(object: &Object<'_>, found: &mut Found) {
    let Some((key, spec)) = object.root.entry("spec") else { return };
    let told = match (object.version, object.kind) {
        ("extensions/v1beta1", "Deployment") if spec.get("strategy").is_none() => {
            "an update replaced one pod at a time (maxUnavailable 1, maxSurge 1); apps/v1 adds one \
             before it takes one away (25 %, which is none of one pod)"
        }
        ("extensions/v1beta1", "DaemonSet") | ("apps/v1beta1", "StatefulSet")
            if spec.get("updateStrategy").is_none() =>
        {
            "an update waited until a person deleted the pods; apps/v1 replaces them (RollingUpdate)"
        }
        _ => return,
    };
    found.tell(key.place.start, told);
}

fn tell_empty_selector(root: &Node, found: &mut Found) {
    let selector = root.at(&["spec", "selector"]);
    if let Some(empty) = selector.filter(|it| it.flow && it.entries().is_empty()) {
        found.tell(
            empty.place.start,
            "an empty selector selected no pod; in policy/v1 it selects every one",
        );
    }
}
