//! Each step: what was typed, what was to be seen, and what came.

use crate::{
    pattern::Pattern,
    run::{Outcome, Verdict},
    worksheet::{Action, Command, Step},
};

/// So many lines of what came are kept, the last ones, and so much of each.
const LINES: usize = 60;
const WIDE: usize = 400;

/// A step as the template shows it.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) number: usize,
    /// Only where it differs from that of the step before.
    pub(super) heading: String,
    /// Where the worksheet says it.
    pub(super) line: usize,
    pub(super) terminal: u32,
    /// What was typed; nothing if it was looked at another terminal.
    pub(super) typed: String,
    /// What else was asked: `until 1m 30s`, `has to fail`.
    pub(super) asked: Vec<String>,
    pub(super) began: String,
    pub(super) took: String,
    pub(super) class: &'static str,
    pub(super) ended: &'static str,
    /// Numbers: of what, what was expected, what came.
    pub(super) numbers: Vec<[String; 3]>,
    /// What differs, in words.
    pub(super) told: Vec<String>,
    /// What was to be seen, with the lines that were not.
    pub(super) expected: Vec<(bool, String)>,
    pub(super) came: Vec<String>,
    /// How many lines came before these.
    pub(super) before: usize,
}

/// All of them, as far as the run came.
pub(super) fn shown(steps: &[Step], outcomes: &[Outcome]) -> Vec<Shown> {
    let mut all = Vec::new();
    let mut heading = "";
    for (at, (step, outcome)) in steps.iter().zip(outcomes).enumerate() {
        let new = if heading == step.heading { "" } else { &step.heading };
        heading = &step.heading;
        all.push(one(at + 1, new, step, outcome));
    }
    all
}

fn one(number: usize, heading: &str, step: &Step, outcome: &Outcome) -> Shown {
    let (terminal, typed, seen) = match &step.action {
        Action::Type(command) => (1, command.text.trim_end(), command.seen.as_ref()),
        Action::Start { terminal, text } => (*terminal, text.trim_end(), None),
        Action::Look { terminal, seen, .. } => (*terminal, "", Some(seen)),
    };
    let (class, ended) = match outcome.verdict {
        Verdict::Passed(_) => ("ok", "ok"),
        Verdict::Started => ("ok", "runs on"),
        Verdict::Failed(_) => ("failed", "FAILED"),
        Verdict::Skipped => ("skipped", "skipped"),
    };
    let numbers = match &outcome.verdict {
        Verdict::Passed(numbers) => numbers.as_slice(),
        _ => &[],
    };
    let numbers = numbers.iter().map(|it| [it.name(), it.wanted.clone(), it.written.clone()]);
    let (told, place) = match &outcome.verdict {
        Verdict::Failed(problem) => (problem.told.clone(), problem.line),
        _ => (Vec::new(), None),
    };
    let all: Vec<String> = outcome.came.trim_end().lines().map(brief).collect();
    let before = all.len().saturating_sub(LINES);
    Shown {
        number,
        heading: heading.to_owned(),
        line: place.unwrap_or(step.line),
        terminal,
        typed: typed.to_owned(),
        asked: asked(&step.action),
        began: format!("{:.1}", outcome.began.as_secs_f64()),
        took: format!("{:.1}", outcome.took.as_secs_f64()),
        class,
        ended,
        numbers: numbers.collect(),
        told,
        expected: seen.map(|it| expected(it, place)).unwrap_or_default(),
        came: all[before..].to_vec(),
        before,
    }
}

fn expected(seen: &Pattern, place: Option<usize>) -> Vec<(bool, String)> {
    let lines = seen.text.lines().enumerate();
    lines.map(|(at, line)| (place == Some(seen.first + at), line.to_owned())).collect()
}

fn asked(action: &Action) -> Vec<String> {
    let time = |word: &str, time: Option<std::time::Duration>| {
        time.map(|it| format!("{word} {}", humantime::format_duration(it)))
    };
    match action {
        Action::Type(Command { until, within, fails, always, .. }) => {
            let fails = fails.then(|| "has to fail".to_owned());
            let always = always.then(|| "typed in any case".to_owned());
            [time("until", *until), time("within", *within), fails, always]
                .into_iter()
                .flatten()
                .collect()
        }
        Action::Start { .. } => Vec::new(),
        Action::Look { until, .. } => time("until", *until).into_iter().collect(),
    }
}

fn brief(line: &str) -> String {
    if line.chars().count() <= WIDE {
        return line.to_owned();
    }
    line.chars().take(WIDE).chain(std::iter::once('…')).collect()
}
