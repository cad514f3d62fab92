//! A topic of its own on Apache Kafka, with the one for its dead letters.

use std::time::Duration;

use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
    error::KafkaResult,
};

/// How long the broker may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Made by whoever publishes there, deleted at the end: a small broker has no room for those of
/// every test that ever ran.
pub struct Topic {
    brokers: String,
    name: String,
}

impl Topic {
    /// The topic of this name, which nobody else uses.
    pub fn new(brokers: &str, name: &str) -> Self {
        Self { brokers: brokers.to_owned(), name: name.to_owned() }
    }

    fn delete(&self) -> KafkaResult<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let mut client = ClientConfig::new();
        let admin: AdminClient<DefaultClientContext> =
            client.set("bootstrap.servers", &self.brokers).create()?;
        let options = AdminOptions::new().request_timeout(Some(PATIENCE));
        let letters = format!("dlq-{}", self.name);
        // What was never made is not there to be deleted: the answers tell, and nobody minds.
        runtime.block_on(admin.delete_topics(&[&self.name, &letters], &options)).map(drop)
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        // Of its own, because tests may run on a runtime, which cannot wait for another one.
        let deleted = std::thread::scope(|scope| scope.spawn(|| self.delete()).join());
        if !matches!(deleted, Ok(Ok(()))) {
            eprintln!("the topic {} stays: {deleted:?}", self.name);
        }
    }
}
