//! Removing records that every group has handled, and saying what is left.

use std::{collections::BTreeMap, time::Duration};

use sqlx::AssertSqlSafe;
use storage::{Connection, json_rows};

use super::{Fleet, SqlLog};
use crate::{
    retention::{BATCH, Mark, Marks, Step, millis, spacing, take_turn},
    transport::{Extent, Span},
};

const KIND: &str = "log";

/// What the log holds. Until when producers have settled is read first: whatever they published
/// before that is covered by what is read after it.
pub(super) async fn extent(log: &SqlLog) -> sqlx::Result<Extent> {
    const PARTITIONS: &str = "(SELECT partition, COALESCE((SELECT MIN(r.position) \
        FROM log_record r WHERE r.partition = p.partition), next_position) AS first, \
        next_position AS next FROM log_partition p) AS parts";
    let producers: Vec<(String, i64)> =
        log.db.rows("name, settled_at", "log_producer", |query| query).await?;
    let all = log.fleet.producers.iter().all(|name| producers.iter().any(|(it, _)| it == name));
    let settled_at = producers.iter().map(|(_, at)| *at).min().filter(|_| all).unwrap_or(0);
    let spans: Vec<(i32, i64, i64)> =
        log.db.rows("partition, first, next", PARTITIONS, |query| query).await?;
    let span = |(partition, first, next)| Span { partition, first, next };
    Ok(Extent { settled_at: Some(settled_at), partitions: spans.into_iter().map(span).collect() })
}

pub(super) async fn settle(producer: &str, at: i64, log: &SqlLog) -> sqlx::Result<()> {
    // Of two replicas that share an outbox, either may say so first.
    const SETTLE: &str = "INSERT INTO log_producer (name, settled_at) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET settled_at = excluded.settled_at \
        WHERE log_producer.settled_at < excluded.settled_at";
    let mut tx = log.db.begin_single().await?;
    sqlx::query(SETTLE).bind(producer).bind(at).execute(&mut *tx).await?;
    tx.commit().await
}

/// Removes a batch of what is behind a mark that is old enough, and behind every group.
pub(super) async fn remove_handled(log: &SqlLog, retention: Duration) -> sqlx::Result<Step> {
    let dialect = log.db.dialect;
    let mut tx = log.db.begin_many().await?;
    if !take_turn(KIND, dialect, &mut tx).await? {
        return Ok(Step::default());
    }
    let now = storage::now(dialect, &mut tx).await?;
    let mut marks = Marks::read(KIND, dialect, &mut tx).await?;
    if marks.is_due(now, spacing(retention)) {
        let ends = ends(log, &mut tx).await?;
        marks.take(now, ends, &mut tx).await?;
    }
    let old = now.saturating_sub(millis(retention));
    let mut step = Step::default();
    if let Some(mark) = marks.newest(|mark| mark.taken_at <= old) {
        let groups = Groups::read(log, &mut tx).await?;
        for (partition, upto) in groups.handled(&mark, log.fleet) {
            let removed = delete(partition, upto, &mut tx).await?;
            step.removed += removed;
            step.more |= i64::try_from(removed).is_ok_and(|it| it >= BATCH);
        }
        marks.forget_before(&mark, &mut tx).await?;
    }
    tx.commit().await?;
    Ok(step)
}

async fn ends(log: &SqlLog, tx: &mut Connection) -> sqlx::Result<BTreeMap<i64, i64>> {
    let columns = "partition, next_position";
    let ends: Vec<(i64, i64)> =
        json_rows(log.db.dialect, columns, "log_partition", tx, |query| query).await?;
    Ok(ends.into_iter().collect())
}

/// How far each group has come in each partition.
struct Groups(Vec<(String, i64, i64)>);

impl Groups {
    async fn read(log: &SqlLog, tx: &mut Connection) -> sqlx::Result<Self> {
        let columns = "name, partition, position";
        Ok(Self(json_rows(log.db.dialect, columns, "log_group", tx, |query| query).await?))
    }

    /// Up to where every group has handled what this mark covers, by partition. While a group of
    /// the fleet has never been there, that is nothing: it will begin with the first event.
    fn handled(&self, mark: &Mark, fleet: Fleet) -> BTreeMap<i64, i64> {
        let known = |name: &&str| self.0.iter().any(|(it, ..)| it == name);
        if let Some(absent) = fleet.groups.iter().find(|name| !known(name)) {
            tracing::debug!("the log keeps its events for {absent}, which has never read it");
            return BTreeMap::new();
        }
        let upto = |(partition, upto): (&i64, &i64)| {
            let positions = self.0.iter().filter(|(_, it, _)| it == partition);
            let slowest = positions.map(|(.., position)| *position).min();
            (*partition, slowest.map_or(0, |position| position.min(*upto)))
        };
        mark.upto.iter().map(upto).collect()
    }
}

/// Removes the oldest records of a partition, of those before this position.
async fn delete(partition: i64, upto: i64, tx: &mut Connection) -> sqlx::Result<u64> {
    let delete = format!(
        "DELETE FROM log_record WHERE partition = $1 AND position < $2 AND position < \
         (SELECT MIN(position) FROM log_record WHERE partition = $1) + {BATCH}"
    );
    let delete = sqlx::query(AssertSqlSafe(delete)).bind(partition).bind(upto);
    Ok(delete.execute(tx).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::{Fleet, Groups, Mark};

    const FLEET: Fleet = Fleet { groups: &["payment", "delivery"], producers: &[] };

    fn groups(rows: &[(&str, i64, i64)]) -> Groups {
        let row = |&(name, partition, position): &(&str, i64, i64)| {
            (name.to_owned(), partition, position)
        };
        Groups(rows.iter().map(row).collect())
    }

    #[test]
    fn what_the_slowest_group_has_not_handled_stays() {
        let mark = Mark { taken_at: 1, upto: [(0, 7), (1, 4)].into() };
        let rows = [("payment", 0, 9), ("payment", 1, 9), ("delivery", 0, 5), ("delivery", 1, 9)];

        assert_eq!(groups(&rows).handled(&mark, FLEET), [(0, 5), (1, 4)].into());
        let other = [rows.as_slice(), &[("audit", 0, 2), ("audit", 1, 0)]].concat();
        assert_eq!(groups(&other).handled(&mark, FLEET), [(0, 2), (1, 0)].into());
        assert_eq!(groups(&rows[..2]).handled(&mark, FLEET), [].into(), "delivery never came");
    }
}
