//! SQL from outside: databases that live as long as a fleet, and tables that tests tamper with.

use std::{
    path::Path,
    sync::{Condvar, Mutex, PoisonError},
};

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};

/// How many databases tests of one process use at once. Three replicas of four services open up to
/// 84 connections, and a server has 100 or 200.
const AT_ONCE: usize = 2;

static IN_USE: Mutex<usize> = Mutex::new(0);
static GIVEN_BACK: Condvar = Condvar::new();

/// A database of its own on a PostgreSQL server, dropped at the end.
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Makes it on the server that this URL is of, and waits for its turn.
    pub fn create(server: &str, name: &str) -> Self {
        let in_use = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
        let free = GIVEN_BACK.wait_while(in_use, |count| *count >= AT_ONCE);
        *free.unwrap_or_else(PoisonError::into_inner) += 1;
        let database = Self { server: server.to_owned(), name: name.to_owned() };
        run(server, &format!("CREATE DATABASE \"{name}\""));
        database
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let (address, parameters) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let begin = address.find("://").map_or(0, |at| at + 3);
        let end = address[begin..].find('/').map_or(address.len(), |at| begin + at);
        let question = if parameters.is_empty() { "" } else { "?" };
        format!("{}/{}{question}{parameters}", &address[..end], self.name)
    }

    /// Runs this in a schema of the database.
    pub(crate) fn run(&self, schema: &str, sql: &str) {
        run(&self.url(), &format!("SET search_path = \"{schema}\"; {sql}"));
    }
}

impl Database {
    /// Asks a schema of the database for a number.
    pub(crate) fn number(&self, schema: &str, sql: &str) -> i64 {
        number(&self.url(), Some(&format!("SET search_path = \"{schema}\"")), sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name);
        if let Err(error) = attempt(&self.server, &drop) {
            eprintln!("the database {} stays: {error}", self.name);
        }
        *IN_USE.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        GIVEN_BACK.notify_one();
    }
}

/// Runs this in a SQLite file.
pub(crate) fn run_in_file(file: &Path, sql: &str) {
    run(&format!("sqlite:{}", file.display()), sql);
}

/// Asks a SQLite file for a number.
pub(crate) fn number_in_file(file: &Path, sql: &str) -> i64 {
    number(&format!("sqlite:{}", file.display()), None, sql)
}

fn number(url: &str, first: Option<&str>, sql: &str) -> i64 {
    let asked = connected(url, async |connection| {
        if let Some(first) = first {
            sqlx::raw_sql(AssertSqlSafe(first.to_owned())).execute(&mut *connection).await?;
        }
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await
    });
    asked.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn run(url: &str, sql: &str) {
    attempt(url, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn attempt(url: &str, sql: &str) -> sqlx::Result<()> {
    connected(url, async |connection| {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.map(drop)
    })
}

fn connected<T>(
    url: &str,
    work: impl AsyncFnOnce(&mut AnyConnection) -> sqlx::Result<T>,
) -> sqlx::Result<T> {
    sqlx::any::install_default_drivers();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = AnyConnection::connect(url).await?;
        let done = work(&mut connection).await?;
        connection.close().await?;
        Ok(done)
    })
}
