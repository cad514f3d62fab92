//! How a step ended.

use std::time::Duration;

use crate::{
    pattern::{Mismatch, Number},
    worksheet::{Action, Step},
};

/// So many lines of what came are shown when something differs.
const SHOWN: usize = 20;
/// So many characters of a command say which one it is.
const NAMED: usize = 55;

#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) heading: String,
    /// What was typed, or looked at.
    pub(crate) what: String,
    /// Where the worksheet says it.
    pub(crate) line: usize,
    /// When, since the run began.
    pub(crate) began: Duration,
    pub(crate) took: Duration,
    pub(crate) verdict: Verdict,
    /// What was shown in the end.
    pub(crate) came: String,
}

#[derive(Debug)]
pub(crate) enum Verdict {
    /// As it was to be, with these numbers in their ranges.
    Passed(Vec<Number>),
    /// It runs on in another terminal.
    Started,
    Failed(Problem),
    /// Something before it failed.
    Skipped,
}

/// How a step ended, and what was shown.
pub(super) struct Seen(pub(super) Verdict, pub(super) String);

/// What was not as it was to be.
#[derive(Debug)]
pub(crate) struct Problem {
    /// In words, a line each.
    pub(crate) told: Vec<String>,
    /// Where the worksheet says otherwise, if it is a line of an output.
    pub(crate) line: Option<usize>,
    /// The last lines of what came.
    pub(crate) came: Vec<String>,
}

impl Outcome {
    pub(super) fn new(step: &Step, began: Duration, took: Duration, seen: Seen) -> Self {
        let Seen(verdict, came) = seen;
        let what = match &step.action {
            Action::Type(command) => format!("$ {}", one_line(&command.text)),
            Action::Start { terminal, text } => format!("{terminal}$ {}", one_line(text)),
            Action::Look { terminal, of, .. } => {
                format!("{terminal}> {} shows", cut(&one_line(of)))
            }
        };
        Self { heading: step.heading.clone(), what, line: step.line, began, took, verdict, came }
    }

    pub(super) fn skipped(step: &Step, at: Duration) -> Self {
        Self::new(step, at, Duration::ZERO, Seen(Verdict::Skipped, String::new()))
    }

    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.verdict, Verdict::Failed(_))
    }
}

impl Problem {
    fn new(told: String, came: &str) -> Self {
        let came: Vec<String> = came.trim_end().lines().map(ToOwned::to_owned).collect();
        let from = came.len().saturating_sub(SHOWN);
        Self { told: vec![told], line: None, came: came[from..].to_vec() }
    }

    /// It ended otherwise than it was to end.
    pub(super) fn code(code: i32, came: &str) -> Self {
        let told = match code {
            0 => "it was to fail, and ended well".to_owned(),
            code => format!("it ended with code {code}"),
        };
        Self::new(told, came)
    }

    /// It was not over in time.
    pub(crate) fn late(patience: Duration, came: &str) -> Self {
        Self::new(format!("it was not over within {}", humantime::format_duration(patience)), came)
    }

    /// Something else was to be seen.
    pub(super) fn differs(mismatch: Mismatch, came: &str) -> Self {
        let Mismatch { line, expected, nearest, number } = mismatch;
        let mut told = vec![format!("expected  {expected}")];
        told.push(nearest.map_or_else(
            || "came      nothing more".to_owned(),
            |it| format!("came      {}", it.trim()),
        ));
        told.extend(number.map(|it| format!("          {it}")));
        Self { told, line, ..Self::new(String::new(), came) }
    }

    /// It was tried until there was no more time.
    pub(super) fn after(mut self, tries: u32, patience: Duration) -> Self {
        let patience = humantime::format_duration(patience);
        self.told.insert(0, format!("not within {patience}, in {tries} looks; the last one:"));
        self
    }

    /// It was looked at until there was no more time.
    pub(super) fn still(mut self, patience: Duration) -> Self {
        let patience = humantime::format_duration(patience);
        self.told.insert(0, format!("not within {patience}, and it runs on:"));
        self
    }
}

/// So much of a command that what follows it fits beside it.
fn cut(command: &str) -> String {
    if command.chars().count() <= NAMED {
        return command.to_owned();
    }
    command.chars().take(NAMED - 1).chain(std::iter::once('…')).collect()
}

/// `kubectl apply -f - <<E …`
fn one_line(text: &str) -> String {
    let mut lines = text.trim().lines();
    let first = lines.next().unwrap_or_default().trim_end_matches('\\').trim_end();
    if lines.next().is_some() { format!("{first} …") } else { first.to_owned() }
}
