//! What became of the calls so far, and how many of them an order takes.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    },
};

/// Counters since the process started. A call that ended is in one of `succeeded`, `failed` and `timed_out`.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) asked: AtomicU64,
    pub(crate) succeeded: AtomicU64,
    /// Other than by a timeout.
    pub(crate) failed: AtomicU64,
    pub(crate) timed_out: AtomicU64,
    pub(crate) not_permitted: AtomicU64,
    pub(crate) bulkhead_full: AtomicU64,
    pub(crate) retried: AtomicU64,
    pub(crate) fallbacks: AtomicU64,
    sent: AtomicU64,
    in_flight: AtomicU32,
    recent: Mutex<VecDeque<u32>>,
}

/// Calls sent per order asked for.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub(crate) struct Amplification {
    /// Of the last orders, as many as the breaker's window has calls.
    pub(crate) window: f64,
    /// Since the process started.
    pub(crate) total: f64,
}

impl Tally {
    /// An order is asked for; what is sent for it is counted until the guard is dropped.
    pub(crate) fn ask(&self, window: u32) -> Asking<'_> {
        self.asked.fetch_add(1, Relaxed);
        Asking { tally: self, window: window as usize, sent: AtomicU32::new(0) }
    }

    /// Makes room for a call among `most` (0: as many as there are), until the guard is dropped.
    pub(crate) fn enter(&self, most: u32) -> Option<Entered<'_>> {
        let enter = |now: u32| (most == 0 || now < most).then_some(now + 1);
        self.in_flight.fetch_update(Relaxed, Relaxed, enter).ok().map(|_| Entered(self))
    }

    pub(crate) fn in_flight(&self) -> u32 {
        self.in_flight.load(Relaxed)
    }

    pub(crate) fn amplification(&self) -> Amplification {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = recent.iter().map(|sent| u64::from(*sent)).sum();
        let window = ratio(sent, recent.len() as u64);
        drop(recent);
        // Sent first: an order that comes in between must not look amplified.
        let sent = self.sent.load(Relaxed);
        Amplification { window, total: ratio(sent, self.asked.load(Relaxed)) }
    }
}

/// To a hundredth, which is what people read.
#[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
fn ratio(sent: u64, asked: u64) -> f64 {
    if asked == 0 { 0.0 } else { (sent as f64 / asked as f64 * 100.0).round() / 100.0 }
}

/// An order that payment is being asked about.
pub(crate) struct Asking<'a> {
    tally: &'a Tally,
    window: usize,
    sent: AtomicU32,
}

impl Asking<'_> {
    pub(crate) fn sends(&self) {
        self.sent.fetch_add(1, Relaxed);
        self.tally.sent.fetch_add(1, Relaxed);
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut recent = self.tally.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.push_back(self.sent.load(Relaxed));
        let surplus = recent.len().saturating_sub(self.window);
        recent.drain(..surplus);
    }
}

/// A call under way.
pub(crate) struct Entered<'a>(&'a Tally);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}
