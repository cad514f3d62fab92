//! Reading the rows that a list shows: at once if they are small together, and otherwise a part at a
//! time while the answer is sent.
//!
//! No part keeps a connection for the next one, because a client may take hours between two. So what
//! becomes of a row meanwhile is seen, or not; rows that come later are not (docs/adr/0026).

use std::fmt::Write as _;

use hal::{Identified, Page, PageRequest, Parts, Rows};
use serde::de::DeserializeOwned;
use storage::{Database, Kind, Within, given, json};

use crate::{Table, parts::Reader};

/// What rows take in memory that are read at once.
pub(crate) const SMALL: usize = 64 * 1024;

/// What a row takes besides its texts, as it is written.
const ROW: usize = 512;

/// The id of a row, and what it takes.
pub(crate) type Planned = (i64, i64);

/// A column and the number that is wanted in it.
pub(crate) type Filter = Option<(&'static str, i64)>;

impl Table {
    /// Reads a page. The rows are counted only when the page itself does not tell how many
    /// there are: one row more than asked for is read to know.
    pub async fn page<T>(&self, db: &Database, request: &PageRequest) -> sqlx::Result<Page<T>>
    where
        T: DeserializeOwned + Identified + Send + 'static,
    {
        let (limit, offset) = (to_usize(request.size), to_i64(request.offset()));
        let (from, size) = (self.page_from(request), self.size());
        let within = Within { size: &size, bytes: SMALL };
        // Sorting takes long: it is done once, and without the rows.
        let small = if request.sort.is_empty() {
            db.rows_within(self.columns, within, &from, |query| query).await?
        } else {
            None
        };
        let (items, found) = if let Some(mut rows) = small {
            let found = rows.len();
            rows.truncate(limit);
            (Rows::Whole(rows), found)
        } else {
            let mut plan = self.plan(db, &from, |query| query).await?;
            let found = plan.len();
            plan.truncate(limit);
            (self.planned(db, plan).await?, found)
        };
        let total = if found > limit || (found == 0 && offset > 0) {
            db.count(format!("SELECT count(*) FROM {} WHERE {}", self.name, self.visible)).await?
        } else {
            offset + to_i64(found as u64)
        };
        Ok(Page { items, total: total.unsigned_abs() })
    }

    fn page_from(&self, request: &PageRequest) -> String {
        format!(
            "{} WHERE {} ORDER BY {} LIMIT {} OFFSET {}",
            self.name,
            self.visible,
            self.order_by(request),
            to_i64(request.size).saturating_add(1),
            to_i64(request.offset()),
        )
    }

    /// Nulls sort lowest, as in the originals' database. The id comes last, so that pages are stable.
    fn order_by(&self, request: &PageRequest) -> String {
        let mut terms = String::new();
        for order in &request.sort {
            let column = order.property.column;
            let ignore = order.ignore_case && self.texts.contains(&column);
            let key = if ignore { format!("lower({column})") } else { column.to_owned() };
            let direction = if order.descending { "DESC NULLS LAST" } else { "ASC NULLS FIRST" };
            let _ = write!(terms, "{key} {direction}, ");
        }
        terms + "id"
    }

    /// Reads the rows that a page consists of.
    async fn planned<T>(&self, db: &Database, plan: Vec<Planned>) -> sqlx::Result<Rows<T>>
    where
        T: DeserializeOwned + Identified + Send + 'static,
    {
        if plan.iter().map(|(_, size)| size).sum::<i64>() <= to_i64(SMALL as u64) {
            let ids: Vec<i64> = plan.into_iter().map(|(id, _)| id).collect();
            return Ok(Rows::Whole(self.read(db, &ids).await?));
        }
        let count = plan.len();
        Ok(Rows::Parts { count, parts: Reader::of(*self, db.clone(), plan).parts() })
    }

    /// Reads every row that is shown, oldest first; with a filter, those that it lets through.
    pub async fn list<T>(&self, db: &Database, filter: Filter) -> sqlx::Result<Rows<T>>
    where
        T: DeserializeOwned + Identified + Send + 'static,
    {
        let (of, value) = (self.of(filter, 1), filter.map(|(_, value)| value));
        let (size, most) = (self.size(), SMALL / ROW);
        let from = format!("{} WHERE {of} ORDER BY id LIMIT {}", self.name, most + 1);
        let within = Within { size: &size, bytes: SMALL };
        let small =
            db.rows_within(self.columns, within, &from, |query| bound(query, value)).await?;
        if let Some(rows) = small {
            return Ok(Rows::Whole(rows));
        }
        let from = format!(
            "(SELECT count(*) AS rows, COALESCE(MAX(id), 0) AS last FROM {} WHERE {of}) AS sums",
            self.name
        );
        let sums = db.rows("rows, last", &from, |query| bound(query, value)).await?;
        let (count, last) = sums.into_iter().next().unwrap_or_default();
        let parts: Parts<T> = Reader::up_to(last, *self, db.clone(), filter).parts();
        Ok(Rows::Parts { count, parts })
    }

    /// Reads the rows with these ids, in their order; those that are gone are left out.
    pub(crate) async fn read<T>(&self, db: &Database, ids: &[i64]) -> sqlx::Result<Vec<T>>
    where
        T: DeserializeOwned + Identified,
    {
        let given = given(db.dialect, &[("wanted", Kind::Integer)]);
        let from =
            format!("{} WHERE {} AND id IN (SELECT wanted FROM {given})", self.name, self.visible);
        let wanted: Vec<[i64; 1]> = ids.iter().map(|id| [*id]).collect();
        let wanted = json(&wanted)?;
        let mut rows: Vec<T> = db.rows(self.columns, &from, |query| query.bind(wanted)).await?;
        let places: std::collections::HashMap<i64, usize> =
            ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        rows.sort_by_key(|row| places.get(&row.id()).copied());
        Ok(rows)
    }

    /// The ids of rows, with what each takes.
    pub(crate) async fn plan(
        &self,
        db: &Database,
        from: &str,
        bind: impl for<'q> FnOnce(storage::Query<'q>) -> storage::Query<'q>,
    ) -> sqlx::Result<Vec<Planned>> {
        let plan = format!("(SELECT id, {} AS row_bytes FROM {from}) AS plan", self.size());
        db.rows("id, row_bytes", &plan, bind).await
    }

    /// Which rows, as an SQL condition; the filter's value is parameter `number`.
    pub(crate) fn of(&self, filter: Filter, number: usize) -> String {
        match filter {
            Some((column, _)) => format!("{} AND {column} = ${number}", self.visible),
            None => self.visible.to_owned(),
        }
    }

    /// The SQL expression for what a row takes.
    fn size(&self) -> String {
        self.texts
            .iter()
            .fold(ROW.to_string(), |sum, text| format!("{sum} + COALESCE(octet_length({text}), 0)"))
    }
}

pub(crate) fn bound(query: storage::Query<'_>, value: Option<i64>) -> storage::Query<'_> {
    match value {
        Some(value) => query.bind(value),
        None => query,
    }
}

fn to_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX - 1)
}

fn to_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
