//! What one request is due: time, memory and CPU.

use std::{sync::Arc, time::Duration};

use runtime::Size;
use tokio::time::Instant;

use super::{KnobArgs, Knobs, cost::MOST};
use crate::dose::{Share, ballast, draw};

/// What a request has to pay.
pub(crate) struct Due {
    knobs: Knobs,
    args: Arc<KnobArgs>,
    number: u64,
    cold: Instant,
}

/// Memory that a request keeps while it is handled.
pub(crate) struct Kept {
    knobs: Knobs,
    share: Share,
    _bytes: Vec<u8>,
}

impl Due {
    pub(crate) fn new(knobs: Knobs, args: Arc<KnobArgs>, number: u64, cold: Instant) -> Self {
        Self { knobs, args, number, cold }
    }

    /// How long it waits before it is handled.
    pub(crate) fn latency(&self) -> Duration {
        self.args.latency.at(draw(0, self.number))
    }

    /// Whether it takes memory, which is best done off the workers.
    pub(crate) fn takes_memory(&self) -> bool {
        self.args.memory_per_request.0 > 0 || self.args.leak_per_request.0 > 0
    }

    /// Leaks, and takes what is kept while it is handled, both as far as the cap allows.
    pub(crate) fn memory(&self) -> Option<Kept> {
        let (budget, done) = (self.knobs.budget(), self.knobs.done());
        let Size(leak) = self.args.leak_per_request;
        if leak > 0 && budget.leak(leak) {
            done.leaked(leak);
        }
        let Size(bytes) = self.args.memory_per_request;
        let share = (bytes > 0).then(|| budget.memory(bytes, None).ok()).flatten()?;
        done.hold(bytes);
        Some(Kept { knobs: self.knobs.clone(), share, _bytes: ballast(bytes) })
    }

    /// The CPU time that it costs, answered with so many rows, if with a collection.
    pub(crate) fn cpu(&self, method: &str, rows: Option<usize>) -> Duration {
        let count = u32::try_from(rows.unwrap_or(0)).unwrap_or(u32::MAX);
        let rows_cost = self.args.cpu_per_row.saturating_mul(count).min(MOST);
        let cost = self.args.cpu_per_request.of(method, rows) + rows_cost;
        cost.mul_f64(self.factor()).min(MOST)
    }

    /// Counts what was burnt.
    pub(crate) fn burnt(&self, spent: Duration) {
        self.knobs.done().burnt(spent);
    }

    fn factor(&self) -> f64 {
        let (warmup, since) = (*self.args.warmup, self.cold.elapsed());
        if since >= warmup {
            return 1.0;
        }
        let left = 1.0 - since.as_secs_f64() / warmup.as_secs_f64();
        1.0 + (self.args.warmup_factor - 1.0) * left
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.knobs.done().let_go(self.share.amount());
    }
}
