//! What `lab verify` shows while it runs.

use std::time::Duration;

use crate::{
    pattern::Number,
    run::{Event, Outcome, Problem, Verdict},
    worksheet::{Action, Step, Worksheet},
};

/// How wide the column of commands is.
const WIDE: usize = 72;

/// Which worksheet, and where.
pub(crate) fn begin(worksheet: &Worksheet, namespace: Option<&str>) {
    let place = namespace.map_or_else(String::new, |it| format!(", in the namespace {it}"));
    say!("{}{place}", worksheet.path.display());
}

/// Shows each event of a run as it comes.
pub(crate) fn show(worksheet: &Worksheet) -> impl FnMut(Event<'_>) {
    move |event| match event {
        Event::Begins { step, before } => heading(step, before),
        Event::Waits(step) => about_to(step),
        Event::Ended(ended) => outcome(worksheet, ended),
    }
}

/// The heading of a step, unless the one before has the same.
fn heading(step: &Step, before: Option<&Outcome>) {
    if before.is_none_or(|it| it.heading != step.heading) {
        say!("\n{}", step.heading);
    }
}

/// What comes when Enter is pressed.
fn about_to(step: &Step) {
    let text = match &step.action {
        Action::Type(command) => &command.text,
        Action::Start { text, .. } => text,
        Action::Look { .. } => "look at the other terminal",
    };
    say!("  {}    [Enter]", text.trim_end());
}

/// How a step ended.
fn outcome(worksheet: &Worksheet, outcome: &Outcome) {
    let Outcome { what, took, verdict, .. } = outcome;
    let what: String = what.chars().take(WIDE).collect();
    let ended = match verdict {
        Verdict::Passed(_) => "ok",
        Verdict::Started => "runs on",
        Verdict::Failed(_) => "FAILED",
        Verdict::Skipped => "skipped",
    };
    say!("  {what:WIDE$} {:>8}  {ended}", seconds(*took));
    match verdict {
        Verdict::Passed(numbers) => {
            for number in numbers {
                let Number { written, wanted, .. } = number;
                say!("      {} expected {wanted}, got {written}", number.name());
            }
        }
        Verdict::Failed(problem) => failed(worksheet, outcome.line, problem),
        Verdict::Started | Verdict::Skipped => {}
    }
}

fn failed(worksheet: &Worksheet, line: usize, problem: &Problem) {
    say!("    {}:{}", worksheet.path.display(), problem.line.unwrap_or(line));
    for line in &problem.told {
        say!("    {line}");
    }
    if !problem.came.is_empty() {
        say!("    the last that came:");
    }
    for line in &problem.came {
        say!("      | {line}");
    }
}

/// When pods and endpoints changed.
pub(crate) fn timeline(lines: &[String]) {
    if !lines.is_empty() {
        say!("\nWhat happened in the namespace");
    }
    for line in lines {
        say!("  {line}");
    }
}

/// The last line.
pub(crate) fn end(worksheet: &Worksheet, outcomes: &[Outcome]) {
    let count =
        |which: fn(&Verdict) -> bool| outcomes.iter().filter(|it| which(&it.verdict)).count();
    let failed = count(|it| matches!(it, Verdict::Failed(_)));
    let skipped = count(|it| matches!(it, Verdict::Skipped));
    let took = seconds(outcomes.iter().map(|it| it.took).sum());
    let done = outcomes.len() - failed - skipped;
    say!(
        "
{}: {done} steps as the worksheet says, {failed} not, {skipped} skipped, in {took}",
        worksheet.path.display()
    );
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
