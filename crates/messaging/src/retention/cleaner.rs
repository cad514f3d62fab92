//! The task that removes: passes over all kinds, with pauses.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{PARTS, Step, Sweep};

/// How long to wait after a batch at least.
const PAUSE: Duration = Duration::from_millis(20);
/// How many times as long as a batch took to wait after it: removing takes a fifth of a
/// connection's time at most, and less where the database is busy and each batch takes longer.
const REST: u32 = 4;
/// How long to wait after a pass, for the shortest retention and for the longest.
const BETWEEN: (Duration, Duration) = (Duration::from_millis(100), Duration::from_mins(10));

/// What has been removed so far by this process.
#[derive(Debug)]
pub struct Removed {
    rows: BTreeMap<&'static str, AtomicU64>,
    failures: AtomicU64,
    last_pass: AtomicI64,
}

impl Removed {
    /// Rows by kind.
    #[expect(clippy::cast_precision_loss, reason = "a metric is a floating-point number")]
    pub fn rows(&self) -> Vec<(&'static str, f64)> {
        self.rows.iter().map(|(kind, count)| (*kind, count.load(Relaxed) as f64)).collect()
    }

    /// How many batches failed.
    #[expect(clippy::cast_precision_loss, reason = "a metric is a floating-point number")]
    pub fn failures(&self) -> f64 {
        self.failures.load(Relaxed) as f64
    }

    /// When the last pass over all kinds ended well, in seconds since 1970; 0 before the first.
    #[expect(clippy::cast_precision_loss, reason = "a metric is a floating-point number")]
    pub fn last_pass(&self) -> f64 {
        self.last_pass.load(Relaxed) as f64
    }
}

/// Removes rows beside the work of one service.
pub struct Cleaner {
    sweeps: Vec<Box<dyn Sweep>>,
    retention: Duration,
    removed: Arc<Removed>,
}

impl Cleaner {
    /// A cleaner that removes these kinds, in this order.
    pub fn new(retention: Duration, sweeps: Vec<Box<dyn Sweep>>) -> Self {
        let rows = sweeps.iter().map(|it| (it.kind(), AtomicU64::default())).collect();
        let (failures, last_pass) = (AtomicU64::default(), AtomicI64::default());
        Self { sweeps, retention, removed: Arc::new(Removed { rows, failures, last_pass }) }
    }

    /// What it has removed, from now on.
    pub fn removed(&self) -> Arc<Removed> {
        self.removed.clone()
    }

    /// Runs until `drain` is cancelled. Nothing waits for it: a batch under way is one short
    /// transaction, and the next process goes on where this one stopped.
    pub async fn run(mut self, drain: CancellationToken) -> anyhow::Result<()> {
        let between = (self.retention / PARTS).clamp(BETWEEN.0, BETWEEN.1);
        let mut failing = false;
        loop {
            let outcome = tokio::select! {
                () = drain.cancelled() => return Ok(()),
                outcome = self.pass() => outcome,
            };
            match outcome {
                Ok(()) => failing = false,
                Err(error) => {
                    if !failing {
                        let error = format!("{error:#}");
                        tracing::warn!(error, "old rows stay until the next pass (RETENTION)");
                    }
                    failing = true;
                }
            }
            tokio::select! {
                () = drain.cancelled() => return Ok(()),
                () = tokio::time::sleep(between) => {}
            }
        }
    }

    /// Removes what there is to remove now, of every kind. One that fails does not keep the others
    /// from it.
    async fn pass(&mut self) -> anyhow::Result<()> {
        let mut outcome = Ok(());
        for sweep in 0..self.sweeps.len() {
            let swept = self.sweep(sweep).await;
            if swept.is_err() {
                self.removed.failures.fetch_add(1, Relaxed);
                outcome = outcome.and(swept);
            }
        }
        if outcome.is_ok() {
            self.removed.last_pass.store(Timestamp::now().as_second(), Relaxed);
        }
        outcome
    }

    async fn sweep(&mut self, sweep: usize) -> anyhow::Result<()> {
        loop {
            let began = Instant::now();
            if !self.step(sweep).await?.more {
                return Ok(());
            }
            tokio::time::sleep((began.elapsed() * REST).max(PAUSE)).await;
        }
    }

    /// Removes one batch of the kind at this place.
    pub async fn step(&mut self, sweep: usize) -> anyhow::Result<Step> {
        let sweep = &mut self.sweeps[sweep];
        let step = sweep.step(self.retention).await?;
        if let Some(rows) = self.removed.rows.get(sweep.kind()) {
            rows.fetch_add(step.removed, Relaxed);
        }
        Ok(step)
    }
}
