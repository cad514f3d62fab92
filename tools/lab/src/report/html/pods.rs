//! The rows of pods: how far each had got, and when it was started again.

use std::{collections::BTreeMap, time::Duration};

use super::canvas::{Canvas, Span};
use crate::cluster::{History, Kind, Pod, Stage, State};

/// Versions have so many colours.
const COLOURS: [&str; 4] = ["v0", "v1", "v2", "v3"];

/// Draws a row for each pod, in the order in which they came.
pub(super) fn draw(canvas: &mut Canvas, history: &History, end: Duration) {
    let mut names: Vec<&str> = Vec::new();
    let mut versions: Vec<&str> = Vec::new();
    let mut lives: BTreeMap<&str, Vec<(Duration, Option<&Pod>)>> = BTreeMap::new();
    for change in history.changes.iter().filter(|it| it.kind == Kind::Pods) {
        let name = change.name.as_str();
        if !names.contains(&name) {
            names.push(name);
        }
        let pod = if let State::Pod(pod) = &change.now { Some(pod) } else { None };
        lives.entry(name).or_default().push((change.at, pod));
    }
    if !names.is_empty() {
        canvas.heading("Pods, and their versions");
    }
    for name in names {
        let life = &lives[name];
        let Some(version) = life.iter().filter_map(|it| it.1).next_back().map(Pod::version) else {
            continue;
        };
        if !versions.contains(&version) {
            versions.push(version);
        }
        let colour = versions.iter().position(|it| *it == version).unwrap_or_default();
        canvas.label(name, version, COLOURS[colour % COLOURS.len()]);
        canvas.spans(&spans(life, end), 13.0);
        restarts(canvas, life);
        canvas.y += 19.0;
    }
}

/// How long it was what; the same stage in a row is one part.
fn spans(life: &[(Duration, Option<&Pod>)], end: Duration) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for (at, (from, pod)) in life.iter().enumerate() {
        let to = life.get(at + 1).map_or(end, |it| it.0);
        let Some(pod) = pod else { continue };
        let class = class(pod.stage);
        match spans.last_mut() {
            Some(before) if before.class == class && before.to == *from => before.to = to,
            _ => spans.push(Span {
                from: *from,
                to,
                class,
                text: String::new(),
                title: pod.to_string(),
            }),
        }
    }
    for span in &mut spans {
        let (from, to) = (span.from.as_secs_f64(), span.to.as_secs_f64());
        span.title = format!("{from:.1} to {to:.1} s: {}, {}", span.class, span.title);
    }
    spans
}

fn class(stage: Stage) -> &'static str {
    match stage {
        Stage::Created => "created",
        Stage::Started => "started",
        Stage::Ready => "ready",
        Stage::Broken => "broken",
        Stage::Ending => "ending",
        Stage::Done => "done",
    }
}

fn restarts(canvas: &mut Canvas, life: &[(Duration, Option<&Pod>)]) {
    // Those from before the run are not its doing.
    let mut known = life.first().and_then(|it| it.1).map_or(0, |it| it.restarts);
    for (at, pod) in life.iter().filter_map(|(at, pod)| Some((at, (*pod)?))) {
        if pod.restarts > known {
            let why =
                if pod.ended.is_empty() { String::new() } else { format!(" ({})", pod.ended) };
            let title = format!("{:.1} s: restart {}{why}", at.as_secs_f64(), pod.restarts);
            canvas.dot(*at, &pod.restarts.to_string(), &title);
        }
        known = pod.restarts;
    }
}
