//! Retention: timelines of orders that are settled are removed, and what they came to is kept.

mod store;

use std::time::Duration;

use futures::future::BoxFuture;
use messaging::retention::{Marks, Step, Sweep, millis, spacing, take_turn};
use storage::Database;

pub(crate) use store::removed;

const KIND: &str = "timelines";

/// Removes the facts of orders that are settled and have had no event since the retention.
///
/// It reads facts from the oldest to the newest that is old enough, a batch at a time, and takes the
/// orders that they are of. Those that are not settled are passed over, until the next pass.
pub struct TimelineSweep {
    db: Database,
    /// The last fact that this pass has looked at.
    after: i64,
}

impl TimelineSweep {
    /// For the facts in this database.
    pub fn new(db: Database) -> Self {
        Self { db, after: 0 }
    }

    async fn remove(&mut self, retention: Duration) -> anyhow::Result<Step> {
        let dialect = self.db.dialect;
        let mut tx = self.db.begin_many().await?;
        if !take_turn(KIND, dialect, &mut tx).await? {
            return Ok(Step::default());
        }
        let now = storage::now(dialect, &mut tx).await?;
        let mut marks = Marks::read(KIND, dialect, &mut tx).await?;
        if marks.is_due(now, spacing(retention)) {
            marks.take(now, [(0, store::latest(&mut tx).await?)].into(), &mut tx).await?;
        }
        let old = now.saturating_sub(millis(retention));
        let Some(mark) = marks.newest(|mark| mark.taken_at <= old) else {
            tx.commit().await?;
            return Ok(Step::default());
        };
        let newest = mark.upto.get(&0).copied().unwrap_or(0);
        let seen = store::look(self.after, newest, dialect, &mut tx).await?;
        let removed = if seen.is_empty() {
            0
        } else {
            store::settle(&seen, newest, dialect, &mut tx).await?
        };
        marks.forget_before(&mark, &mut tx).await?;
        tx.commit().await?;
        self.after = seen.last().map_or(0, |fact| fact.0);
        Ok(Step { removed, more: !seen.is_empty() })
    }
}

impl Sweep for TimelineSweep {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn step(&mut self, retention: Duration) -> BoxFuture<'_, anyhow::Result<Step>> {
        Box::pin(self.remove(retention))
    }
}
