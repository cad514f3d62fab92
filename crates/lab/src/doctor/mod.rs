//! `lab doctor`: looks at a namespace, and says what is wrong, why, and what to do.

mod crash;
mod finding;
mod image;
mod look;
mod pending;
mod probe;
mod quantity;
mod rollout;
mod scaling;
mod seen;
mod service;
mod start;

use std::io::{self, Write as _};

use tokio::runtime::Runtime;

use finding::{Finding, sorted};
use read::Read as _;
use seen::Seen;

use crate::{cli::Doctor, cluster::Cluster, failure::Failure, read};

/// Writes a line; nobody may be reading any more.
macro_rules! say {
    ($($line:tt)*) => {{
        let _ = writeln!(io::stdout(), $($line)*);
    }};
}

/// Tells what is wrong, worst first.
pub(crate) fn doctor(wanted: &Doctor) -> Result<(), Failure> {
    let runtime = Runtime::new()
        .map_err(|error| Failure::File(format!("no threads can be started: {error}")))?;
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
    let (seen, hidden) = runtime.block_on(look::look(&cluster, &namespace, kubectl))?;
    let findings = judge(&seen);
    if findings.is_empty() && is_empty(&seen) {
        say!("There is nothing in the namespace {namespace}. Another one: --namespace NAME");
        return Ok(());
    }
    tell(&namespace, &findings);
    for line in not_ready_yet(&seen, &findings) {
        say!("{line}");
    }
    if !hidden.is_empty() {
        say!("Not looked at, because you may not: {}", hidden.join(", "));
    }
    if findings.is_empty() { Ok(()) } else { Err(Failure::Found) }
}

/// Whether there is nothing that could be ill; the cluster's own Service does not count.
fn is_empty(seen: &Seen) -> bool {
    let services = seen.all("services").iter().all(|it| it.name() == "kubernetes");
    services && seen.all("pods").is_empty() && seen.templates().next().is_none()
}

/// Everything that is wrong with what was seen.
fn judge(seen: &Seen) -> Vec<Finding> {
    let all = [
        rollout::judge,
        pending::judge,
        image::judge,
        start::judge,
        crash::judge,
        probe::judge,
        service::judge,
        scaling::judge,
    ];
    sorted(all.into_iter().flat_map(|judge| judge(seen)).collect())
}

fn tell(namespace: &str, findings: &[Finding]) {
    match findings.len() {
        0 => say!("Nothing is wrong in the namespace {namespace}, as far as can be seen."),
        1 => say!("1 finding in the namespace {namespace}"),
        more => say!("{more} findings in the namespace {namespace}, the worst first"),
    }
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
        let ready = Seen::containers(pod).filter(|it| it.place.contains("/containers/"));
        !ready.into_iter().all(|it| it.is_ready()) && !findings.iter().any(|it| it.about == maker)
    });
    let line = |pod: &serde_json::Value| {
        let age = seen.since(pod.time("/metadata/creationTimestamp"));
        format!("{} is not ready yet, {age} s old: look again in a minute", pod.name())
    };
    waits.map(line).collect()
}

#[cfg(test)]
mod tests;
