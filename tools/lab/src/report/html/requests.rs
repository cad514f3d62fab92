//! The rows of terminals that made requests: answered ones upwards, failed ones downwards.

use std::{collections::BTreeMap, time::Duration};

use super::canvas::Canvas;
use crate::run::{Second, Traffic};

/// How high the most of a row are.
const UP: f64 = 26.0;
const DOWN: f64 = 20.0;

/// Draws a row for each; none if no terminal told of a request.
pub(super) fn draw(canvas: &mut Canvas, traffic: &Traffic) {
    if !traffic.terminals.is_empty() {
        canvas.heading("Requests, failed ones below");
    }
    for (terminal, seconds) in &traffic.terminals {
        let mut all = Second::default();
        for it in seconds.values() {
            all.add(it);
        }
        canvas.label(&format!("terminal {terminal}"), "", "");
        let told = format!("{} answered, {} failed", all.good, all.failed());
        canvas.text(12.0, canvas.y + 27.0, "small", &told, &kinds(&all));
        bars(canvas, seconds);
        canvas.y += UP + DOWN + 6.0;
    }
}

fn bars(canvas: &mut Canvas, seconds: &BTreeMap<u64, Second>) {
    let bucket = canvas.scale.bucket();
    let mut buckets: BTreeMap<u64, Second> = BTreeMap::new();
    for (second, ended) in seconds {
        buckets.entry(second / bucket).or_default().add(ended);
    }
    let most = |of: fn(&Second) -> u64| buckets.values().map(of).max().unwrap_or_default();
    let (good, bad) = (most(|it| it.good), most(Second::failed));
    // One measure for both, so that they can be compared.
    let step = (UP / float(good.max(1))).min(DOWN / float(bad.max(1)));
    let line = canvas.y + UP;
    for (at, ended) in &buckets {
        let (from, to) = (at * bucket, (at + 1) * bucket);
        let x = canvas.scale.x(Duration::from_secs(from));
        let wide = (canvas.scale.x(Duration::from_secs(to)) - x - 0.4).max(0.8);
        let title = format!("{from} to {to} s: {}", told(ended));
        if ended.good > 0 {
            let high = (step * float(ended.good)).max(1.0);
            canvas.rect([x, line - high, wide, high], "good", &title);
        }
        if ended.failed() > 0 {
            let high = (step * float(ended.failed())).max(2.0);
            canvas.rect([x, line + 1.0, wide, high], "bad", &title);
        }
    }
}

/// `2 answered, 1 failed: 1 connection refused`
fn told(ended: &Second) -> String {
    match ended.failed() {
        0 => format!("{} answered", ended.good),
        failed => format!("{} answered, {failed} failed: {}", ended.good, kinds(ended)),
    }
}

fn kinds(ended: &Second) -> String {
    let kinds: Vec<String> =
        ended.bad.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    kinds.join(", ")
}

fn float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
