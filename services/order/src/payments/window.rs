//! The last calls, and how they ended: what the circuit breaker decides by.

use std::{collections::VecDeque, fmt::Write as _};

/// How a call failed, as far as the breaker tells failures apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failure {
    TimedOut,
    Unreachable,
    BrokeOff,
    /// Payment answered with this status.
    Status(u16),
}

impl Failure {
    /// What a call did that failed so, after "1 call" or "12 calls".
    pub(crate) fn words(self) -> String {
        match self {
            Self::TimedOut => "timed out".to_owned(),
            Self::Unreachable => "could not reach payment".to_owned(),
            Self::BrokeOff => "broke off".to_owned(),
            Self::Status(status) => format!("answered {status}"),
        }
    }
}

/// The outcomes of the last calls, at most as many as its size.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    size: usize,
    calls: VecDeque<Option<Failure>>,
    failed: usize,
}

impl Window {
    pub(crate) fn new(size: u32) -> Self {
        Self { size: size as usize, calls: VecDeque::with_capacity(size as usize), failed: 0 }
    }

    /// Adds a call; the oldest makes room.
    pub(crate) fn push(&mut self, failure: Option<Failure>) {
        if self.is_full() && self.calls.pop_front().is_some_and(|oldest| oldest.is_some()) {
            self.failed -= 1;
        }
        self.failed += usize::from(failure.is_some());
        self.calls.push_back(failure);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.calls.len() >= self.size
    }

    pub(crate) fn failed(&self) -> usize {
        self.failed
    }

    pub(crate) fn len(&self) -> usize {
        self.calls.len()
    }

    /// "14 of 20 calls failed: 11 timed out, 3 answered 500", the most frequent first.
    pub(crate) fn in_words(&self) -> String {
        let mut kinds: Vec<(usize, Failure)> = Vec::new();
        for failure in self.calls.iter().flatten() {
            match kinds.iter_mut().find(|(_, kind)| kind == failure) {
                Some((count, _)) => *count += 1,
                None => kinds.push((1, *failure)),
            }
        }
        kinds.sort_unstable_by(|one, other| (other.0, one.1).cmp(&(one.0, other.1)));
        let mut text = format!("{} of {} calls failed", self.failed, self.calls.len());
        for (index, (count, failure)) in kinds.iter().enumerate() {
            let _ = write!(text, "{} {count} {}", [":", ","][index.min(1)], failure.words());
        }
        text
    }
}
