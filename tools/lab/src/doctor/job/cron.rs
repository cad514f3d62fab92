//! `CronJobs` that do not run at their times.

use serde_json::Value;

use super::schedule::Schedule;
use crate::doctor::{
    finding::{Finding, Rank},
    read::{Read as _, abridged, last_seen},
    seen::Seen,
};

/// So much later than it is due a Job may be made, seconds.
const PATIENCE: i64 = 120;
/// A warning that is older says nothing of now, seconds.
const RECENT: i64 = 600;

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    seen.all("cronjobs").iter().filter_map(|it| cron_finding(seen, it)).collect()
}

fn cron_finding(seen: &Seen, it: &Value) -> Option<Finding> {
    let about = format!("cronjob/{}", it.name());
    let schedule = it.text("/spec/schedule");
    let patch =
        |change: &str| format!("{} patch {about} -p '{{\"spec\":{{{change}}}}}'", seen.kubectl);
    if !it.text("/metadata/deletionTimestamp").is_empty() {
        return None;
    }
    if it["spec"]["suspend"] == true {
        return Some(
            Finding::new(Rank::Waits, &about, "is suspended: it makes no Job")
                .because("Its field `suspend` is true.")
                .cure(patch(r#""suspend":false"#)),
        );
    }
    let since = it.time("/status/lastScheduleTime").or(it.time("/metadata/creationTimestamp"));
    let next = Schedule::read(schedule).zip(since).map(|(read, since)| read.next_after(since));
    let warning = warning(seen, it);
    // Before what the cluster says of it, which speaks of two schedules that are too close.
    if next == Some(None) {
        return Some(
            Finding::new(Rank::Halts, &about, format!("will never run: its schedule is {schedule}"))
                .because("There is no such day: minute, hour, day of the month, month and day of the week never meet.")
                .cure(patch(r#""schedule":"*/5 * * * *""#))
                .said(warning.map(|it| abridged(it.text("/message"))).unwrap_or_default()),
        );
    }
    if let Some(event) = warning {
        return Some(
            Finding::new(Rank::Halts, &about, format!("does not run ({})", event.text("/reason")))
                .because("The cluster says why, above.")
                .cure(format!("correct it; {} describe {about} has all of it", seen.kubectl))
                .said(abridged(event.text("/message"))),
        );
    }
    let due = next??;
    let zone = it.text("/spec/timeZone");
    let late = matches!(zone, "" | "UTC" | "Etc/UTC") && seen.since(Some(due)) > PATIENCE;
    late.then(|| overdue(seen, it, &about, &due.to_string()))
}

fn warning<'a>(seen: &'a Seen, it: &Value) -> Option<&'a Value> {
    let uid = it.text("/metadata/uid");
    let of = seen.all("events").iter().filter(|event| {
        event.text("/involvedObject/uid") == uid
            && event.text("/type") == "Warning"
            && seen.since(last_seen(event)) < RECENT
    });
    of.max_by_key(|it| last_seen(it))
}

fn overdue(seen: &Seen, it: &Value, about: &str, due: &str) -> Finding {
    let finding =
        Finding::new(Rank::Halts, about, format!("has not run, though it was due at {due}"));
    let running = it.list("/status/active").first();
    if let Some(job) = running.filter(|_| it.text("/spec/concurrencyPolicy") == "Forbid") {
        let job = job.name();
        return finding
            .because(format!(
                "Its Job {job} still runs, and concurrencyPolicy Forbid allows one at a time."
            ))
            .cure(format!("{} logs job/{job}; delete job/{job} if it hangs", seen.kubectl));
    }
    let cause = match it.whole("/spec/startingDeadlineSeconds") {
        Some(seconds) if seconds < 10 => format!(
            "Its startingDeadlineSeconds are {seconds}; the cluster looks at it every 10 s, which may be too late."
        ),
        _ => "The cluster has made no Job for it, and does not say why.".to_owned(),
    };
    finding.because(cause).cure(format!("{} describe {about}", seen.kubectl))
}
