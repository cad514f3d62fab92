//! `DATABASE_URL` becomes a migrated database: SQLite for one process, PostgreSQL for a fleet.

mod claim;
mod clock;
mod connection;
mod hidden;
mod hindrance;
mod migrate;
mod open;
mod outage;
mod pool;
mod pooler;
mod postgres;
mod reader;
mod rows;
mod sum;
mod totals;
mod url;
mod within;
mod writer;

use std::{
    io,
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};

use claim::Claim;
use hindrance::Hindrance;
use outage::Trouble;
use pool::Pool;
use serde::de::DeserializeOwned;
use sqlx::AssertSqlSafe;
use tokio::time::timeout;
use totals::Totals;
use writer::Writer;

pub use clock::now;
pub use connection::Connection;
pub use hindrance::{Blocked, Obstacle};
pub use migrate::Migration;
pub use open::DatabaseArgs;
pub use outage::{is_of_the_database, is_outage, never_works};
pub use pool::Lease;
pub use pooler::Pooler;
pub use reader::Reader;
pub use rows::{Kind, Query, given, given_as, json, json_rows, truth};
pub use sum::sum;
pub use url::DatabaseUrl;
pub use within::{First, Within};

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

    /// The same, for work that replicas share: rows that another has in hand are left out.
    pub fn for_update_of_the_rest(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }
}

/// How long a change that tests a database may take: people wait for its health for a little longer.
const WRITTEN_WITHIN: Duration = Duration::from_secs(2);

/// A service's own database: nobody else reads or writes its tables.
#[derive(Debug, Clone)]
pub struct Database {
    /// On SQLite its connections can only read.
    pool: Pool,
    pub dialect: Dialect,
    /// SQLite allows one writer at a time; PostgreSQL sorts it out itself.
    writer: Option<Writer>,
    totals: Totals,
    hindrance: Hindrance,
    trouble: Trouble,
    /// On SQLite: no other process has the file.
    _claim: Option<Arc<Claim>>,
}

impl Database {
    /// A connection for reading what is committed; on SQLite it cannot write.
    pub async fn read(&self) -> sqlx::Result<Reader> {
        self.hindrance.pass().await?;
        if self.pool.opening.is_some() {
            return postgres::begin(&self.pool, postgres::BEGIN).await.map(Reader::Transaction);
        }
        self.pool.acquire().await.map(Reader::Alone)
    }

    /// Whether PostgreSQL's notifications come over a connection that is kept open.
    pub fn is_notified(&self) -> bool {
        self.dialect == Dialect::Postgres && self.pool.opening.is_none()
    }

    /// Reads what is committed into structs whose fields are in the order of `columns`; see
    /// [`json_rows`].
    pub async fn rows<T: DeserializeOwned>(
        &self,
        columns: &str,
        from: &str,
        bind: impl for<'q> FnOnce(Query<'q>) -> Query<'q>,
    ) -> sqlx::Result<Vec<T>> {
        let mut connection = self.read().await?;
        let rows = json_rows(self.dialect, columns, from, &mut connection, bind).await?;
        connection.done();
        Ok(rows)
    }

    /// Whether the database can be read, and written as far as is known.
    pub async fn check(&self) -> sqlx::Result<()> {
        let one = sqlx::query_scalar::<_, i64>("SELECT CAST(1 AS BIGINT)");
        one.fetch_one(&mut *self.read().await?).await?;
        self.check_writing().await
    }

    /// If the last use of the database ended with an outage, makes a change that changes nothing: a
    /// full disk can still be read.
    pub async fn check_writing(&self) -> sqlx::Result<()> {
        let Some(reason) = self.trouble.reason() else { return Ok(()) };
        let written = timeout(WRITTEN_WITHIN, self.write_nothing()).await;
        written.unwrap_or_else(|_| Err(sqlx::Error::Io(io::Error::other(reason))))
    }

    async fn write_nothing(&self) -> sqlx::Result<()> {
        let sql = match self.dialect {
            // An update that changes nothing would not be written.
            Dialect::Sqlite => "PRAGMA user_version = 1",
            Dialect::Postgres => "UPDATE _sqlx_migrations SET success = success",
        };
        let mut tx = self.begin().await?;
        sqlx::query(sql).execute(&mut *tx).await?;
        tx.commit().await
    }

    /// Lets this happen before each use of the database from now on.
    pub fn hinder(&self, obstacle: Box<dyn Obstacle>) {
        self.hindrance.set(obstacle);
    }

    /// Begins a change. On SQLite it is alone from the start, so that it never has to give up
    /// half-way.
    pub async fn begin(&self) -> sqlx::Result<Transaction> {
        self.begin_as(postgres::BEGIN).await
    }

    /// Begins a change of many rows by few statements, such as those of [`given`].
    pub async fn begin_many(&self) -> sqlx::Result<Transaction> {
        self.begin_as(postgres::BEGIN_MANY).await
    }

    /// Begins a change that is a single statement. On PostgreSQL that is a transaction of its own,
    /// and needs no words before and after it.
    pub async fn begin_single(&self) -> sqlx::Result<Transaction> {
        self.hindrance.pass().await?;
        match &self.writer {
            Some(writer) => writer.begin().await,
            None if self.pool.opening.is_some() => {
                postgres::begin(&self.pool, postgres::BEGIN).await.map(Transaction::Own)
            }
            None => Ok(Transaction::Single(self.pool.acquire().await?)),
        }
    }

    async fn begin_as(&self, how: &'static str) -> sqlx::Result<Transaction> {
        self.hindrance.pass().await?;
        match &self.writer {
            Some(writer) => writer.begin().await,
            None => postgres::begin(&self.pool, how).await.map(Transaction::Own),
        }
    }

    /// How many rows this query counts. On SQLite, where all changes go through this process, the
    /// answer is remembered until the next change: counting costs more the more there is.
    pub async fn count(&self, sql: String) -> sqlx::Result<i64> {
        let generation = self.writer.as_ref().map(Writer::generation);
        if let Some(known) = generation.and_then(|now| self.totals.get(&sql, now)) {
            return Ok(known);
        }
        let count = sqlx::query_scalar(AssertSqlSafe(sql.clone()));
        let mut connection = self.read().await?;
        let total = count.fetch_one(&mut *connection).await?;
        connection.done();
        if let Some(before) = generation {
            self.totals.set(sql, before, total);
        }
        Ok(total)
    }
}

/// A change under way.
#[must_use = "dropping it undoes everything"]
pub enum Transaction {
    Shared(writer::Lent),
    Own(postgres::Open),
    /// Each statement is durable when it answers.
    Single(Lease),
}

impl Transaction {
    /// Makes the change durable.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Shared(lent) => lent.commit().await,
            Self::Own(open) => open.commit().await,
            Self::Single(connection) => {
                connection.is_well();
                connection.done();
                Ok(())
            }
        }
    }
}

impl Deref for Transaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Shared(lent) => lent.connection(),
            Self::Own(open) => open.connection(),
            Self::Single(connection) => connection,
        }
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Connection {
        match self {
            Self::Shared(lent) => lent.connection_mut(),
            Self::Own(open) => open.connection_mut(),
            Self::Single(connection) => connection,
        }
    }
}

/// Why a database cannot be used. Each says what to do, because it ends the process.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "cannot use the data folder {folder}: {reason}; choose another with DATABASE_URL=sqlite:<folder>"
    )]
    Folder { folder: String, reason: std::io::Error },
    #[error(
        "{file} is in use by another process ({process}): end that one, or choose another folder with DATABASE_URL=sqlite:<folder>"
    )]
    InUse { file: String, process: String },
    #[error("cannot open {url}: {reason}")]
    Open { url: String, reason: sqlx::Error },
    #[error(
        "{url} was written by a newer version (its migration {found} is unknown here): run that version, or choose another database"
    )]
    Newer { url: String, found: i64 },
    #[error("cannot migrate {url}: {reason}")]
    Migrate { url: String, reason: sqlx::migrate::MigrateError },
}
