//! The call to payment, for people and for metrics.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;

pub(crate) use super::breaker::State;
use super::{
    Payments,
    breaker::{Breaker, Probes, Transition, to_millisecond},
    switches,
    tally::{Amplification, Tally},
};

/// What the breaker is called.
const NAME: &str = "payment";

/// The breaker and its counters, in brief.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    name: &'static str,
    state: State,
    reason: String,
    #[serde(serialize_with = "to_millisecond")]
    since: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try_in: Option<String>,
    window: Seen,
    #[serde(skip_serializing_if = "Option::is_none")]
    probes: Option<Probes>,
    succeeded: u64,
    failed: u64,
    timed_out: u64,
    not_permitted: u64,
    bulkhead_full: u64,
    retried: u64,
    fallbacks: u64,
    in_flight: u32,
    amplification: Amplification,
}

/// The last calls.
#[derive(Debug, Clone, Serialize)]
struct Seen {
    failed: usize,
    of: usize,
}

impl Summary {
    fn of(breaker: &Breaker, tally: &Tally, now: Instant) -> Self {
        let count = |counter: &AtomicU64| counter.load(Relaxed);
        Self {
            name: NAME,
            state: breaker.state(),
            reason: breaker.reason(),
            since: breaker.since(),
            next_try_in: breaker.next_try_in(now).map(in_words),
            window: Seen { failed: breaker.window().failed(), of: breaker.window().len() },
            probes: breaker.probes(),
            succeeded: count(&tally.succeeded),
            failed: count(&tally.failed),
            timed_out: count(&tally.timed_out),
            not_permitted: count(&tally.not_permitted),
            bulkhead_full: count(&tally.bulkhead_full),
            retried: count(&tally.retried),
            fallbacks: count(&tally.fallbacks),
            in_flight: tally.in_flight(),
            amplification: tally.amplification(),
        }
    }
}

/// Whole seconds, rounded up, or milliseconds below one.
fn in_words(time: Duration) -> String {
    let millis = time.as_millis();
    if millis < 1000 { format!("{millis}ms") } else { format!("{}s", millis.div_ceil(1000)) }
}

impl Payments {
    /// The breaker as it is now.
    pub(crate) fn summary(&self) -> Summary {
        self.with_breaker(|breaker, now| {
            breaker.refresh(now);
            Summary::of(breaker, &self.0.tally, now)
        })
    }

    /// All of it: also the settings in force, what the switched ones were at the start, and the
    /// last transitions, the newest first.
    pub(crate) fn everything(&self) -> Value {
        let args = self.args();
        let (summary, history) = self.with_breaker(|breaker, now| {
            breaker.refresh(now);
            let history: Vec<Transition> = breaker.history().rev().cloned().collect();
            (Summary::of(breaker, &self.0.tally, now), history)
        });
        let mut all = json!(summary);
        all["settings"] = switches::shown(&args).into();
        all["startedWith"] = switches::differing(&args, &self.0.start).into();
        all["history"] = json!(history);
        all
    }

    /// The breaker's transitions, as they happen.
    pub(crate) fn changes(&self) -> Changes {
        let receiver = self.0.transitions.subscribe();
        let seen = self.lock().transitions();
        Changes { payments: self.clone(), receiver, seen }
    }

    pub(crate) fn transitions_to(&self, state: State) -> u64 {
        self.lock().transitions_to(state)
    }

    pub(crate) fn state(&self) -> State {
        self.with_breaker(|breaker, now| {
            breaker.refresh(now);
            breaker.state()
        })
    }

    pub(crate) fn amplification(&self) -> Amplification {
        self.0.tally.amplification()
    }

    /// How many calls ended how, and what else was counted.
    pub(crate) fn counted(&self) -> Counted {
        let tally = &self.0.tally;
        let count = |counter: &AtomicU64| counter.load(Relaxed);
        Counted {
            succeeded: count(&tally.succeeded),
            failed: count(&tally.failed),
            timed_out: count(&tally.timed_out),
            not_permitted: count(&tally.not_permitted),
            bulkhead_full: count(&tally.bulkhead_full),
            retried: count(&tally.retried),
            asked: count(&tally.asked),
            fallbacks: count(&tally.fallbacks),
        }
    }
}

/// Counters for metrics, where each call is in one of them.
pub(crate) struct Counted {
    pub(crate) succeeded: u64,
    /// Other than by a timeout.
    pub(crate) failed: u64,
    pub(crate) timed_out: u64,
    pub(crate) not_permitted: u64,
    pub(crate) bulkhead_full: u64,
    pub(crate) retried: u64,
    pub(crate) asked: u64,
    pub(crate) fallbacks: u64,
}

/// Somebody who watches the breaker.
pub(crate) struct Changes {
    payments: Payments,
    receiver: watch::Receiver<u64>,
    seen: u64,
}

/// What somebody who watches is told: the breaker as it is, and what made it so.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Change {
    #[serde(flatten)]
    summary: Summary,
    transition: Option<Transition>,
    #[serde(skip)]
    pub(crate) number: u64,
}

impl Changes {
    /// The breaker before the first change.
    pub(crate) fn first(&self) -> Change {
        Change { summary: self.payments.summary(), transition: None, number: self.seen }
    }

    /// Waits for the next transition; those that came meanwhile are told one by one.
    pub(crate) async fn next(&mut self) -> Change {
        loop {
            self.receiver.mark_unchanged();
            let (found, due) = self.payments.with_breaker(|breaker, now| {
                breaker.refresh(now);
                let next = breaker.history().find(|it| it.number > self.seen).cloned();
                let summary = || Summary::of(breaker, &self.payments.0.tally, now);
                (next.map(|transition| (transition, summary())), breaker.due())
            });
            if let Some((transition, mut summary)) = found {
                self.seen = transition.number;
                summary.state = transition.to;
                summary.since = transition.at;
                return Change { summary, number: self.seen, transition: Some(transition) };
            }
            match due {
                // Half-open comes by itself, when nobody calls.
                Some(due) => {
                    let _ = tokio::time::timeout_at(due.into(), self.receiver.changed()).await;
                }
                None => {
                    let _ = self.receiver.changed().await;
                }
            }
        }
    }
}
