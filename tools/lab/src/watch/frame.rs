//! One look at the namespace, as lines.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;

use super::{
    now::{Now, Warning},
    table::{Cell, Column, Line, Style, table},
};
use crate::cluster::{Autoscaler, Pod, Stage};

/// So many warnings are shown, the last ones.
const WARNINGS: usize = 5;

const PODS: [Column; 7] = [
    Column { name: "POD", least: 16, goes: 0 },
    Column { name: "READY", least: 0, goes: 0 },
    Column { name: "STATUS", least: 16, goes: 0 },
    Column { name: "RESTARTS", least: 0, goes: 2 },
    Column { name: "AGE", least: 0, goes: 3 },
    Column { name: "NODE", least: 6, goes: 4 },
    Column { name: "VERSION", least: 7, goes: 1 },
];
const SERVICES: [Column; 3] = [
    Column { name: "SERVICE", least: 12, goes: 0 },
    Column { name: "ENDPOINTS", least: 0, goes: 0 },
    Column { name: "READY ONES", least: 0, goes: 0 },
];
const AUTOSCALERS: [Column; 4] = [
    Column { name: "AUTOSCALER", least: 12, goes: 0 },
    Column { name: "REPLICAS", least: 0, goes: 0 },
    Column { name: "OF", least: 0, goes: 1 },
    Column { name: "NOW / TARGET", least: 0, goes: 0 },
];
const EVENTS: [Column; 4] = [
    Column { name: "WARNING", least: 0, goes: 0 },
    Column { name: "ABOUT", least: 16, goes: 0 },
    Column { name: "REASON", least: 0, goes: 0 },
    Column { name: "MESSAGE", least: 0, goes: 0 },
];

/// Where and when it is looked.
pub(super) struct Place<'a> {
    pub(super) namespace: &'a str,
    pub(super) context: &'a str,
    pub(super) now: Timestamp,
}

/// All there is to see, no wider than this.
pub(super) fn frame(now: &Now, place: &Place, wide: usize) -> Vec<Line> {
    let mut lines = vec![title(now, place).cut(wide)];
    for (kind, why) in &now.silent {
        let told = format!("no answer about {}: {why}", kind.name());
        lines.push(Line::of(Style::Bad, &told).cut(wide));
    }
    if !now.hidden.is_empty() {
        let names: Vec<&str> = now.hidden.iter().map(|it| it.name()).collect();
        let told = format!("not shown, because you may not list them: {}", names.join(", "));
        lines.push(Line::of(Style::Waits, &told).cut(wide));
    }
    let mut part = |columns: &[Column], rows: Vec<Vec<Cell>>| {
        if !rows.is_empty() {
            lines.push(Line(Vec::new()));
            lines.extend(table(columns, rows, wide));
        }
    };
    part(&PODS, now.pods.iter().map(|(name, it)| pod(name, it, place.now)).collect());
    part(&SERVICES, now.services().into_iter().map(|(name, it)| service(name, &it)).collect());
    part(&AUTOSCALERS, now.autoscalers.iter().map(|(name, it)| autoscaler(name, it)).collect());
    let mut warnings: Vec<&Warning> = now.warnings.values().collect();
    warnings.sort_by_key(|it| std::cmp::Reverse(it.at));
    part(&EVENTS, warnings.iter().take(WARNINGS).map(|it| warning(it, place.now)).collect());
    lines
}

/// `student-7 (kind): 3 pods, 2 ready: stable 1, canary 2`
fn title(now: &Now, place: &Place) -> Line {
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    for pod in now.pods.values() {
        *versions.entry(pod.version()).or_default() += 1;
    }
    let ready = now.pods.values().filter(|it| it.stage == Stage::Ready).count();
    let pods = match now.pods.len() {
        0 => "no pods".to_owned(),
        1 => format!("1 pod, {ready} ready"),
        more => format!("{more} pods, {ready} ready"),
    };
    let versions: Vec<String> =
        versions.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let versions =
        if versions.is_empty() { String::new() } else { format!(": {}", versions.join(", ")) };
    let told = format!("  {pods}{versions}");
    let context = format!(" ({})", place.context);
    Line(vec![
        Cell::new(Style::Bold, place.namespace),
        Cell::new(Style::Dim, &context),
        Cell::plain(&told),
    ])
}

fn pod(name: &str, pod: &Pod, now: Timestamp) -> Vec<Cell> {
    let style = match pod.stage {
        Stage::Ready => Style::Good,
        Stage::Created | Stage::Started => Style::Waits,
        Stage::Broken => Style::Bad,
        Stage::Ending | Stage::Done => Style::Dim,
    };
    let (ready, all) = pod.ready;
    let restarts = match pod.restarts {
        0 => Cell::plain("0"),
        many if pod.ended.is_empty() => Cell::new(Style::Bad, &many.to_string()),
        many => Cell::new(Style::Bad, &format!("{many} ({})", pod.ended)),
    };
    vec![
        Cell::plain(name),
        Cell::new(style, &format!("{ready}/{all}")),
        Cell::new(style, &pod.phase),
        restarts,
        Cell::plain(&age(pod.created, now)),
        Cell::plain(&pod.node),
        Cell::new(Style::Bold, pod.version()),
    ]
}

fn service(name: &str, pods: &BTreeMap<&str, bool>) -> Vec<Cell> {
    let ready: Vec<&str> = pods.iter().filter(|it| *it.1).map(|it| *it.0).collect();
    let style = if ready.is_empty() { Style::Bad } else { Style::Good };
    let count = format!("{} of {}", ready.len(), pods.len());
    vec![Cell::plain(name), Cell::new(style, &count), Cell::plain(&ready.join(" "))]
}

fn autoscaler(name: &str, it: &Autoscaler) -> Vec<Cell> {
    let replicas = if it.wanted == it.replicas {
        Cell::plain(&it.replicas.to_string())
    } else {
        Cell::new(Style::Waits, &format!("{} → {}", it.replicas, it.wanted))
    };
    let metrics = it.metrics.join(", ");
    let style = if metrics.contains("<unknown>") { Style::Bad } else { Style::Plain };
    let range = format!("{} to {}", it.least, it.most);
    vec![Cell::plain(name), replicas, Cell::plain(&range), Cell::new(style, &metrics)]
}

fn warning(it: &Warning, now: Timestamp) -> Vec<Cell> {
    vec![
        Cell::plain(&age(it.at, now)),
        Cell::plain(&it.about),
        Cell::new(Style::Waits, &it.reason),
        Cell::plain(&it.message),
    ]
}

/// `45s`, `12m`, `3h`, `2d`
fn age(then: Option<Timestamp>, now: Timestamp) -> String {
    let Some(then) = then else { return String::new() };
    match (now.as_second() - then.as_second()).max(0) {
        seconds @ ..120 => format!("{seconds}s"),
        seconds @ ..7200 => format!("{}m", seconds / 60),
        seconds @ ..172_800 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests;
