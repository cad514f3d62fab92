//! Jobs that failed, go on failing, or do not begin.

mod cron;
mod schedule;

use serde_json::Value;

use super::{
    container::Container,
    crash,
    finding::{Finding, Rank},
    read::{Read as _, abridged, last_seen},
    refused, runtime,
    seen::{Seen, condition_is},
    words::Wanted,
};

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        seen.all("jobs").iter().filter_map(|job| job_finding(seen, job)).collect();
    findings.extend(cron::judge(seen));
    findings
}

/// The containers whose failure made a Job fail.
pub(super) fn failed(seen: &Seen) -> Vec<Wanted> {
    let jobs = seen.all("jobs").iter().filter(|it| !is_over(seen, it));
    let last = jobs.filter_map(|job| last_failure(seen, job));
    let wanted = |it: Container| Wanted {
        pod: it.pod.name().to_owned(),
        container: it.name().to_owned(),
        before: false,
    };
    last.map(wanted).collect()
}

/// Whether it succeeded, is being deleted, or a later one of its `CronJob` succeeded.
fn is_over(seen: &Seen, job: &Value) -> bool {
    let done = |it: &Value| condition_is(it, "Complete", "True").is_some();
    let cron = |it: &Value| -> String {
        it.list("/metadata/ownerReferences")
            .first()
            .map(|it| it.name().to_owned())
            .unwrap_or_default()
    };
    let born = |it: &Value| it.time("/metadata/creationTimestamp");
    let of = cron(job);
    let later = |it: &&Value| !of.is_empty() && cron(it) == of && born(it) > born(job);
    done(job)
        || !job.text("/metadata/deletionTimestamp").is_empty()
        || seen.all("jobs").iter().filter(later).any(done)
}

fn job_finding(seen: &Seen, job: &Value) -> Option<Finding> {
    if is_over(seen, job) {
        return None;
    }
    let about = called(job);
    for of in ["Failed", "FailureTarget"] {
        if let Some(condition) = condition_is(job, of, "True") {
            return Some(for_good(seen, job, &about, condition));
        }
    }
    if job["spec"]["suspend"] == true {
        let resume = format!(
            r#"{} patch job/{} -p '{{"spec":{{"suspend":false}}}}'"#,
            seen.kubectl,
            job.name()
        );
        return Some(
            Finding::new(Rank::Waits, &about, "is suspended: it makes no pod")
                .because("Its field `suspend` is true.")
                .cure(resume),
        );
    }
    let active = job.whole("/status/active").unwrap_or_default();
    let failures = job.whole("/status/failed").unwrap_or_default();
    if active == 0
        && let Some(event) = seen.last_event(job, "FailedCreate", "")
    {
        return Some(refused::finding(seen, &about, event.text("/message")));
    }
    (failures > 0).then(|| again(seen, job, &about, failures))
}

/// It, or the `CronJob` that makes it and has to be changed.
fn called(job: &Value) -> String {
    let owner = job.list("/metadata/ownerReferences").first();
    let cron = owner.filter(|it| it.text("/kind") == "CronJob");
    cron.map_or_else(|| format!("job/{}", job.name()), |it| format!("cronjob/{}", it.name()))
}

fn for_good(seen: &Seen, job: &Value, about: &str, condition: &Value) -> Finding {
    let whole = |field: &str| job.whole(&format!("/spec/{field}")).unwrap_or_default();
    let reason = condition.text("/reason");
    let cause = match reason {
        "BackoffLimitExceeded" => {
            format!(
                "Its pods failed more often than its backoffLimit allows, which is {}.",
                whole("backoffLimit")
            )
        }
        "DeadlineExceeded" => {
            format!(
                "It took longer than its activeDeadlineSeconds, which are {}.",
                whole("activeDeadlineSeconds")
            )
        }
        "PodFailurePolicy" => "Its podFailurePolicy ends it at such a failure.".to_owned(),
        _ => "The cluster says why, above.".to_owned(),
    };
    let of = if about.starts_with("cronjob/") {
        format!(": its job {}", job.name())
    } else {
        String::new()
    };
    let finding = Finding::new(Rank::Stops, about, format!("has failed for good ({reason}){of}"))
        .said(abridged(condition.text("/message")));
    with_last_failure(seen, job, about, finding, vec![cause])
}

fn again(seen: &Seen, job: &Value, about: &str, failures: i64) -> Finding {
    let limit = job.whole("/spec/backoffLimit").unwrap_or(6);
    let what = format!(
        "fails: {failures} of its pods so far; after {} it gives up (backoffLimit)",
        limit + 1
    );
    let finding = Finding::new(Rank::Fails, about, what);
    with_last_failure(seen, job, about, finding, Vec::new())
}

/// Adds how its last pod ended, with that one's last lines.
fn with_last_failure(
    seen: &Seen,
    job: &Value,
    about: &str,
    mut finding: Finding,
    mut because: Vec<String>,
) -> Finding {
    let mut known = None;
    if let Some(it) = last_failure(seen, job) {
        let words = seen.words(it.pod.name(), it.name());
        let ended = it.ended().unwrap_or(&Value::Null);
        let code = ended.whole("/exitCode").unwrap_or_default();
        let said = format!("{} {}", ended.text("/message"), words.join(" "));
        known = runtime::known(seen, &it, &said);
        let meaning = crash::meaning(ended, words.is_empty());
        because.push(format!("Container {}, exit code {code}: {meaning}", it.name()));
        finding = finding.said(abridged(ended.text("/message")));
        for line in words {
            finding = finding.said(line);
        }
    } else {
        because.push("Its pods are gone, and their last lines with them.".to_owned());
        finding = finding.said(last_warning(seen, job));
    }
    let because = because.join(" ");
    let (cause, cure) = known.unwrap_or((
        because,
        format!("correct what the last line names in the manifest of {about}"),
    ));
    let (kubectl, name) = (&seen.kubectl, job.name());
    let then = match about.strip_prefix("cronjob/") {
        Some(cron) => {
            format!("then try it at once: {kubectl} create job {cron}-again --from=cronjob/{cron}")
        }
        None => {
            format!("then {kubectl} delete job/{name}, and apply it again: a Job cannot be changed")
        }
    };
    finding.because(cause).cure(cure).cure(then)
}

/// What the cluster last warned of, of its pods or of itself.
fn last_warning(seen: &Seen, job: &Value) -> String {
    let its = seen.all("events").iter().filter(|it| {
        it.text("/type") == "Warning"
            && it.text("/involvedObject/name").starts_with(job.name())
            && it.text("/involvedObject/kind") == "Pod"
    });
    let last = its.max_by_key(|it| last_seen(it));
    last.map(|it| abridged(it.text("/message"))).unwrap_or_default()
}

/// The container that failed in the last of its pods that did.
fn last_failure<'a>(seen: &'a Seen, job: &Value) -> Option<Container<'a>> {
    let its = seen.all("pods").iter().filter(|pod| {
        let owner = pod.list("/metadata/ownerReferences").first();
        owner.is_some_and(|it| it.text("/kind") == "Job" && it.name() == job.name())
    });
    let failed = its.flat_map(Seen::containers).filter(|it| {
        it.ended().is_some_and(|it| it.whole("/exitCode").is_some_and(|code| code != 0))
    });
    failed.max_by_key(|it| it.ended().and_then(|it| it.time("/finishedAt")))
}
