//! The topics are there, or are made.

use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    producer::Producer as _,
    types::RDKafkaErrorCode,
};

use super::{KafkaArgs, PATIENCE, Producer, UNUSABLE};

/// Our topic and its dead letters.
pub(super) struct Topics {
    args: KafkaArgs,
    there: AtomicBool,
}

impl Topics {
    pub(super) fn new(args: &KafkaArgs) -> Self {
        Self { args: args.clone(), there: AtomicBool::new(false) }
    }

    /// Something went wrong: the topics may have been deleted.
    pub(super) fn doubt(&self) {
        self.there.store(false, Ordering::Relaxed);
    }

    /// Looks, unless it is known, and makes what is missing. Dead letters are few: one partition
    /// keeps them in order.
    pub(super) async fn ensure(&self, producer: &Producer) -> anyhow::Result<()> {
        if self.there.load(Ordering::Relaxed) {
            return Ok(());
        }
        let (topic, letters) = (self.args.kafka_topic.0.clone(), self.args.dead_letter_topic());
        let wanted = [(topic, self.args.kafka_partitions), (letters, 1)];
        let mut missing = Vec::new();
        for (topic, partitions) in &wanted {
            if !exists(producer, topic).await? {
                missing.push((topic.as_str(), *partitions));
            }
        }
        if !missing.is_empty() {
            self.create(&missing).await?;
        }
        self.there.store(true, Ordering::Relaxed);
        Ok(())
    }

    async fn create(&self, topics: &[(&str, i32)]) -> anyhow::Result<()> {
        let admin: AdminClient<DefaultClientContext> =
            self.args.client().create().context(UNUSABLE)?;
        let new: Vec<_> = topics
            .iter()
            .map(|(name, partitions)| {
                let replication = TopicReplication::Fixed(self.args.kafka_replication);
                NewTopic::new(name, *partitions, replication)
            })
            .collect();
        let options = AdminOptions::new()
            .request_timeout(Some(self.args.timeout()))
            .operation_timeout(Some(self.args.timeout()));
        let created = admin.create_topics(&new, &options).await;
        for outcome in created.context("Kafka did not create the topics")? {
            match outcome {
                Ok(name) => tracing::info!("created the topic {name}"),
                // Another service was faster.
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((name, error)) => anyhow::bail!("cannot create the topic {name}: {error}"),
            }
        }
        Ok(())
    }
}

/// Asks a broker. Without an answer this is an error, and nothing is created.
async fn exists(producer: &Producer, topic: &str) -> anyhow::Result<bool> {
    let (producer, topic) = (producer.clone(), topic.to_owned());
    let look = move || {
        let metadata = producer.client().fetch_metadata(Some(&topic), PATIENCE)?;
        let known = metadata.topics().iter().find(|it| it.name() == topic);
        anyhow::Ok(known.is_some_and(|it| it.error().is_none() && !it.partitions().is_empty()))
    };
    tokio::task::spawn_blocking(look).await?.context("Kafka cannot be reached")
}
