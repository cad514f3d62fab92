//! A table that a service shows: one row of it, or rows taken in hand to be changed.

use messaging::Transaction;
use serde::de::DeserializeOwned;
use storage::{Database, Kind, given, json, json_rows};

/// What of a table is shown, and how a row becomes a struct: fields in the order of `columns`.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub name: &'static str,
    pub columns: &'static str,
    /// Which of the columns hold text, and so as many bytes as somebody wrote.
    pub texts: &'static [&'static str],
    /// Which rows exist for those who look from outside: an SQL condition.
    pub visible: &'static str,
}

impl Table {
    /// Reads the row with this id, if it is shown.
    pub async fn find<T: DeserializeOwned>(
        &self,
        db: &Database,
        id: i64,
    ) -> sqlx::Result<Option<T>> {
        let from = format!("{} WHERE {} AND id = $1", self.name, self.visible);
        Ok(db.rows(self.columns, &from, |query| query.bind(id)).await?.pop())
    }

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
