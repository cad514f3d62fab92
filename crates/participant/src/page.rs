//! Reading what a service shows: a page, one row, or rows taken in hand to be changed.

use hal::{Page, PageRequest};
use messaging::Transaction;
use serde::de::DeserializeOwned;
use storage::{Database, Kind, given, json, json_rows};

/// What of a table is shown, and how a row becomes a struct: fields in the order of `columns`.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub name: &'static str,
    pub columns: &'static str,
    /// Which rows exist for those who look from outside: an SQL condition.
    pub visible: &'static str,
}

impl Table {
    /// Reads a page. The rows are counted only when the page itself does not tell how many
    /// there are: one row more than asked for is read to know.
    pub async fn page<T: DeserializeOwned>(
        &self,
        db: &Database,
        request: &PageRequest,
    ) -> sqlx::Result<Page<T>> {
        let (limit, offset) = (to_i64(request.size), to_i64(request.offset()));
        let from = format!(
            "{} WHERE {} ORDER BY {} LIMIT {} OFFSET {offset}",
            self.name,
            self.visible,
            order_by(request),
            limit.saturating_add(1)
        );
        let mut items = db.rows(self.columns, &from, |query| query).await?;
        let more = to_i64(items.len() as u64) > limit;
        let total = if more || (items.is_empty() && offset > 0) {
            db.count(format!("SELECT count(*) FROM {} WHERE {}", self.name, self.visible)).await?
        } else {
            offset + to_i64(items.len() as u64)
        };
        items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(Page { items, total: total.unsigned_abs() })
    }

    /// Reads the row with this id, if it is shown.
    pub async fn find<T: DeserializeOwned>(
        &self,
        db: &Database,
        id: i64,
    ) -> sqlx::Result<Option<T>> {
        Ok(self.select(db, "id", id).await?.pop())
    }

    /// Reads the rows whose `column` has this value, oldest first.
    pub async fn select<T: DeserializeOwned>(
        &self,
        db: &Database,
        column: &'static str,
        value: i64,
    ) -> sqlx::Result<Vec<T>> {
        let from = format!("{} WHERE {} AND {column} = $1 ORDER BY id", self.name, self.visible);
        db.rows(self.columns, &from, |query| query.bind(value)).await
    }
}

impl Table {
    /// Takes the row with this id in hand, if it is shown: nobody else can change it until `tx` ends.
    pub async fn lock<T: DeserializeOwned>(
        &self,
        id: i64,
        tx: &mut Transaction,
    ) -> sqlx::Result<Option<T>> {
        let dialect = tx.dialect();
        let lock = dialect.for_update();
        let from = format!("{} WHERE {} AND id = $1{lock}", self.name, self.visible);
        Ok(json_rows(dialect, self.columns, &from, tx, |query| query.bind(id)).await?.pop())
    }

    /// Takes the rows whose `column` has one of these values in hand, shown or not.
    pub async fn lock_all<T: DeserializeOwned>(
        &self,
        column: &'static str,
        values: &[i64],
        tx: &mut Transaction,
    ) -> sqlx::Result<Vec<T>> {
        let dialect = tx.dialect();
        let given = given(dialect, &[("wanted", Kind::Integer)]);
        let from = format!(
            "{} WHERE {column} IN (SELECT wanted FROM {given}) ORDER BY id{}",
            self.name,
            dialect.for_update()
        );
        let rows: Vec<[i64; 1]> = values.iter().map(|value| [*value]).collect();
        let rows = json(&rows)?;
        json_rows(dialect, self.columns, &from, tx, |query| query.bind(rows)).await
    }
}

/// Nulls sort lowest, as in the originals' database. The id comes last, so that pages are stable.
fn order_by(request: &PageRequest) -> String {
    let mut terms: Vec<String> = Vec::new();
    for order in &request.sort {
        let direction = if order.descending { "DESC NULLS LAST" } else { "ASC NULLS FIRST" };
        terms.push(format!("{} {direction}", order.property.column));
    }
    terms.push("id".to_owned());
    terms.join(", ")
}

fn to_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX - 1)
}
