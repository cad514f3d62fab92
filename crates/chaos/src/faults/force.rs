//! A fault that is in force: whom it hits, and how often it did.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use tokio::time::Instant;

use super::request::Wish;
use crate::dose::{Share, Value, draw};

/// Something is hit.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub value: Value,
    /// A number from 0 to less than 1 that belongs to this hit: which delay of several.
    pub draw: f64,
}

/// A fault, who set it and when, and what it did so far.
#[derive(Debug)]
pub(crate) struct Force {
    pub(crate) wish: Wish,
    pub(crate) set_by: String,
    pub(crate) set_at: Timestamp,
    pub(crate) until: Option<Instant>,
    /// What it takes of the process's budget.
    pub(crate) share: Option<Share>,
    asked: AtomicU64,
    hits: AtomicU64,
}

impl Force {
    pub(crate) fn new(wish: Wish, set_by: String, share: Option<Share>) -> Self {
        let until = wish.ttl.map(|ttl| Instant::now() + ttl);
        let (asked, hits) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { wish, set_by, set_at: Timestamp::now(), until, share, asked, hits }
    }

    /// Whether its time is over, or it has hit as often as it should.
    pub(crate) fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
            || self.wish.fail_next.is_some_and(|most| self.hits() >= most)
    }

    /// Decides whether this one is hit. The n-th decision of a seed is always the same.
    pub(crate) fn strike(&self) -> Option<Hit> {
        let count = self.asked.fetch_add(1, Ordering::Relaxed);
        // Two draws for each: one decides, one chooses.
        if draw(self.wish.seed, 2 * count) >= self.wish.rate {
            return None;
        }
        let before = self.hits.fetch_add(1, Ordering::Relaxed);
        if self.wish.fail_next.is_some_and(|most| before >= most) {
            self.hits.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Hit { value: self.wish.value.clone(), draw: draw(self.wish.seed, 2 * count + 1) })
    }

    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    pub(crate) fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// Seconds until it is over by itself.
    pub(crate) fn seconds_left(&self) -> Option<u64> {
        self.until.map(|until| until.saturating_duration_since(Instant::now()).as_secs())
    }
}
