//! When much is going on, waiting a little makes a batch worth its commits.

use std::time::Duration;

use tokio::time::Instant;

/// The time over which facts are counted.
const WINDOW: Duration = Duration::from_millis(50);
/// How many facts in that time are much. One order has five or six in all.
const MUCH: usize = 16;
/// How long to wait then.
const PAUSE: Duration = Duration::from_millis(20);

/// Counts facts, and slows down who handles many in small batches.
pub(crate) struct Pace {
    since: Instant,
    count: usize,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { since: Instant::now(), count: 0 }
    }

    /// Waits, if the last facts came so fast that more will have come by then.
    pub(crate) async fn after(&mut self, facts: usize) {
        if self.since.elapsed() > WINDOW {
            *self = Self::new();
        }
        self.count += facts;
        if self.count > MUCH {
            tokio::time::sleep(PAUSE).await;
        }
    }
}
