//! `lab doctor`: looks at a namespace, and says what is wrong, why, and what to do.

mod budget;
mod claim;
mod condition;
mod container;
mod crash;
mod finding;
mod hook;
mod image;
mod ingress;
mod job;
mod kinds;
mod look;
mod lost;
mod node;
mod overdue;
mod pending;
mod probe;
mod quantity;
mod refused;
mod revision;
mod rollout;
mod runtime;
mod scaling;
mod seen;
mod service;
mod start;
mod unit;
mod waiting;
mod words;

use finding::{Finding, sorted};
use read::Read as _;
use seen::Seen;

use crate::{cli::Doctor, cluster::Cluster, failure::Failure, read};

/// Tells what is wrong, worst first.
pub(crate) fn doctor(wanted: &Doctor) -> Result<(), Failure> {
    let runtime = crate::threads::threads()?;
    let cluster = Cluster::reach(&runtime, wanted.context.as_deref())?;
    let option = |name: &str, value: &Option<String>| {
        value.as_ref().map_or_else(String::new, |it| format!(" {name} {it}"))
    };
    let kubectl = format!(
        "kubectl{}{}",
        option("--context", &wanted.context),
        option("-n", &wanted.namespace)
    );
    let current = cluster.client().default_namespace().to_owned();
    let namespace = wanted.namespace.clone().unwrap_or(current);
    let seen = runtime.block_on(look::look(&cluster, &namespace, kubectl))?;
    let findings = judge(&seen);
    if findings.is_empty() && kinds::is_empty(&seen) && !kinds::hidden_here(&seen) {
        say!("There is nothing in the namespace {namespace}. Another one: --namespace NAME");
        return Ok(());
    }
    let waiting = not_ready_yet(&seen, &findings);
    tell(&headline(&namespace, &seen, findings.len(), waiting.len()), &findings);
    for line in waiting.into_iter().chain(kinds::looked_at(&seen)) {
        say!("{line}");
    }
    if findings.is_empty() { Ok(()) } else { Err(Failure::Found) }
}

/// Everything that is wrong with what was seen.
fn judge(seen: &Seen) -> Vec<Finding> {
    let all = [
        rollout::judge,
        refused::judge,
        revision::judge,
        pending::judge,
        image::judge,
        start::judge,
        crash::judge,
        hook::judge,
        probe::judge,
        unit::judge,
        lost::judge,
        overdue::judge,
        job::judge,
        node::judge,
        service::judge,
        ingress::judge,
        scaling::judge,
        budget::judge,
    ];
    let mut findings: Vec<Finding> = all.into_iter().flat_map(|judge| judge(seen)).collect();
    // What is known best is said alone; these speak of what nothing else was found of.
    for judge in [waiting::judge, claim::judge, condition::judge] {
        let more = judge(seen, &findings);
        findings.extend(more);
    }
    sorted(revision::with_deletion(seen, findings))
}

/// How many things are wrong. That nothing is, is only said when everything was looked at.
fn headline(namespace: &str, seen: &Seen, findings: usize, waiting: usize) -> String {
    match findings {
        0 if kinds::hidden_here(seen) || !seen.unlisted.is_empty() => {
            format!("No finding in the namespace {namespace}, in what could be looked at.")
        }
        0 if waiting > 0 => format!("No finding so far in the namespace {namespace}."),
        0 => format!("Nothing is wrong in the namespace {namespace}, as far as can be seen."),
        1 => format!("1 finding in the namespace {namespace}"),
        more => format!("{more} findings in the namespace {namespace}, the worst first"),
    }
}

fn tell(headline: &str, findings: &[Finding]) {
    say!("{headline}");
    for (at, it) in findings.iter().enumerate() {
        say!("\n{}. {} {}", at + 1, it.about, it.what);
        for line in &it.said {
            say!("   | {line}");
        }
        say!("   Cause: {}", it.cause);
        for (at, cure) in it.cure.iter().enumerate() {
            say!("   {} {cure}", if at == 0 { "Cure: " } else { "      " });
        }
    }
    if !findings.is_empty() {
        say!("");
    }
}

/// Pods that are not ready, and may still get so.
fn not_ready_yet(seen: &Seen, findings: &[Finding]) -> Vec<String> {
    let waits = seen.pods().filter(|pod| {
        let maker = seen.maker(pod);
        !seen::is_ready(pod) && !findings.iter().any(|it| it.about == maker)
    });
    let line = |pod: &serde_json::Value| {
        let age = seen.since(pod.time("/metadata/creationTimestamp"));
        format!("{} is not ready yet, {age} s old: look again in a minute", pod.name())
    };
    waits.map(line).collect()
}

#[cfg(test)]
mod tests;
