//! Rows of a list that are too large to be read at once: a part each time the client has taken the
//! one before.

use std::{collections::VecDeque, marker::PhantomData};

use futures::{StreamExt as _, stream};
use hal::{Identified, Parts};
use serde::de::DeserializeOwned;
use storage::Database;

use crate::{
    Table,
    page::{Filter, Planned, SMALL, bound},
};

/// How many ids are read ahead.
const AHEAD: usize = 1000;

/// Reads on.
pub(crate) struct Reader<T> {
    table: Table,
    db: Database,
    /// What to read next.
    plan: VecDeque<Planned>,
    filter: Filter,
    /// The last row that was planned, and the last that there will be.
    planned: i64,
    last: i64,
    rows: PhantomData<fn() -> T>,
}

impl<T> Reader<T>
where
    T: DeserializeOwned + Identified + Send + 'static,
{
    /// Of these rows.
    pub(crate) fn of(table: Table, db: Database, plan: Vec<Planned>) -> Self {
        let (filter, planned, last, rows) = (None, 0, 0, PhantomData);
        Self { table, db, plan: plan.into(), filter, planned, last, rows }
    }

    /// Of all rows that are shown up to this one.
    pub(crate) fn up_to(last: i64, table: Table, db: Database, filter: Filter) -> Self {
        let (plan, planned, rows) = (VecDeque::new(), i64::MIN, PhantomData);
        Self { table, db, plan, filter, planned, last, rows }
    }

    pub(crate) fn parts(self) -> Parts<T> {
        let next = |mut reader: Self| async move {
            let rows = reader.next().await.map_err(crate::failed)?;
            Ok(rows.map(|rows| (rows, reader)))
        };
        stream::try_unfold(self, next).boxed()
    }

    async fn next(&mut self) -> sqlx::Result<Option<Vec<T>>> {
        loop {
            if self.plan.is_empty() {
                self.plan_on().await?;
            }
            let ids = self.take();
            if ids.is_empty() {
                return Ok(None);
            }
            let rows = self.table.read(&self.db, &ids).await?;
            // None: all of them were deleted meanwhile.
            if !rows.is_empty() {
                return Ok(Some(rows));
            }
        }
    }

    async fn plan_on(&mut self) -> sqlx::Result<()> {
        let Self { table, filter, planned, last, .. } = self;
        if *planned >= *last {
            return Ok(());
        }
        let from = format!(
            "{} WHERE {} AND id > $1 AND id <= $2 ORDER BY id LIMIT {AHEAD}",
            table.name,
            table.of(*filter, 3)
        );
        let value = filter.map(|(_, value)| value);
        let (after, until) = (*planned, *last);
        let plan = table
            .plan(&self.db, &from, |query| bound(query.bind(after).bind(until), value))
            .await?;
        *planned = if plan.len() < AHEAD { until } else { plan[AHEAD - 1].0 };
        self.plan = plan.into();
        Ok(())
    }

    /// The next ids whose rows are small together; a row that is not is read alone.
    fn take(&mut self) -> Vec<i64> {
        let (mut ids, mut room) = (Vec::new(), SMALL);
        while let Some((id, size)) = self.plan.front().copied() {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            if size > room && !ids.is_empty() {
                break;
            }
            self.plan.pop_front();
            ids.push(id);
            room = room.saturating_sub(size);
        }
        ids
    }
}
