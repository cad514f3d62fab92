//! The topics are there, or are made.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::Context as _;
use backon::{ConstantBuilder, Retryable as _};
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    producer::Producer as _,
    types::RDKafkaErrorCode,
};

use super::{KafkaArgs, PATIENCE, Producer};

/// Our topic and its dead letters.
pub(super) struct Topics {
    args: KafkaArgs,
    /// How many partitions ours has; 0 while that is not known.
    partitions: AtomicU32,
}

impl Topics {
    pub(super) fn new(args: &KafkaArgs) -> Self {
        Self { args: args.clone(), partitions: AtomicU32::new(0) }
    }

    /// Something went wrong: the topics may have been deleted.
    pub(super) fn doubt(&self) {
        self.partitions.store(0, Ordering::Relaxed);
    }

    /// Looks, unless it is known, and makes what is missing; says how many partitions our topic
    /// has. Dead letters are few: one partition keeps them in order.
    pub(super) async fn ensure(&self, producer: &Producer) -> anyhow::Result<u32> {
        let known = self.partitions.load(Ordering::Relaxed);
        if known > 0 {
            return Ok(known);
        }
        let (topic, letters) = (self.args.kafka_topic.0.clone(), self.args.dead_letter_topic());
        let wanted = [(topic, self.args.kafka_partitions), (letters, 1)];
        let (mut missing, mut counts) = (Vec::new(), Vec::new());
        for (topic, partitions) in &wanted {
            let found = partitions_of(producer, topic).await?;
            if found == 0 {
                missing.push((topic.as_str(), *partitions));
            }
            counts.push(if found == 0 { usize::try_from(*partitions)? } else { found });
        }
        if !missing.is_empty() {
            self.create(&missing).await?;
            for (topic, _) in missing {
                appears(producer, topic).await?;
            }
        }
        let partitions = u32::try_from(counts[0])?;
        self.partitions.store(partitions, Ordering::Relaxed);
        Ok(partitions)
    }

    async fn create(&self, topics: &[(&str, i32)]) -> anyhow::Result<()> {
        let admin: AdminClient<DefaultClientContext> =
            self.args.client().create().map_err(|error| self.args.unusable(&error))?;
        let new: Vec<_> = topics
            .iter()
            .map(|(name, partitions)| {
                let replication = TopicReplication::Fixed(self.args.kafka_replication);
                // Kafka's own default, whatever the broker's is: what a producer may send fits.
                NewTopic::new(name, *partitions, replication).set("max.message.bytes", "1048588")
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

/// Waits until the broker has heard of a topic that was made: whoever subscribes before that is
/// told that there is none, and asks again only after `topic.metadata.refresh.interval.ms`.
async fn appears(producer: &Producer, topic: &str) -> anyhow::Result<()> {
    let asked = async || match partitions_of(producer, topic).await? {
        0 => anyhow::bail!("Kafka made the topic {topic}, and does not know it"),
        _ => Ok(()),
    };
    let (often, times) = (Duration::from_millis(20), 100);
    asked.retry(ConstantBuilder::default().with_delay(often).with_max_times(times)).await
}

/// How many partitions a topic has, 0 if there is none. Asks a broker: without an answer this is
/// an error, and nothing is created.
async fn partitions_of(producer: &Producer, topic: &str) -> anyhow::Result<usize> {
    let (producer, topic) = (producer.clone(), topic.to_owned());
    let look = move || {
        let metadata = producer.client().fetch_metadata(Some(&topic), PATIENCE)?;
        let known = metadata.topics().iter().find(|it| it.name() == topic);
        let known = known.filter(|it| it.error().is_none());
        anyhow::Ok(known.map_or(0, |it| it.partitions().len()))
    };
    tokio::task::spawn_blocking(look).await?.context("Kafka cannot be reached")
}
