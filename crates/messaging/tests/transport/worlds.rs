//! The transports under test, each with nothing in it yet.

use std::sync::Arc;

use clap::Parser;
use messaging::{Kafka, KafkaArgs, SqlLog, Transport};
use storage::DatabaseArgs;
use tempfile::TempDir;
use testkit::{Cell, Database, Topic, unique_name};
use tokio::task::spawn_blocking;

const HASTY: &[&str] = &["--database-statement-timeout", "200ms"];

/// A transport, and what it needs while it lives.
pub(crate) struct World {
    pub(crate) transport: Arc<dyn Transport>,
    /// These are dropped on a thread that may wait.
    database: Option<Database>,
    topic: Option<Topic>,
    _folder: Option<TempDir>,
}

impl World {
    /// Where its database is, if it is on a server.
    pub(crate) fn url(&self) -> String {
        self.database.as_ref().expect("it is on a server").url()
    }

    /// Takes away what was made for it.
    pub(crate) async fn end(self) {
        let Self { transport, database, topic, .. } = self;
        drop(transport);
        spawn_blocking(move || drop((database, topic))).await.unwrap();
    }
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    kafka: KafkaArgs,
}

pub(crate) async fn log_in_sqlite(_: &str) -> Option<World> {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite:{}", folder.path().display());
    let transport = log(&["--database-url", &url]).await;
    Some(World { transport, database: None, topic: None, _folder: Some(folder) })
}

pub(crate) async fn log_in_postgres(test: &str) -> Option<World> {
    on_a_server(test, &[]).await
}

/// The same, whose statements may take 200 ms.
pub(crate) async fn hasty_log(test: &str) -> Option<World> {
    on_a_server(test, HASTY).await
}

/// Another database on the same server, as hasty.
pub(crate) async fn hasty_database(url: &str) -> storage::Database {
    let words = [&["--database-url", url], HASTY].concat();
    settings(&words).database.open("taker", &[]).await.unwrap()
}

async fn on_a_server(test: &str, words: &[&str]) -> Option<World> {
    let server = Cell::Minimal.is_available(test).then(|| Cell::Minimal.server()).flatten()?;
    let database = spawn_blocking(move || Database::create(&server, &unique_name())).await.unwrap();
    let transport = log(&[&["--database-url", &database.url()], words].concat()).await;
    Some(World { transport, database: Some(database), topic: None, _folder: None })
}

pub(crate) async fn kafka(test: &str) -> Option<World> {
    let cell = Cell::KafkaSqlite;
    let brokers = cell.is_available(test).then(|| cell.brokers()).flatten()?;
    let name = unique_name();
    let group = format!("{name}-{{service}}");
    let words = ["--kafka-brokers", &brokers, "--kafka-topic", &name, "--kafka-group", &group];
    let kafka = Kafka::new(&settings(&words).kafka).unwrap();
    let topic = Some(Topic::new(&brokers, &name));
    Some(World { transport: Arc::new(kafka), database: None, topic, _folder: None })
}

async fn log(words: &[&str]) -> Arc<dyn Transport> {
    Arc::new(SqlLog::open(&settings(words).database).await.unwrap())
}

fn settings(words: &[&str]) -> Settings {
    Settings::parse_from(["test"].iter().chain(words))
}
