//! `DATABASE_URL` becomes a migrated database: SQLite for one process, PostgreSQL for a fleet.

mod migrate;
mod open;
mod rows;
mod url;

use sqlx::AnyPool;

pub use migrate::Migration;
pub use open::DatabaseArgs;
pub use rows::{Kind, given, json, json_rows};
pub use url::DatabaseUrl;

/// Which SQL a database speaks. Queries are written once; only the few words that differ ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Ends a query that takes its rows in hand until the transaction ends. SQLite's transactions
    /// are alone from the start.
    pub fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }
}

/// A service's own database: nobody else reads or writes its tables.
#[derive(Debug, Clone)]
pub struct Database {
    /// For changes. SQLite allows one writer at a time, so there this pool has one connection.
    pub write: AnyPool,
    /// For reading what is committed; on SQLite it cannot write.
    pub read: AnyPool,
    pub dialect: Dialect,
}

impl Database {
    /// Begins a change; on SQLite it holds the write lock from the start, so that it never has to
    /// give up half-way.
    pub async fn begin(&self) -> sqlx::Result<sqlx::Transaction<'static, sqlx::Any>> {
        match self.dialect {
            Dialect::Sqlite => self.write.begin_with("BEGIN IMMEDIATE").await,
            Dialect::Postgres => self.write.begin().await,
        }
    }

    /// Waits for the connections in use and closes them all.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// Why a database cannot be used. Each says what to do, because it ends the process.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "cannot use the data folder {folder}: {reason}; choose another with DATABASE_URL=sqlite:<folder>"
    )]
    Folder { folder: String, reason: std::io::Error },
    #[error("cannot open {url}: {reason}")]
    Open { url: String, reason: sqlx::Error },
    #[error(
        "{url} was written by a newer version (its migration {found} is unknown here): run that version, or choose another database"
    )]
    Newer { url: String, found: i64 },
    #[error("cannot migrate {url}: {reason}")]
    Migrate { url: String, reason: sqlx::migrate::MigrateError },
}
