//! Rows up to a number of bytes: how many rows there are says nothing of the memory that they take.

use std::fmt;

use serde::de::DeserializeOwned;
use sqlx::AssertSqlSafe;

use crate::{Connection, Database, Dialect, rows::Query};

/// How much rows may be together.
#[derive(Debug, Clone, Copy)]
pub struct Within<'a> {
    /// An SQL expression for the size of a row.
    pub size: &'a str,
    pub bytes: usize,
}

impl Database {
    /// [`Self::rows`], if they are small enough together; otherwise nothing is read.
    pub async fn rows_within<T: DeserializeOwned>(
        &self,
        columns: &str,
        within: Within<'_>,
        from: &str,
        bind: impl for<'q> FnOnce(Query<'q>) -> Query<'q>,
    ) -> sqlx::Result<Option<Vec<T>>> {
        let mut connection = self.read().await?;
        let rows = json_within(self.dialect, columns, within, from, &mut connection, bind).await?;
        connection.done();
        let Some(rows) = rows else { return Ok(None) };
        serde_json::from_str(&rows).map(Some).map_err(|error| sqlx::Error::Decode(error.into()))
    }
}

/// One statement, which reads the rows only after it has added up their sizes.
async fn json_within(
    dialect: Dialect,
    columns: &str,
    Within { size, bytes }: Within<'_>,
    from: &str,
    connection: &mut Connection,
    bind: impl for<'q> FnOnce(Query<'q>) -> Query<'q>,
) -> sqlx::Result<Option<String>> {
    let rows = match dialect {
        Dialect::Sqlite => format!("json_group_array(json_array({columns}))"),
        Dialect::Postgres => {
            format!("COALESCE(json_agg(json_build_array({columns}))::text, '[]')")
        }
    };
    let sql = format!(
        "SELECT CASE WHEN (SELECT COALESCE(SUM(row_bytes), 0) FROM (SELECT {size} AS row_bytes FROM {from}) \
         AS sizes) <= {bytes} THEN (SELECT {rows} FROM (SELECT * FROM {from}) AS page) END"
    );
    bind(sqlx::query_scalar(AssertSqlSafe(sql))).fetch_one(connection).await
}

/// What follows `FROM` for the first rows of a table with an `id`: so many at most, and no more once
/// they have so many bytes together. The first one is always among them.
#[derive(Debug, Clone, Copy)]
pub struct First<'a> {
    pub table: &'a str,
    /// Which rows, an SQL condition.
    pub of: &'a str,
    /// The columns of their order.
    pub by: &'a str,
    pub rows: usize,
    pub within: Within<'a>,
}

impl fmt::Display for First<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, of, by, rows, within: Within { size, bytes } } = self;
        // Sizes are added up apart from the rows, which would otherwise be kept meanwhile.
        write!(
            to,
            "{table} WHERE id IN (SELECT first_id FROM (SELECT first_id, \
             SUM(row_bytes) OVER (ORDER BY {by} ROWS UNBOUNDED PRECEDING) - row_bytes AS before FROM \
             (SELECT id AS first_id, {by}, {size} AS row_bytes FROM {table} WHERE {of} \
             ORDER BY {by} LIMIT {rows}) AS sizes) AS sums WHERE before < {bytes}) ORDER BY {by}"
        )
    }
}
