//! Rows as JSON, out of a database and into it: one value crosses the driver instead of twenty.
//!
//! A row through the SQLite driver costs about 5 µs of CPU, because each crosses a thread; a page
//! of twenty as one JSON text costs a third of that (docs/adr/0003).

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use sqlx::{Any, AssertSqlSafe, any::AnyArguments, query::QueryScalar};

use crate::{Connection, Dialect};

/// A query for rows, whose parameters are being bound.
pub type Query<'q> = QueryScalar<'q, Any, Option<String>, AnyArguments>;

/// Reads rows into structs whose fields are in the order of `columns`.
///
/// `from` is everything after `FROM`, with its parameters `$1`, `$2` … bound by `bind`. A limit is
/// written as a number: SQLite plans a query anew each time whose limit is a parameter.
pub async fn json_rows<T: DeserializeOwned>(
    dialect: Dialect,
    columns: &str,
    from: &str,
    connection: &mut Connection,
    bind: impl for<'q> FnOnce(Query<'q>) -> Query<'q>,
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

/// Truth, which both databases keep as 0 or 1: `#[serde(deserialize_with = "storage::truth")]`.
pub fn truth<'de, D: Deserializer<'de>>(column: D) -> Result<bool, D::Error> {
    i64::deserialize(column).map(|it| it != 0)
}

/// What a column of rows given as JSON holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
}

/// Rows given as one JSON array of arrays in `$1`, as a table `given` with these columns: any
/// number of rows in a statement whose text, and so whose plan, is always the same.
pub fn given(dialect: Dialect, columns: &[(&str, Kind)]) -> String {
    given_as(dialect, 1, columns)
}

/// [`given`], in another parameter.
pub fn given_as(dialect: Dialect, parameter: usize, columns: &[(&str, Kind)]) -> String {
    let column = |(index, (name, kind)): (usize, &(&str, Kind))| match (dialect, kind) {
        (Dialect::Sqlite, _) | (_, Kind::Text) => format!("value ->> {index} AS {name}"),
        (Dialect::Postgres, Kind::Integer) => format!("(value ->> {index})::bigint AS {name}"),
    };
    let columns: Vec<String> = columns.iter().enumerate().map(column).collect();
    let elements = match dialect {
        Dialect::Sqlite => format!("json_each(${parameter})"),
        // Not json: each `->>` would read the text of the whole row again.
        Dialect::Postgres => format!("jsonb_array_elements(${parameter}::jsonb)"),
    };
    format!("(SELECT {} FROM {elements}) AS given", columns.join(", "))
}

/// The JSON that [`given`] reads.
pub fn json<T: Serialize>(rows: &[T]) -> sqlx::Result<String> {
    serde_json::to_string(rows).map_err(|error| sqlx::Error::Encode(error.into()))
}
