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
/// How many times as long as a batch took to wait after it: removing takes half of a connection's
/// time at most. A fifth was too little for PostgreSQL at full speed: timelines came faster.
const REST: u32 = 1;
/// How many batches of one kind are removed before it is the next kind's turn: one that has always more
/// must not keep the others from theirs.
const TURN: usize = 16;
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

    /// When a pass over all kinds last ended well and left nothing, in seconds since 1970; 0 before the first.
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
                Ok(more) => {
                    failing = false;
                    if more {
                        continue;
                    }
                }
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

    /// Removes some of what there is to remove now, of every kind, and says whether there is more. A
    /// kind that fails does not keep the others from it.
    async fn pass(&mut self) -> anyhow::Result<bool> {
        let mut outcome = Ok(false);
        for sweep in 0..self.sweeps.len() {
            match self.sweep(sweep).await {
                Ok(more) => outcome = outcome.map(|before| before || more),
                Err(error) => {
                    self.removed.failures.fetch_add(1, Relaxed);
                    outcome = Err(error);
                }
            }
        }
        if matches!(outcome, Ok(false)) {
            self.removed.last_pass.store(Timestamp::now().as_second(), Relaxed);
        }
        outcome
    }

    async fn sweep(&mut self, sweep: usize) -> anyhow::Result<bool> {
        for _ in 0..TURN {
            let began = Instant::now();
            if !self.step(sweep).await?.more {
                return Ok(false);
            }
            tokio::time::sleep((began.elapsed() * REST).max(PAUSE)).await;
        }
        Ok(true)
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

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicU64, Ordering::Relaxed},
        },
        time::Duration,
    };

    use futures::future::BoxFuture;
    use tokio_util::sync::CancellationToken;

    use super::{Cleaner, Step, Sweep};

    /// Has always more, or never anything.
    struct Counted {
        kind: &'static str,
        more: bool,
        steps: Arc<AtomicU64>,
    }

    impl Sweep for Counted {
        fn kind(&self) -> &'static str {
            self.kind
        }

        fn step(&mut self, _: Duration) -> BoxFuture<'_, anyhow::Result<Step>> {
            self.steps.fetch_add(1, Relaxed);
            let step = Step { removed: u64::from(self.more), more: self.more };
            Box::pin(async move { Ok(step) })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_kind_that_has_always_more_does_not_keep_the_others_from_their_turns() {
        let counts = [Arc::<AtomicU64>::default(), Arc::default()];
        let sweep = |kind, more, steps: &Arc<AtomicU64>| -> Box<dyn Sweep> {
            Box::new(Counted { kind, more, steps: steps.clone() })
        };
        let sweeps = vec![sweep("endless", true, &counts[0]), sweep("settling", false, &counts[1])];
        let drain = CancellationToken::new();
        let cleaner = Cleaner::new(Duration::from_secs(1), sweeps);
        let ended = tokio::time::timeout(Duration::from_mins(1), cleaner.run(drain)).await;

        assert!(ended.is_err(), "it goes on");
        let [endless, settling] = counts.map(|it| it.load(Relaxed));
        assert!(settling >= 10, "{endless} and {settling} steps");
    }
}
