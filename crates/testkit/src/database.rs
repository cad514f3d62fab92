//! SQL from outside: databases that live as long as a fleet, and tables that tests tamper with.

use std::path::Path;

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};

/// A database of its own on a PostgreSQL server, dropped at the end.
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Makes it on the server that this URL is of.
    pub fn create(server: &str, name: &str) -> Self {
        run(server, &format!("CREATE DATABASE \"{name}\""));
        Self { server: server.to_owned(), name: name.to_owned() }
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

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name);
        if let Err(error) = attempt(&self.server, &drop) {
            eprintln!("the database {} stays: {error}", self.name);
        }
    }
}

/// Runs this in a SQLite file.
pub(crate) fn run_in_file(file: &Path, sql: &str) {
    run(&format!("sqlite:{}", file.display()), sql);
}

fn run(url: &str, sql: &str) {
    attempt(url, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn attempt(url: &str, sql: &str) -> sqlx::Result<()> {
    sqlx::any::install_default_drivers();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = AnyConnection::connect(url).await?;
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await?;
        connection.close().await
    })
}
