//! What the breaker tells of itself.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::{Breaker, Probes, State, Transition};
use crate::payments::window::Window;

impl Breaker {
    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// How many transitions there were so far.
    pub(crate) fn transitions(&self) -> u64 {
        self.transitions.iter().sum()
    }

    pub(crate) fn transitions_to(&self, state: State) -> u64 {
        self.transitions[state as usize]
    }

    pub(crate) fn since(&self) -> Timestamp {
        self.on_the_wall(self.since)
    }

    pub(crate) fn window(&self) -> &Window {
        &self.window
    }

    pub(crate) fn probes(&self) -> Option<Probes> {
        (self.state == State::HalfOpen).then_some(self.probes)
    }

    /// The last transitions, the oldest first.
    pub(crate) fn history(&self) -> impl DoubleEndedIterator<Item = &Transition> {
        self.history.iter()
    }

    /// When it becomes half-open.
    pub(crate) fn due(&self) -> Option<Instant> {
        (self.state == State::Open).then(|| self.since + self.rules.wait)
    }

    /// How long until a call may try, unless calls pass anyhow or those that try are under way.
    pub(crate) fn next_try_in(&self, now: Instant) -> Option<Duration> {
        match self.state {
            State::Open => self.due().map(|due| due.saturating_duration_since(now)),
            State::HalfOpen => (self.probes.admitted < self.rules.probes).then_some(Duration::ZERO),
            State::Closed | State::Off => None,
        }
    }

    /// Why it is in this state.
    pub(crate) fn reason(&self) -> String {
        match self.state {
            State::Closed => format!(
                "{}; it opens at {} of {}",
                self.window.in_words(),
                self.limit(),
                self.rules.window
            ),
            State::Open => match self.history.back() {
                Some(last) if last.from == State::HalfOpen => {
                    format!("{}; then {}", self.cause, last.reason)
                }
                _ => self.cause.clone(),
            },
            State::HalfOpen => {
                let Probes { succeeded, failed, of, .. } = self.probes;
                format!(
                    "{}; since then {succeeded} of {of} tries went well, {failed} failed",
                    self.cause
                )
            }
            State::Off => "it is switched off: every call passes".to_owned(),
        }
    }

    /// How many failures among the last calls open it.
    pub(super) fn limit(&self) -> usize {
        self.rules.rate.of(self.rules.window) as usize
    }

    pub(super) fn on_the_wall(&self, at: Instant) -> Timestamp {
        let (instant, timestamp) = self.started;
        let since = SignedDuration::try_from(at.saturating_duration_since(instant));
        timestamp.saturating_add(since.unwrap_or_default()).unwrap_or(timestamp)
    }
}
