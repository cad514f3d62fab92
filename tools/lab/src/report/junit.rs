//! The results of a run in the XML that CI servers read.

use std::{fs, io, path::Path, time::Duration};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::{
    failure::Failure,
    run::{Outcome, Verdict},
    worksheet::Worksheet,
};

/// Writes a suite with a case for each step.
pub(crate) fn write(
    file: &Path,
    worksheet: &Worksheet,
    outcomes: &[Outcome],
    timeline: &[String],
) -> Result<(), Failure> {
    let report = report(&worksheet.path.display().to_string(), outcomes, timeline);
    let text =
        report.to_string().map_err(|error| Failure::unwritable(file, io::Error::other(error)))?;
    fs::write(file, text).map_err(|error| Failure::unwritable(file, error))
}

fn report(name: &str, outcomes: &[Outcome], timeline: &[String]) -> Report {
    let mut suite = TestSuite::new(name);
    suite.set_time(outcomes.iter().map(|it| it.took).sum::<Duration>());
    suite.set_system_out(timeline.join("\n"));
    suite.add_test_cases(outcomes.iter().map(|it| case(name, it)));
    let mut report = Report::new("lab");
    report.add_test_suite(suite);
    report
}

fn case(suite: &str, outcome: &Outcome) -> TestCase {
    let Outcome { heading, what, line, took, verdict, .. } = outcome;
    let status = match verdict {
        Verdict::Passed(_) | Verdict::Started => TestCaseStatus::success(),
        Verdict::Skipped => TestCaseStatus::skipped(),
        Verdict::Failed(problem) => {
            let mut failed = TestCaseStatus::non_success(NonSuccessKind::Failure);
            failed.set_message(problem.told.join("; ")).set_description(problem.came.join("\n"));
            failed
        }
    };
    let mut case = TestCase::new(format!("{heading}: {what} (line {line})"), status);
    case.set_classname(suite).set_time(*took);
    case
}

#[cfg(test)]
mod tests {
    use super::report;

    #[test]
    fn a_run_without_steps_is_a_suite_all_the_same() {
        let timeline = ["0.1 s  pod <x>\u{1b}[0m".to_owned()];
        let xml = report("a & b", &[], &timeline).to_string().expect("XML");
        assert!(xml.contains(r#"<testsuite name="a &amp; b" tests="0""#), "{xml}");
        assert!(xml.contains("0.1 s  pod &lt;x&gt;") && !xml.contains('\u{1b}'), "{xml}");
    }
}
