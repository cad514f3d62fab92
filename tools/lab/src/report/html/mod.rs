//! A run as a page: one file that needs nothing else, and no program to be read.

mod canvas;
mod chart;
mod pods;
mod requests;
mod scale;
mod services;
mod steps;

use std::{fs, io, path::Path};

use askama::Template;
use k8s_openapi::jiff::Timestamp;

use canvas::Shape;
use chart::Chart;
use steps::Shown;

use crate::{
    cluster::History,
    failure::Failure,
    run::{Outcome, Traffic, Verdict},
    worksheet::Worksheet,
};

/// What there is to tell of a run.
pub(crate) struct Told<'a> {
    pub(crate) worksheet: &'a Worksheet,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) ended: Timestamp,
    pub(crate) outcomes: &'a [Outcome],
    pub(crate) history: &'a History,
    pub(crate) traffic: &'a Traffic,
}

/// Everything in it is escaped by the template, as its name ends in `.html`.
#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    title: String,
    path: String,
    namespace: String,
    ended: String,
    took: String,
    passed: bool,
    /// How many steps went as the worksheet says, otherwise, or not at all.
    counts: [usize; 3],
    first_failed: usize,
    chart: Chart,
    has_requests: bool,
    words: Vec<String>,
    steps: Vec<Shown>,
}

/// Writes the page.
pub(crate) fn write(file: &Path, told: &Told) -> Result<(), Failure> {
    let failed = |error| Failure::unwritable(file, error);
    let text = page(told).render().map_err(io::Error::other).map_err(failed)?;
    fs::write(file, text).map_err(failed)
}

fn page(told: &Told) -> Page {
    let Told { worksheet, outcomes, history, traffic, .. } = told;
    let count =
        |which: fn(&Verdict) -> bool| outcomes.iter().filter(|it| which(&it.verdict)).count();
    let failed = count(|it| matches!(it, Verdict::Failed(_)));
    let skipped = count(|it| matches!(it, Verdict::Skipped));
    let seconds: f64 = outcomes.iter().map(|it| it.took.as_secs_f64()).sum();
    Page {
        title: worksheet.title.clone(),
        path: worksheet.path.display().to_string(),
        namespace: told.namespace.unwrap_or_default().to_owned(),
        ended: told.ended.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        took: format!("{seconds:.1} s"),
        passed: failed == 0,
        counts: [outcomes.len() - failed - skipped, failed, skipped],
        first_failed: outcomes.iter().position(Outcome::has_failed).map_or(0, |it| it + 1),
        chart: Chart::of(outcomes, history, traffic),
        has_requests: !traffic.terminals.is_empty(),
        words: history.lines(),
        steps: steps::shown(&worksheet.steps, outcomes),
    }
}

#[cfg(test)]
mod tests;
