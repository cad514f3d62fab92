//! Jobs and what makes them at times.

use serde_json::{Value, json};

use super::made::{ago, merge, nothing, object, pod, says, warning, with};
use crate::doctor::{job, seen::Seen};

fn job(name: &str, more: Value) -> Value {
    let mut it = object("Job", name, json!({ "spec": { "backoffLimit": 2 } }));
    merge(&mut it, more);
    it
}

fn condition(of: &str, reason: &str) -> Value {
    json!({ "status": { "conditions": [
        { "type": of, "status": "True", "reason": reason, "message": "Job has reached the limit" },
    ] } })
}

/// A pod of the Job that ended with this code.
fn ended(job: &str, code: i64) -> Value {
    let end =
        json!({ "terminated": { "exitCode": code, "reason": "Error", "finishedAt": ago(60) } });
    pod(
        &format!("{job}-zz"),
        json!({
            "metadata": { "ownerReferences": [{ "kind": "Job", "name": job }] },
            "status": { "phase": "Failed", "containerStatuses": [{ "name": "main", "state": end }] },
        }),
    )
}

fn said(mut seen: Seen, pod: &str, line: &str) -> Seen {
    let of = (pod.to_owned(), "main".to_owned());
    seen.last_words.insert(of, vec![line.to_owned()]);
    seen
}

#[test]
fn a_job_that_failed_is_found_with_the_last_words_of_its_pod() {
    let seen =
        with([job("import", condition("Failed", "BackoffLimitExceeded")), ended("import", 3)]);
    let wanted: Vec<String> = job::failed(&seen).into_iter().map(|it| it.pod).collect();
    assert_eq!(wanted, ["import-zz"], "its log is read");
    let seen = said(seen, "import-zz", "cannot open catalogue.csv");
    says(
        &seen,
        "job/import",
        &[
            "failed for good (BackoffLimitExceeded)",
            "backoffLimit allows, which is 2",
            "exit code 3",
            "cannot open catalogue.csv",
            "kubectl delete job/import",
        ],
    );
    let late = with([job("import", condition("Failed", "DeadlineExceeded"))]);
    says(&late, "job/import", &["activeDeadlineSeconds", "Its pods are gone"]);
    let foreign = said(
        with([job("import", condition("Failed", "BackoffLimitExceeded")), ended("import", 255)]),
        "import-zz",
        "exec /bin/import: exec format error",
    );
    says(&foreign, "job/import", &["processor architecture"]);
}

#[test]
fn a_job_that_fails_is_suspended_or_refused_is_found() {
    let again = json!({ "status": { "failed": 2, "active": 1 } });
    says(&with([job("import", again)]), "job/import", &["fails: 2 of its pods so far; after 3"]);
    let suspended = json!({ "spec": { "suspend": true } });
    says(&with([job("import", suspended)]), "job/import", &["is suspended", r#""suspend":false"#]);
    let bare = job("import", json!({}));
    let refused =
        warning(&bare, "FailedCreate", "pods \"import-x\" is forbidden: exceeded quota: class");
    says(&with([bare, refused]), "job/import", &["gets no pods", "used up"]);
}

#[test]
fn a_job_that_is_done_or_under_way_is_well() {
    nothing(&with([job("import", condition("Complete", "")), ended("import", 1)]));
    nothing(&with([job("import", json!({ "status": { "active": 1 } }))]));
    // The run after it went well.
    let by_cron = |name: &str, seconds: i64, more: Value| {
        let owner = json!([{ "kind": "CronJob", "name": "report" }]);
        let mut it = job(name, more);
        let metadata = json!({ "ownerReferences": owner, "creationTimestamp": ago(seconds) });
        merge(&mut it, json!({ "metadata": metadata }));
        it
    };
    let failed = by_cron("report-1", 900, condition("Failed", "BackoffLimitExceeded"));
    nothing(&with([failed.clone(), by_cron("report-2", 300, condition("Complete", ""))]));
    let older = by_cron("report-0", 1500, condition("Complete", ""));
    says(&with([failed, older]), "cronjob/report", &["its job report-1", "--from=cronjob/report"]);
}

#[test]
fn a_cron_job_that_does_not_run_is_found() {
    let cron = |more: Value| {
        let mut it = object("CronJob", "report", json!({ "spec": { "schedule": "*/10 * * * *" } }));
        merge(&mut it, more);
        it
    };
    let ran = |seconds: i64| json!({ "status": { "lastScheduleTime": ago(seconds) } });
    nothing(&with([cron(ran(600))]));
    says(&with([cron(ran(1800))]), "cronjob/report", &["was due at 2026-05-04T11:40:00Z"]);
    says(
        &with([cron(json!({}))]),
        "cronjob/report",
        &["has not run", "was due at 2026-05-04T11:10:00Z"],
    );
    let suspended = json!({ "spec": { "suspend": true } });
    says(&with([cron(suspended)]), "cronjob/report", &["is suspended", "patch cronjob/report"]);
    let never = json!({ "spec": { "schedule": "0 4 30 2 *" } });
    let it = cron(never);
    says(&with([it.clone()]), "cronjob/report", &["will never run", "no such day"]);
    let warned = warning(&it, "InvalidSchedule", "two schedules less than a second apart");
    let wanted = ["will never run", "no such day", "two schedules less than a second apart"];
    says(&with([it, warned]), "cronjob/report", &wanted);
    let mut busy = ran(1800);
    merge(
        &mut busy,
        json!({
            "spec": { "concurrencyPolicy": "Forbid" }, "status": { "active": [{ "name": "report-7" }] },
        }),
    );
    says(&with([cron(busy)]), "cronjob/report", &["Its Job report-7 still runs", "Forbid"]);
    let it = cron(ran(600));
    let warned = warning(&it, "FailedCreate", "jobs.batch is forbidden: exceeded quota");
    says(&with([it, warned]), "cronjob/report", &["(FailedCreate)", "exceeded quota"]);
}
