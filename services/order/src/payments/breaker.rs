//! The circuit breaker: whether payment may be asked now, and why not.
//!
//! It decides and never waits. The time is given to it, so that tests make it pass as they like.

#[cfg(test)]
mod tests;
mod told;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::window::{Failure, Window};
use crate::settings::Percent;

/// How many transitions are remembered.
const REMEMBERED: usize = 20;

/// Where the breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// Calls pass, and are watched.
    Closed,
    /// A few calls pass, to see whether payment is back.
    HalfOpen,
    /// No call passes until the wait is over.
    Open,
    /// Calls pass, whatever becomes of them.
    Off,
}

impl State {
    pub(crate) const ALL: [Self; 4] = [Self::Closed, Self::HalfOpen, Self::Open, Self::Off];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
            Self::Open => "open",
            Self::Off => "off",
        }
    }
}

/// When it opens, and how it closes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) on: bool,
    /// How many of the last calls are looked at. Fewer never open it.
    pub(crate) window: u32,
    /// The share of failed calls at which it opens.
    pub(crate) rate: Percent,
    /// How long it stays open.
    pub(crate) wait: Duration,
    /// How many calls may try when it is half-open.
    pub(crate) probes: u32,
}

/// A change of state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Transition {
    /// Counted from 1, since the process started.
    #[serde(skip)]
    pub(crate) number: u64,
    #[serde(serialize_with = "to_millisecond")]
    pub(crate) at: Timestamp,
    pub(crate) from: State,
    pub(crate) to: State,
    pub(crate) reason: String,
}

pub(crate) fn to_millisecond<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"))
}

/// A call that may be made; how it ends belongs to the state that let it pass.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "tell the breaker how the call ended"]
pub(crate) struct Pass {
    era: u64,
}

/// What became of a call that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Well,
    Badly(Failure),
    /// Nobody waited for it to the end.
    GivenUp,
}

/// Why a call may not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barred {
    Open,
    /// Half-open, and as many calls as may are trying already.
    Probing,
}

/// The calls of the half-open state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Probes {
    #[serde(skip)]
    pub(crate) admitted: u32,
    pub(crate) succeeded: u32,
    pub(crate) failed: u32,
    pub(crate) of: u32,
}

pub(crate) struct Breaker {
    rules: Rules,
    state: State,
    since: Instant,
    /// The last calls while closed; otherwise those that opened it.
    window: Window,
    probes: Probes,
    /// Why it opened.
    cause: String,
    era: u64,
    transitions: [u64; State::ALL.len()],
    history: VecDeque<Transition>,
    started: (Instant, Timestamp),
}

impl Breaker {
    /// `now` is the same moment on both clocks.
    pub(crate) fn new(rules: Rules, now: (Instant, Timestamp)) -> Self {
        Self {
            rules,
            state: if rules.on { State::Closed } else { State::Off },
            since: now.0,
            window: Window::new(rules.window),
            probes: Probes::default(),
            cause: String::new(),
            era: 0,
            transitions: [0; State::ALL.len()],
            history: VecDeque::new(),
            started: now,
        }
    }

    /// Lets a call pass, or says why not.
    pub(crate) fn admit(&mut self, now: Instant) -> Result<Pass, Barred> {
        self.refresh(now);
        match self.state {
            State::Closed | State::Off => {}
            State::HalfOpen if self.probes.admitted < self.rules.probes => {
                self.probes.admitted += 1;
            }
            State::HalfOpen => return Err(Barred::Probing),
            State::Open => return Err(Barred::Open),
        }
        Ok(Pass { era: self.era })
    }

    /// Hears how a call ended. What an earlier state let pass says nothing about this one.
    #[expect(clippy::needless_pass_by_value, reason = "a call ends once")]
    pub(crate) fn settle(&mut self, pass: Pass, ended: Ended, now: Instant) {
        if pass.era != self.era {
            return;
        }
        match (self.state, ended) {
            (State::Closed, Ended::Well) => self.count(None, now),
            (State::Closed, Ended::Badly(failure)) => self.count(Some(failure), now),
            (State::HalfOpen, Ended::Well) => {
                self.probes.succeeded += 1;
                self.close_if_all_tried(now);
            }
            (State::HalfOpen, Ended::Badly(failure)) => self.probe_failed(failure, now),
            (State::HalfOpen, Ended::GivenUp) => self.probes.admitted -= 1,
            (State::Closed, Ended::GivenUp) | (State::Open | State::Off, _) => {}
        }
    }

    fn count(&mut self, failure: Option<Failure>, now: Instant) {
        self.window.push(failure);
        if self.window.is_full() && self.window.failed() >= self.limit() {
            self.cause = self.window.in_words();
            self.turn(State::Open, self.cause.clone(), now);
        }
    }

    fn probe_failed(&mut self, failure: Failure, now: Instant) {
        self.probes.failed += 1;
        if self.probes.failed >= self.rules.rate.of(self.rules.probes) {
            let Probes { failed, .. } = self.probes;
            let (tries, last) = (self.rules.probes, failure.words());
            let reason = format!("{failed} of {tries} tries failed again, the last one {last}");
            self.turn(State::Open, reason, now);
        } else {
            self.close_if_all_tried(now);
        }
    }

    fn close_if_all_tried(&mut self, now: Instant) {
        let Probes { succeeded, failed, .. } = self.probes;
        if succeeded + failed >= self.rules.probes {
            let reason = format!("{succeeded} of {} tries went well", self.rules.probes);
            self.turn(State::Closed, reason, now);
        }
    }

    /// Becomes half-open when the wait is over; not when it is looked at, but when it was due.
    pub(crate) fn refresh(&mut self, now: Instant) {
        if let Some(due) = self.due().filter(|due| *due <= now) {
            let (probes, wait) = (self.rules.probes, humantime::format_duration(self.rules.wait));
            let reason = format!("it was open for {wait}: {probes} calls may try");
            self.turn(State::HalfOpen, reason, due);
        }
    }

    /// Goes by other rules from now on. What was counted by the old ones is forgotten.
    pub(crate) fn configure(&mut self, rules: Rules, now: Instant) {
        self.refresh(now);
        let before = std::mem::replace(&mut self.rules, rules);
        let same =
            (before.window, before.rate, before.probes) == (rules.window, rules.rate, rules.probes);
        match (self.state, rules.on) {
            (State::Off, true) => self.turn(State::Closed, "switched on".to_owned(), now),
            (State::Off, false) => {}
            (_, false) => self.turn(State::Off, "switched off".to_owned(), now),
            (State::Closed, true) if !same => self.window = Window::new(rules.window),
            (State::HalfOpen, true) if !same => {
                self.era += 1;
                self.probes = Probes { of: rules.probes, ..Probes::default() };
            }
            (State::Closed | State::HalfOpen | State::Open, true) => {}
        }
    }

    fn turn(&mut self, to: State, reason: String, at: Instant) {
        self.era += 1;
        self.transitions[to as usize] += 1;
        let number = self.transitions();
        let from = std::mem::replace(&mut self.state, to);
        self.since = at;
        match to {
            State::Closed | State::Off => self.window = Window::new(self.rules.window),
            State::HalfOpen => {
                self.probes = Probes { of: self.rules.probes, ..Probes::default() };
            }
            State::Open => {}
        }
        if self.history.len() == REMEMBERED {
            self.history.pop_front();
        }
        let at = self.on_the_wall(at);
        self.history.push_back(Transition { number, at, from, to, reason });
    }
}
