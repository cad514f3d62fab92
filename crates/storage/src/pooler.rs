//! A pooler in front of PostgreSQL that lends a connection for one transaction only,
//! such as `PgBouncer` with `pool_mode = transaction` (docs/adr/0028).
//!
//! Nothing that belongs to a session can be relied on then: neither settings nor prepared statements
//! nor `LISTEN`. So each use of the database is a transaction of its own, which begins with the
//! settings, and no statement has a name.

use std::time::Duration;

use sqlx::{Any, AnyConnection, Connection as _, Execute, SqlStr, any::AnyStatement};
use tokio::time::timeout;

/// Whether a pooler is expected between us and PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Pooler {
    /// It is found out at the start
    Auto,
    /// None, or one that keeps a connection for a session
    None,
    /// One that keeps a connection for a transaction, such as `PgBouncer`'s `pool_mode=transaction`
    Transaction,
}

/// How often two connections are compared. The first time nearly always tells: a pooler hands out
/// again what was given back last.
const ROUNDS: usize = 5;
/// How long that may take. A server answers at once; a pooler may let us wait for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

impl Pooler {
    /// Whether connections are shared between transactions.
    pub(crate) async fn shares(self, url: &str) -> sqlx::Result<bool> {
        match self {
            Self::None => Ok(false),
            Self::Transaction => Ok(true),
            Self::Auto => timeout(PATIENCE, is_shared(url)).await.unwrap_or(Ok(true)),
        }
    }
}

/// Two connections that are open at the same time have two processes of the server, and keep them.
async fn is_shared(url: &str) -> sqlx::Result<bool> {
    let (mut one, mut other) =
        (AnyConnection::connect(url).await?, AnyConnection::connect(url).await?);
    let mut shared = false;
    for _ in 0..ROUNDS {
        let before = process(&mut one).await?;
        sqlx::raw_sql("BEGIN").execute(&mut other).await?;
        shared = process(&mut other).await? == before || process(&mut one).await? != before;
        sqlx::raw_sql("ROLLBACK").execute(&mut other).await?;
        if shared {
            break;
        }
    }
    let _ = tokio::join!(one.close(), other.close());
    Ok(shared)
}

/// By the simple protocol: there a statement is one message, and has no name.
async fn process(connection: &mut AnyConnection) -> sqlx::Result<i64> {
    use sqlx::Row as _;
    let asked = sqlx::raw_sql("SELECT pg_backend_pid()::bigint").fetch_one(connection).await?;
    asked.try_get(0)
}

/// The error that a start ends with; one that only a pooler has says what to do.
pub(crate) fn explained(error: sqlx::Error) -> sqlx::Error {
    const REFUSED: &str = "unsupported startup parameter";
    if !error.to_string().contains(REFUSED) {
        return error;
    }
    let hint =
        format!("{error}; set `ignore_startup_parameters = extra_float_digits` in PgBouncer");
    sqlx::Error::Configuration(hint.into())
}

/// A query whose statement is not kept. A name that one client has given is another's error, once
/// it is given the same connection.
pub(crate) struct Unnamed<E>(pub(crate) E);

impl<'q, E: Execute<'q, Any>> Execute<'q, Any> for Unnamed<E> {
    fn sql(self) -> SqlStr {
        self.0.sql()
    }

    fn statement(&self) -> Option<&AnyStatement> {
        None
    }

    fn take_arguments(
        &mut self,
    ) -> Result<Option<sqlx::any::AnyArguments>, sqlx::error::BoxDynError> {
        self.0.take_arguments()
    }

    fn persistent(&self) -> bool {
        false
    }
}
