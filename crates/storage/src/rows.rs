//! Rows as JSON that the database aggregates: one row crosses the driver instead of twenty.
//!
//! A row through the SQLite driver costs about 5 µs of CPU, because each crosses a thread; a page
//! of twenty as one JSON text costs a third of that (docs/adr/0003).

use serde::de::DeserializeOwned;
use sqlx::{Any, AnyConnection, AssertSqlSafe, any::AnyArguments, query::QueryScalar};

use crate::Dialect;

/// Reads rows into structs whose fields are in the order of `columns`.
///
/// `from` is everything after `FROM`, with its parameters `$1`, `$2` … bound by `bind`.
pub async fn json_rows<T: DeserializeOwned>(
    dialect: Dialect,
    columns: &str,
    from: &str,
    connection: &mut AnyConnection,
    bind: impl for<'q> FnOnce(
        QueryScalar<'q, Any, Option<String>, AnyArguments>,
    ) -> QueryScalar<'q, Any, Option<String>, AnyArguments>,
) -> sqlx::Result<Vec<T>> {
    let sql = match dialect {
        Dialect::Sqlite => {
            format!("SELECT json_group_array(json_array({columns})) FROM (SELECT * FROM {from})")
        }
        Dialect::Postgres => format!(
            "SELECT json_agg(json_build_array({columns}))::text FROM (SELECT * FROM {from}) page"
        ),
    };
    let query = bind(sqlx::query_scalar(AssertSqlSafe(sql)));
    let rows: Option<String> = query.fetch_one(connection).await?;
    let Some(rows) = rows else { return Ok(Vec::new()) };
    serde_json::from_str(&rows).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// `($1,$2),($3,$4)` for two rows of two columns: many rows in one statement, on both databases.
pub fn placeholders(rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 5);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for column in 1..=columns {
            if column > 1 {
                text.push(',');
            }
            text.push('$');
            text.push_str(&(row * columns + column).to_string());
        }
        text.push(')');
    }
    text
}
