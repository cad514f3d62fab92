//! The database's clock: one for all replicas, whatever their own clocks say.

use sqlx::AssertSqlSafe;

use crate::{Connection, Dialect};

impl Dialect {
    /// The time as an SQL expression, in milliseconds since 1970. Deadlines in tables are written and
    /// compared with this: a replica whose clock is wrong must not hold what it has for longer, or
    /// take from others what is theirs.
    pub fn now(self) -> &'static str {
        match self {
            Self::Sqlite => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
            // Not now(): that is when the transaction began, and it may have waited since.
            Self::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        }
    }
}

/// What the database's clock says, in milliseconds since 1970.
pub async fn now(dialect: Dialect, connection: &mut Connection) -> sqlx::Result<i64> {
    let sql = format!("SELECT {}", dialect.now());
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await
}
