//! Amounts of memory in the wrong unit: `128m` is an eighth of a byte.

use serde_json::Value;

use super::{
    finding::{Finding, Rank},
    quantity,
    read::Read as _,
    seen::Seen,
};

/// With less no container starts, bytes.
const LEAST: f64 = 4.0 * 1024.0 * 1024.0;

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let kept = seen.templates().map(|(maker, it)| (maker, it, "/spec/template/spec"));
    let alone = seen.pods().filter(|it| it.list("/metadata/ownerReferences").is_empty());
    let alone = alone.map(|it| (seen.maker(it), it, "/spec"));
    let jobs = seen.all("jobs").iter().filter(|it| it.list("/metadata/ownerReferences").is_empty());
    let jobs = jobs.map(|it| (format!("job/{}", it.name()), it, "/spec/template/spec"));
    let crons = seen.all("cronjobs").iter();
    let crons = crons
        .map(|it| (format!("cronjob/{}", it.name()), it, "/spec/jobTemplate/spec/template/spec"));
    let all = kept.chain(alone).chain(jobs).chain(crons);
    all.flat_map(|(maker, it, place)| of_template(seen, &maker, it.pointer(place))).collect()
}

/// Whether a container of this pod has less memory than it takes to start one.
pub(super) fn is_too_little(pod: &Value) -> bool {
    Seen::containers(pod).any(|it| {
        quantity::read(it.spec.text("/resources/limits/memory")).is_some_and(|it| it < LEAST)
    })
}

fn of_template(seen: &Seen, maker: &str, spec: Option<&Value>) -> Vec<Finding> {
    let Some(spec) = spec else { return Vec::new() };
    let containers = spec.list("/containers").iter().chain(spec.list("/initContainers"));
    let mut findings: Vec<Finding> =
        containers.filter_map(|it| of_container(seen, maker, it)).collect();
    for volume in spec.list("/volumes") {
        let size = volume.text("/emptyDir/sizeLimit");
        if is_milli(size) {
            let what =
                format!("has a volume {} of {size}, which is less than a byte", volume.name());
            findings.push(Finding::new(Rank::Fails, maker, what).because(meaning(size)).cure(
                format!(
                    "set sizeLimit of the volume {} in {maker} to {}",
                    volume.name(),
                    meant(size)
                ),
            ));
        }
    }
    findings
}

fn of_container(seen: &Seen, maker: &str, container: &Value) -> Option<Finding> {
    for resource in ["memory", "ephemeral-storage"] {
        for (side, rank) in [("limits", Rank::Stops), ("requests", Rank::Waits)] {
            let amount = container.text(&format!("/resources/{side}/{resource}"));
            let name = container.name();
            let little = side == "limits"
                && resource == "memory"
                && quantity::read(amount).is_some_and(|it| it < LEAST);
            if !is_milli(amount) && !little {
                continue;
            }
            let what = if is_milli(amount) { "less than a byte" } else { "too little to start" };
            let (cause, meant) = (meaning(amount), meant(amount));
            let set = format!("--{side}={resource}={meant}");
            return Some(
                Finding::new(
                    rank,
                    maker,
                    format!(
                        "has {side}.{resource} {amount} for its container {name}, which is {what}"
                    ),
                )
                .because(cause)
                .cure(seen.set_resources(maker, name, &set)),
            );
        }
    }
    None
}

fn is_milli(amount: &str) -> bool {
    amount.ends_with('m')
}

fn meaning(amount: &str) -> String {
    if is_milli(amount) {
        return format!(
            "`m` is a thousandth: {amount} of memory are thousandths of a byte. {} are meant.",
            meant(amount)
        );
    }
    format!(
        "{amount} without a unit, or with a small one, are bytes or kilobytes; {} are meant.",
        meant(amount)
    )
}

/// The same number in mebibytes.
fn meant(amount: &str) -> String {
    let digits: String =
        amount.chars().take_while(|it| it.is_ascii_digit() || *it == '.').collect();
    // The API server may have written `64` with a unit of its own.
    let number: f64 = digits.parse().unwrap_or(128.0);
    if (4.0..100_000.0).contains(&number) { format!("{digits}Mi") } else { "128Mi".to_owned() }
}
