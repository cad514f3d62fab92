//! A `HorizontalPodAutoscaler`: the shape of its metrics in `autoscaling/v2`.

use crate::migrate::{
    change::Found,
    object::{Object, Refusal},
    yaml::Node,
};

const TARGET: &str = "autoscaling/v2 says a target so";
const METRIC: &str = "autoscaling/v2 names a metric so";

pub(crate) fn mend(object: &Object<'_>) -> Result<Found, Refusal> {
    let mut found = Found::default();
    match object.version {
        "autoscaling/v2alpha1" | "autoscaling/v2beta1" => {}
        "extensions/v1beta1" => return first(object),
        _ => return Ok(found),
    }
    let metrics = object.root.at(&["spec", "metrics"]).map(Node::items).unwrap_or_default();
    for metric in metrics {
        let kinds = ["resource", "containerResource", "pods", "object", "external"];
        let Some((kind, source)) = kinds.iter().find_map(|it| Some((*it, metric.get(it)?))) else {
            return Err(Refusal::new(metric, "one of its metrics is of a type not known here"));
        };
        match kind {
            "object" => mend_object(object.text, source, &mut found)?,
            _ => mend_source(object.text, source, &mut found)?,
        }
    }
    Ok(found)
}

/// The first of all: it knew one metric, and is `autoscaling/v1` now.
fn first(object: &Object<'_>) -> Result<Found, Refusal> {
    let mut found = Found::default();
    let Some(spec) = object.root.get("spec") else { return Ok(found) };
    if let Some((key, scaled)) = spec.entry("scaleRef") {
        found.edit(key.place.clone(), "scaleTargetRef", "autoscaling/v1 calls it so");
        scaled.remove(object.text, "subresource", "autoscaling/v1 has no such field", &mut found);
    }
    if let Some((key, target)) = spec.entry("cpuUtilization") {
        let percent = target.get("targetPercentage").and_then(|it| it.in_one_line(object.text));
        let Some(percent) = percent else {
            return Err(Refusal::new(target, "it does not say how much of the CPU"));
        };
        let line = format!("targetCPUUtilizationPercentage: {percent}");
        found.edit(key.place.start..target.place.end, line, "autoscaling/v1 says it so");
    }
    Ok(found)
}

/// A metric of a pod, of a resource or from outside.
fn mend_source(text: &str, source: &Node, found: &mut Found) -> Result<(), Refusal> {
    name(text, source, found)?;
    target(text, source, TARGETS, found)
}

/// A metric of another object, which was called its target.
fn mend_object(text: &str, source: &Node, found: &mut Found) -> Result<(), Refusal> {
    name(text, source, found)?;
    let Some((key, _)) = source.entry("target") else {
        return Err(Refusal::new(source, "a metric of an object does not say of which"));
    };
    found.edit(key.place.clone(), "describedObject", "autoscaling/v2 calls it so");
    target(text, source, OBJECT_TARGETS, found)
}

const TARGETS: &[(&str, &str, &str)] = &[
    ("targetAverageUtilization", "Utilization", "averageUtilization"),
    ("targetAverageValue", "AverageValue", "averageValue"),
    ("targetValue", "Value", "value"),
];
const OBJECT_TARGETS: &[(&str, &str, &str)] =
    &[("averageValue", "AverageValue", "averageValue"), ("targetValue", "Value", "value")];

/// The one that counts: with an average, the plain value of an object is only a form.
fn target(
    text: &str,
    source: &Node,
    targets: &[(&str, &str, &str)],
    found: &mut Found,
) -> Result<(), Refusal> {
    let has: Vec<_> = targets.iter().filter(|(old, ..)| source.get(old).is_some()).collect();
    let [(old, kind, new)] = has.as_slice() else {
        return Err(Refusal::new(source, "a metric needs one target, and has none or several"));
    };
    let (key, value) = source.entry(old).expect("it has just been found");
    let Some(written) = value.in_one_line(text) else {
        return Err(Refusal::new(value, "a target is not a plain value"));
    };
    let line = format!("target: {{type: {kind}, {new}: {written}}}");
    found.edit(key.place.start..value.place.end, line, TARGET);
    Ok(())
}

/// `metricName` and its selector become one.
fn name(text: &str, source: &Node, found: &mut Found) -> Result<(), Refusal> {
    let Some((key, value)) = source.entry("metricName") else { return Ok(()) };
    if let Some((selector, _)) = source.entry("selector").or(source.entry("metricSelector")) {
        return Err(Refusal::new(
            selector,
            "a metric with a selector: `metric: {name: …, selector: {…}}` in autoscaling/v2",
        ));
    }
    let Some(written) = value.in_one_line(text) else {
        return Err(Refusal::new(value, "the name of a metric is not a plain value"));
    };
    let line = format!("metric: {{name: {written}}}");
    found.edit(key.place.start..value.place.end, line, METRIC);
    Ok(())
}
