//! The results of a run in the XML that CI servers read.

use std::{fmt::Write as _, fs, path::Path};

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
    let text = suite(&worksheet.path.display().to_string(), outcomes, timeline);
    fs::write(file, text).map_err(|error| Failure::unwritable(file, error))
}

fn suite(name: &str, outcomes: &[Outcome], timeline: &[String]) -> String {
    let count =
        |which: fn(&Verdict) -> bool| outcomes.iter().filter(|it| which(&it.verdict)).count();
    let failures = count(|it| matches!(it, Verdict::Failed(_)));
    let skipped = count(|it| matches!(it, Verdict::Skipped));
    let time: f64 = outcomes.iter().map(|it| it.took.as_secs_f64()).sum();
    let (name, tests) = (escaped(name), outcomes.len());
    let counts = format!(r#"tests="{tests}" failures="{failures}" skipped="{skipped}""#);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n\
         <testsuite name=\"{name}\" {counts} time=\"{time:.3}\">\n"
    );
    for outcome in outcomes {
        case(&mut xml, &name, outcome);
    }
    let timeline = escaped(&timeline.join("\n"));
    let _ = writeln!(xml, "<system-out>{timeline}</system-out>\n</testsuite>\n</testsuites>");
    xml
}

fn case(xml: &mut String, suite: &str, outcome: &Outcome) {
    let Outcome { heading, what, line, took, verdict, .. } = outcome;
    let name = escaped(&format!("{heading}: {what} (line {line})"));
    let time = took.as_secs_f64();
    let _ = write!(xml, r#"<testcase classname="{suite}" name="{name}" time="{time:.3}">"#);
    match verdict {
        Verdict::Passed(_) | Verdict::Started => {}
        Verdict::Skipped => xml.push_str("<skipped/>"),
        Verdict::Failed(problem) => {
            let told = escaped(&problem.told.join("; "));
            let came = escaped(&problem.came.join("\n"));
            let _ = write!(xml, r#"<failure message="{told}">{came}</failure>"#);
        }
    }
    xml.push_str("</testcase>\n");
}

/// Text as XML may have it: some control characters cannot be written at all.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' | '\t' => safe.push(it),
            it if it.is_control() || matches!(it, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            it => safe.push(it),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{escaped, suite};

    #[test]
    fn whatever_a_command_wrote_can_be_written() {
        assert_eq!(
            escaped("a<b> & \"c\"\u{1b}[0m\n"),
            "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd}[0m\n"
        );
    }

    #[test]
    fn a_run_without_steps_is_a_suite_all_the_same() {
        let xml = suite("a & b", &[], &["0.1 s  pod <x>".to_owned()]);
        assert!(xml.contains(r#"<testsuite name="a &amp; b" tests="0" failures="0""#), "{xml}");
        assert!(xml.contains("<system-out>0.1 s  pod &lt;x&gt;</system-out>"), "{xml}");
    }
}
