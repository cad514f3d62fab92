//! The rows of Services, how many endpoints of each were ready and which; and those of autoscalers.

use std::{collections::BTreeMap, time::Duration};

use super::canvas::{Canvas, Span};
use crate::cluster::{Endpoints, History, State};

/// What something was from each moment on; nothing if it was gone.
type Moments<T> = Vec<(Duration, Option<T>)>;

/// Which pods were behind a Service, and whether each was ready.
type Behind = BTreeMap<String, bool>;

/// Draws how many endpoints each Service had, and below it which.
pub(super) fn services(canvas: &mut Canvas, history: &History, end: Duration) {
    let services = all(history);
    if !services.is_empty() {
        canvas.heading("Endpoints of Services");
    }
    for (service, moments) in services {
        canvas.label(&service, "", "");
        canvas.spans(&counts(&moments, end), 13.0);
        canvas.y += 18.0;
        let mut pods: Vec<&String> = Vec::new();
        for pod in moments.iter().filter_map(|it| it.1.as_ref()).flat_map(Behind::keys) {
            if !pods.contains(&pod) {
                pods.push(pod);
            }
        }
        for pod in pods {
            canvas.label(&format!("  {pod}"), "", "");
            canvas.spans(&presence(pod, &moments, end), 7.0);
            canvas.y += 15.0;
        }
        canvas.y += 4.0;
    }
}

/// For each Service what was behind it when; nothing if it is gone.
fn all(history: &History) -> BTreeMap<String, Moments<Behind>> {
    // A Service may have several slices.
    let mut slices: BTreeMap<&str, &Endpoints> = BTreeMap::new();
    let mut services: BTreeMap<String, Moments<Behind>> = BTreeMap::new();
    for change in &history.changes {
        let name = change.name.as_str();
        let service = match &change.now {
            State::Endpoints(now) => {
                slices.insert(name, now);
                now.service.clone()
            }
            State::Gone => match slices.remove(name) {
                Some(before) => before.service.clone(),
                None => continue,
            },
            _ => continue,
        };
        let of = slices.values().filter(|it| it.service == service);
        let there = of.clone().next().is_some();
        let behind: Behind = of.flat_map(|it| it.ready.clone()).collect();
        services.entry(service).or_default().push((change.at, there.then_some(behind)));
    }
    services
}

fn counts(moments: &[(Duration, Option<Behind>)], end: Duration) -> Vec<Span> {
    let ready = |behind: &Behind| behind.values().filter(|it| **it).count();
    let count = moments.iter().map(|(at, it)| (*at, it.as_ref().map(ready)));
    merged(count, end, |count| {
        let class = if *count == 0 { "none" } else { "count" };
        (class, count.to_string(), format!("{count} ready"))
    })
}

fn presence(pod: &str, moments: &[(Duration, Option<Behind>)], end: Duration) -> Vec<Span> {
    let state = |it: &Option<Behind>| it.as_ref().and_then(|it| it.get(pod).copied());
    merged(moments.iter().map(|(at, it)| (*at, state(it))), end, |ready| {
        let (class, told) = if *ready { ("in", "ready") } else { ("out", "not ready") };
        (class, String::new(), format!("{pod}: {told}"))
    })
}

/// Draws how many replicas each autoscaler has and wants.
pub(super) fn autoscalers(canvas: &mut Canvas, history: &History, end: Duration) {
    let mut rows: BTreeMap<&str, Moments<(String, String)>> = BTreeMap::new();
    for change in &history.changes {
        let told = match &change.now {
            State::Autoscaler(it) if it.wanted == it.replicas => {
                Some((it.replicas.to_string(), it.to_string()))
            }
            State::Autoscaler(it) => {
                Some((format!("{} → {}", it.replicas, it.wanted), it.to_string()))
            }
            State::Gone if rows.contains_key(change.name.as_str()) => None,
            _ => continue,
        };
        rows.entry(&change.name).or_default().push((change.at, told));
    }
    if !rows.is_empty() {
        canvas.heading("Autoscalers, and what they want");
    }
    for (name, moments) in rows {
        canvas.label(name, "", "");
        let spans = merged(moments.into_iter(), end, |(text, title)| {
            ("count", text.clone(), title.clone())
        });
        canvas.spans(&spans, 13.0);
        canvas.y += 19.0;
    }
}

/// The parts of a row; what stays the same is one part.
fn merged<T: PartialEq>(
    moments: impl Iterator<Item = (Duration, Option<T>)>,
    end: Duration,
    told: impl Fn(&T) -> (&'static str, String, String),
) -> Vec<Span> {
    let moments: Vec<_> = moments.collect();
    let mut spans = Vec::new();
    let mut at = 0;
    while at < moments.len() {
        let (from, now) = &moments[at];
        let next = moments[at..].iter().position(|it| it.1 != *now).map(|it| it + at);
        let to = next.map_or(end, |it| moments[it].0);
        if let Some(now) = now {
            let (class, text, title) = told(now);
            let (begin, over) = (from.as_secs_f64(), to.as_secs_f64());
            let title = format!("{begin:.1} to {over:.1} s: {title}");
            spans.push(Span { from: *from, to, class, text, title });
        }
        at = next.unwrap_or(moments.len());
    }
    spans
}
