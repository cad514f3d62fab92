//! The picture of a run: its steps above, and below them what happened in the namespace.

use std::time::Duration;

use super::{
    canvas::{Canvas, Shape, px},
    pods, requests,
    scale::Scale,
    services,
};
use crate::{
    cluster::History,
    run::{Outcome, Traffic, Verdict},
};

/// What the template draws.
#[derive(Debug)]
pub(super) struct Chart {
    pub(super) height: String,
    /// Lines below everything else.
    pub(super) grid: Vec<Shape>,
    pub(super) shapes: Vec<Shape>,
}

impl Chart {
    pub(super) fn of(outcomes: &[Outcome], history: &History, traffic: &Traffic) -> Self {
        let steps = outcomes.iter().map(|it| it.began + it.took).max().unwrap_or_default();
        let changes = history.changes.iter().map(|it| it.at).max().unwrap_or_default();
        let end = steps.max(changes);
        let mut canvas = Canvas::new(Scale::to(end));
        ruler(&mut canvas, outcomes);
        let top = canvas.y;
        requests::draw(&mut canvas, traffic);
        services::autoscalers(&mut canvas, history, end);
        pods::draw(&mut canvas, history, end);
        services::services(&mut canvas, history, end);
        let height = canvas.y + 6.0;
        let grid = grid(canvas.scale, outcomes, top, height);
        Self { height: px(height), grid, shapes: canvas.shapes }
    }
}

/// Times, and which step was when.
fn ruler(canvas: &mut Canvas, outcomes: &[Outcome]) {
    for (at, called) in canvas.scale.ticks() {
        canvas.text(canvas.scale.x(at), 12.0, "tick", &called, "");
    }
    canvas.y = 18.0;
    canvas.label("steps of the worksheet", "", "");
    for (at, outcome) in outcomes.iter().enumerate().filter(|it| !is_skipped(it.1)) {
        let class = match outcome.verdict {
            Verdict::Failed(_) => "step failed",
            _ if at % 2 == 0 => "step",
            _ => "step odd",
        };
        let title = format!("{} {}", outcome.heading, outcome.what);
        canvas.link(outcome.began, outcome.began + outcome.took, at + 1, class, title);
    }
    canvas.y += 18.0;
}

fn grid(scale: Scale, outcomes: &[Outcome], top: f64, bottom: f64) -> Vec<Shape> {
    let mut lines = Canvas::new(scale);
    for (at, _) in scale.ticks() {
        lines.line(at, 16.0, bottom, "grid");
    }
    // Where something longer than a moment begins, so that it can be held against the rows.
    let long = outcomes.iter().filter(|it| it.took > Duration::from_secs(1));
    for outcome in long {
        lines.line(outcome.began, top, bottom, "begin");
    }
    lines.shapes
}

fn is_skipped(outcome: &Outcome) -> bool {
    matches!(outcome.verdict, Verdict::Skipped)
}
