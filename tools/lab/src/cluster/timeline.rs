//! When pods, endpoints and autoscalers changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use kube::Client;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::{
    follow::{Kind, News, follow},
    state::{Autoscaler, Endpoints, Pod},
};
use crate::read::Read;

/// What happened in a namespace since it was begun.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    began: Instant,
    history: Arc<Mutex<History>>,
}

impl Timeline {
    /// Watches until the runtime ends; times count from when the run began.
    pub(super) fn begin(
        runtime: &Runtime,
        client: &Client,
        namespace: &str,
        began: Instant,
    ) -> Self {
        let timeline = Self { began, history: Arc::default() };
        for kind in [Kind::Pods, Kind::EndpointSlices, Kind::Autoscalers] {
            let timeline = timeline.clone();
            let tell = move |kind, news| timeline.lock().note(timeline.began.elapsed(), kind, news);
            runtime.spawn(follow(client.clone(), namespace.to_owned(), kind, tell));
        }
        timeline
    }

    fn lock(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happened so far.
    pub(crate) fn history(&self) -> History {
        self.lock().clone()
    }
}

/// What happened, in the order in which it was seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) changes: Vec<Change>,
    known: BTreeMap<(Kind, String), State>,
}

/// An object is not any more as it was.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) at: Duration,
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) now: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Pod(Pod),
    Endpoints(Endpoints),
    Autoscaler(Autoscaler),
    Gone,
}

impl History {
    /// Keeps what is new; objects that have not changed are not told again.
    pub(crate) fn note(&mut self, at: Duration, kind: Kind, news: News) {
        match news {
            News::All(objects) => {
                let there: BTreeSet<&str> = objects.iter().map(Read::name).collect();
                let known = self.known.iter().filter(|(_, state)| **state != State::Gone);
                let gone = known.filter(|((of, name), _)| *of == kind && !there.contains(&**name));
                let gone: Vec<String> = gone.map(|((_, name), _)| name.clone()).collect();
                for name in gone {
                    self.add(at, kind, name, State::Gone);
                }
                for it in &objects {
                    self.is_now(at, kind, it);
                }
            }
            News::Now(object) => self.is_now(at, kind, &object),
            News::Gone(object) => self.add(at, kind, object.name().to_owned(), State::Gone),
            News::Hidden | News::Silent(_) => {}
        }
    }

    fn is_now(&mut self, at: Duration, kind: Kind, object: &Value) {
        let now = match kind {
            Kind::Pods => State::Pod(Pod::of(object)),
            Kind::EndpointSlices => State::Endpoints(Endpoints::of(object)),
            Kind::Autoscalers => State::Autoscaler(Autoscaler::of(object)),
            Kind::Events => return,
        };
        self.add(at, kind, object.name().to_owned(), now);
    }

    fn add(&mut self, at: Duration, kind: Kind, name: String, now: State) {
        let known = self.known.insert((kind, name.clone()), now.clone());
        if known.as_ref() != Some(&now) {
            self.changes.push(Change { at, kind, name, now });
        }
    }

    /// One line for each change that can be told in words.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut said = BTreeMap::new();
        let mut lines = Vec::new();
        for Change { at, kind, name, now } in &self.changes {
            let told = format!("{} {name}: {now}", called(*kind));
            if said.insert((kind, name), told.clone()).as_ref() != Some(&told) {
                lines.push(format!("{:7.1} s  {told}", at.as_secs_f64()));
            }
        }
        lines
    }
}

fn called(kind: Kind) -> &'static str {
    match kind {
        Kind::Pods => "pod",
        Kind::EndpointSlices => "endpoints",
        Kind::Autoscalers => "autoscaler",
        Kind::Events => "event",
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pod(it) => it.fmt(f),
            Self::Endpoints(it) => it.fmt(f),
            Self::Autoscaler(it) => it.fmt(f),
            Self::Gone => f.write_str("gone"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::{History, Kind, News};

    fn pod(name: &str, phase: &str, node: &str) -> Value {
        json!({
            "metadata": { "name": name },
            "spec": { "nodeName": node, "containers": [{ "image": "order:stable" }] },
            "status": { "phase": phase },
        })
    }

    #[test]
    fn what_was_missed_between_two_watches_is_told_by_the_list_after_them() {
        let mut history = History::default();
        let at = Duration::from_millis;
        let (one, two) = (pod("one", "Pending", ""), pod("two", "Pending", ""));
        history.note(at(100), Kind::Pods, News::All(vec![one, two]));
        // Nothing that is told in words.
        history.note(at(200), Kind::Pods, News::Now(pod("one", "Pending", "node1")));
        history.note(at(300), Kind::Pods, News::Now(pod("one", "Running", "node1")));
        history.note(at(400), Kind::Pods, News::All(vec![pod("one", "Running", "node1")]));
        history.note(at(500), Kind::Pods, News::Gone(pod("one", "Running", "node1")));
        let told = [
            "    0.1 s  pod one: Pending, order:stable",
            "    0.1 s  pod two: Pending, order:stable",
            "    0.3 s  pod one: Running, order:stable",
            "    0.4 s  pod two: gone",
            "    0.5 s  pod one: gone",
        ];
        assert_eq!(history.lines(), told);
    }
}
