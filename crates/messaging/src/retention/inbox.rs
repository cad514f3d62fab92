//! The inbox forgets what cannot be delivered again.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use sqlx::AssertSqlSafe;
use storage::Connection;

use super::{BATCH, Mark, Marks, Step, Sweep, millis, spacing, take_turn};
use crate::{Outbox, Transport, transport::Extent};

const KIND: &str = "inbox";

/// Removes rows of the inbox whose events cannot be delivered again.
///
/// An event is delivered again as long as it is in the log, and it comes into the log again as long
/// as it is in an outbox. So a mark is taken: a time before which all outboxes were settled, and
/// where the log ended after that. When the log begins after the mark, whatever was handled before
/// its time is neither in the log nor on its way into it.
pub struct InboxSweep {
    outbox: Outbox,
    transport: Arc<dyn Transport>,
}

impl InboxSweep {
    /// For the inbox of the service that this outbox is of.
    pub fn new(outbox: Outbox, transport: Arc<dyn Transport>) -> Self {
        Self { outbox, transport }
    }

    async fn remove(&self, retention: Duration) -> anyhow::Result<Step> {
        if self.is_empty().await? {
            return Ok(Step::default());
        }
        let extent = self.transport.extent().await?;
        let (db, dialect) = (self.outbox.db(), self.outbox.db().dialect);
        let mut tx = db.begin_many().await?;
        if !take_turn(KIND, dialect, &mut tx).await? {
            return Ok(Step::default());
        }
        let old = storage::now(dialect, &mut tx).await?.saturating_sub(millis(retention));
        let mut marks = Marks::read(KIND, dialect, &mut tx).await?;
        let settled = extent.settled_at.unwrap_or(old);
        if settled > 0 && marks.is_due(settled, spacing(retention)) {
            marks.take(settled, ends(&extent), &mut tx).await?;
        }
        let Some(mark) = marks.newest(|mark| is_passed(mark, &extent)) else {
            tx.commit().await?;
            return Ok(Step::default());
        };
        let removed = delete(mark.taken_at.min(old), &mut tx).await?;
        marks.forget_before(&mark, &mut tx).await?;
        tx.commit().await?;
        Ok(Step { removed, more: i64::try_from(removed).is_ok_and(|it| it >= BATCH) })
    }

    async fn is_empty(&self) -> sqlx::Result<bool> {
        let mut connection = self.outbox.db().read().await?;
        let any = "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 FROM inbox LIMIT 1) any_row";
        let any: i64 = sqlx::query_scalar(any).fetch_one(&mut *connection).await?;
        connection.done();
        Ok(any == 0)
    }
}

impl Sweep for InboxSweep {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn step(&mut self, retention: Duration) -> BoxFuture<'_, anyhow::Result<Step>> {
        Box::pin(self.remove(retention))
    }
}

fn ends(extent: &Extent) -> BTreeMap<i64, i64> {
    extent.partitions.iter().map(|it| (it.partition.into(), it.next)).collect()
}

/// Whether the log begins after this mark. Where it ends before it, it is another log: the one that
/// the mark is of was deleted, with all that was in it.
fn is_passed(mark: &Mark, extent: &Extent) -> bool {
    mark.upto.iter().all(|(partition, upto)| {
        let mut known = extent.partitions.iter();
        known.any(|it| {
            i64::from(it.partition) == *partition && (it.first >= *upto || it.next < *upto)
        })
    })
}

/// Removes the oldest rows of what was handled before this time.
async fn delete(before: i64, tx: &mut Connection) -> sqlx::Result<u64> {
    let delete = format!(
        "DELETE FROM inbox WHERE event_id IN \
         (SELECT event_id FROM inbox WHERE handled_at < $1 ORDER BY handled_at LIMIT {BATCH})"
    );
    let done = sqlx::query(AssertSqlSafe(delete)).bind(before).execute(tx).await?;
    Ok(done.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::{Extent, Mark, is_passed};
    use crate::transport::Span;

    fn extent(spans: &[(i32, i64, i64)]) -> Extent {
        let span = |&(partition, first, next): &_| Span { partition, first, next };
        Extent { settled_at: None, partitions: spans.iter().map(span).collect() }
    }

    #[test]
    fn a_mark_is_passed_when_every_partition_begins_after_it() {
        let mark = Mark { taken_at: 1, upto: [(0, 5), (1, 3)].into() };
        assert!(!is_passed(&mark, &extent(&[(0, 5, 9), (1, 2, 9)])));
        assert!(!is_passed(&mark, &extent(&[(0, 5, 9)])), "a partition is not known");
        assert!(is_passed(&mark, &extent(&[(0, 5, 9), (1, 3, 3)])));
        assert!(is_passed(&mark, &extent(&[(0, 0, 2), (1, 3, 3)])), "another log");
        assert!(is_passed(&Mark { taken_at: 1, upto: [].into() }, &extent(&[])));
    }
}
