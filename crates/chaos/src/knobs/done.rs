//! What the knobs of a service have done so far.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Sums since the start.
#[derive(Debug, Default)]
pub(crate) struct Done {
    requests: AtomicU64,
    nanoseconds: AtomicU64,
    held: AtomicU64,
    leaked: AtomicU64,
}

impl Done {
    /// Counts a request that pays; the answer is how many there were before it.
    pub(crate) fn request(&self) -> u64 {
        self.requests.fetch_add(1, Relaxed)
    }

    pub(crate) fn burnt(&self, spent: Duration) {
        self.nanoseconds.fetch_add(u64::try_from(spent.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn hold(&self, bytes: u64) {
        self.held.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn let_go(&self, bytes: u64) {
        self.held.fetch_sub(bytes, Relaxed);
    }

    pub(crate) fn leaked(&self, bytes: u64) {
        self.leaked.fetch_add(bytes, Relaxed);
    }

    /// What it is now, in a process that keeps `base` bytes.
    pub(crate) fn paid(&self, base: u64) -> Paid {
        Paid {
            requests: self.requests.load(Relaxed),
            cpu: Duration::from_nanos(self.nanoseconds.load(Relaxed)),
            base,
            held: self.held.load(Relaxed),
            leaked: self.leaked.load(Relaxed),
        }
    }
}

/// What was paid for the knobs of a service: sums since the start, and bytes that are resident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paid {
    pub requests: u64,
    pub cpu: Duration,
    /// Of the whole process.
    pub base: u64,
    /// By requests that are being handled.
    pub held: u64,
    pub leaked: u64,
}
