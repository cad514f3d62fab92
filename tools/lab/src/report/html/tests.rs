//! A recorded run as a page, byte for byte, and what has no business in one.
//!
//! `UPDATE_REPORT=1 cargo test --workspace html` writes the page anew.

use std::{path::Path, time::Duration};

use askama::Template as _;
use serde_json::Value;

use super::{Told, page};
use crate::{
    cluster::{History, Kind, News},
    read::Read as _,
    run::{Outcome, Problem, Traffic, Verdict},
    worksheet::{Action, Step, Worksheet},
};

const RECORDED: &str = include_str!("recorded/rollout.jsonl");

/// What was typed while it was recorded.
const SHEET: &str = "\
# A new version, and a crash

## Two users and a new version

```sh terminal=2
kubectl exec siege -- siege -c2 -t50S -v http://order:8080/orders --delay=1S
```

```sh
kubectl set image deploy order order=bulsajo/order:canary
```

```output
deployment.apps/order image updated
```

```output terminal=2 until=2m
…
Availability: {50..70} %
…
```

## Clean-up

```sh always
kubectl delete -f labs/manifests/03-zero-downtime/order.yaml
```
";

/// Everything that was recorded of a run.
#[derive(Default)]
struct Recorded {
    history: History,
    traffic: Traffic,
    /// When each step began, how long it took, and what came.
    steps: Vec<(Duration, Duration, String)>,
}

impl Recorded {
    fn read(lines: &str) -> Self {
        let mut recorded = Self::default();
        for line in lines.lines() {
            let it: Value = serde_json::from_str(line).expect("JSON");
            let seconds = |name: &str| Duration::from_secs_f64(it[name].as_f64().unwrap_or(0.0));
            let at = seconds("at");
            let kind = match it.text("/kind") {
                "pods" => Kind::Pods,
                "endpointslices" => Kind::EndpointSlices,
                "horizontalpodautoscalers" => Kind::Autoscalers,
                _ if it["line"].is_string() => {
                    recorded.traffic.hear(at, 2, it.text("/line"));
                    continue;
                }
                _ => {
                    recorded.steps.push((at, seconds("took"), it.text("/came").to_owned()));
                    continue;
                }
            };
            let gone = it["gone"].is_object();
            let news =
                if gone { News::Gone(it["gone"].clone()) } else { News::Now(it["now"].clone()) };
            recorded.history.note(at, kind, news);
        }
        recorded
    }

    fn page(&self, sheet: &str) -> String {
        let worksheet = Worksheet::parse(Path::new("labs/en/recorded.md"), sheet).expect("no slip");
        let steps = worksheet.steps.iter().zip(&self.steps);
        let outcomes: Vec<Outcome> = steps.map(|(step, it)| outcome(step, it)).collect();
        let told = Told {
            worksheet: &worksheet,
            namespace: Some("lab-recorded"),
            ended: "2026-11-21T20:00:00Z".parse().expect("a time"),
            outcomes: &outcomes,
            history: &self.history,
            traffic: &self.traffic,
        };
        page(&told).render().expect("a page")
    }
}

fn outcome(step: &Step, (began, took, came): &(Duration, Duration, String)) -> Outcome {
    let seen = match &step.action {
        Action::Type(command) => command.seen.as_ref(),
        Action::Look { seen, .. } => Some(seen),
        Action::Start { .. } => None,
    };
    let verdict = match seen.map(|it| it.compare(came)) {
        None if matches!(step.action, Action::Start { .. }) => Verdict::Started,
        None => Verdict::Passed(Vec::new()),
        Some(Ok(numbers)) => Verdict::Passed(numbers),
        Some(Err(it)) => {
            let told = vec![format!("expected  {}", it.expected)];
            Verdict::Failed(Problem { told, line: it.line, came: Vec::new() })
        }
    };
    let (began, took, came) = (*began, *took, came.clone());
    let heading = step.heading.clone();
    Outcome { heading, what: "$ …".to_owned(), line: step.line, began, took, verdict, came }
}

#[test]
fn a_recorded_run_is_this_page() {
    let page = Recorded::read(RECORDED).page(SHEET);
    let path = testkit::workspace().join("tools/lab/src/report/html/recorded/rollout.html");
    if std::env::var_os("UPDATE_REPORT").is_some() {
        std::fs::write(&path, &page).expect("it can be written");
    }
    assert!(
        page == std::fs::read_to_string(path).expect("it is there"),
        "the page is not src/html/recorded/rollout.html any more; \
         UPDATE_REPORT=1 cargo test --workspace html writes it anew"
    );
}

#[test]
fn the_page_counts_each_line_that_siege_shows() {
    let recorded = Recorded::read(RECORDED);
    let summary = &recorded.steps[2].2;
    let number = |name: &str| -> usize {
        let line = summary.lines().find(|it| it.starts_with(name)).expect("siege tells it");
        line.split_whitespace().find_map(|it| it.parse().ok()).expect("a number")
    };
    let (good, bad) = (number("Successful transactions:"), number("Failed transactions:"));
    // The last one was under way when siege stopped: it counts it, and shows no line for it.
    let told = format!("{good} answered, {} failed", bad - 1);
    assert_eq!(recorded.page(SHEET).matches(&told).count(), 1, "{told}");
}

#[test]
fn what_a_cluster_and_a_command_say_is_text_and_never_markup() {
    const BAD: &str = "</pre><script>alert(1)</script>\" onload='x' &amp;";
    let pod = serde_json::json!({
        "metadata": { "name": BAD },
        "spec": { "containers": [{ "image": BAD }] },
        "status": { "phase": BAD },
    });
    let mut bad = Recorded::default();
    bad.history.note(Duration::ZERO, Kind::Pods, News::All(vec![pod]));
    bad.traffic.hear(Duration::ZERO, 2, &format!("[error] socket: <sock>: {BAD}"));
    bad.steps = vec![(Duration::ZERO, Duration::from_secs(1), BAD.to_owned())];
    let sheet = format!("# {BAD}\n```sh\necho '{BAD}'\n```\n```output\n{BAD}!\n```\n");
    let page = bad.page(&sheet);
    assert!(!page.contains("<script"), "{page}");
    assert!(!page.contains("\" onload"), "{page}");
    // It is all there: the command, what was to come, what came, the pod, the error.
    assert!(page.matches("&#60;script&#62;").count() >= 5, "{page}");
}

#[test]
fn without_load_there_is_no_row_of_requests() {
    let steps = vec![(Duration::ZERO, Duration::from_secs(1), "one\n".to_owned())];
    let quiet = Recorded { steps, ..Recorded::default() };
    let page = quiet.page("# A\n```sh\nprintf one\n```\n```output\none\n```\n");
    assert!(!page.contains("Requests"), "{page}");
    assert!(page.contains("as the worksheet says"), "{page}");
    assert!(
        !page.contains("://")
            || page.matches("://").count() == page.matches("xmlns=\"http://").count()
    );
}
