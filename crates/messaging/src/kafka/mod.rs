//! Apache Kafka as a transport, through librdkafka.

mod consumer;
mod dead_letter;
mod extent;
mod headers;
mod lag;
mod renewal;
mod settings;
mod stranded;
mod topics;
mod unusable;
mod voice;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use anyhow::Context as _;
use futures::future::{BoxFuture, try_join_all};
use rdkafka::{
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord, Producer as _, PurgeConfig},
};

use crate::{Record, Subscription, Transport, transport::Extent, unordered::Turns};
use consumer::{Consumer, Member};
use topics::Topics;
use voice::Voice;

pub use settings::{Brokers, KafkaArgs, Properties, TopicName};

/// How long a question to the brokers may take that is asked for people: lag, metadata.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the brokers may take to show that they are there; the kubelet waits for the answer.
const REACHED_WITHIN: Duration = Duration::from_millis(700);

type Producer = FutureProducer<Voice>;

/// A topic of Apache Kafka, and its dead letters.
#[derive(Clone)]
pub struct Kafka(Arc<Inner>);

struct Inner {
    args: KafkaArgs,
    topics: Topics,
    turns: Turns,
    /// Replaced when it can no longer be relied on.
    producer: Mutex<Option<(Producer, Voice)>>,
    /// The members of this process, by group: they are asked for the lag.
    members: Mutex<HashMap<String, Weak<Consumer>>>,
}

impl Kafka {
    /// Prepares to talk to Kafka. It need not be there yet; only settings can be wrong.
    pub fn new(args: &KafkaArgs) -> anyhow::Result<Self> {
        // The first record of a producer waits until it has an identity: that begins now.
        let producer = Mutex::new(Some(producer(args)?));
        let (args, topics, members) = (args.clone(), Topics::new(args), Mutex::default());
        Ok(Self(Arc::new(Inner { args, topics, turns: Turns::default(), producer, members })))
    }

    async fn send(&self, topic: &str, records: &[Record]) -> anyhow::Result<()> {
        let producer = self.0.producer()?;
        let partitions = self.0.topics.ensure(&producer).await?;
        // Dead letters have one partition.
        let partitions = if topic == self.0.args.kafka_topic.0 { partitions } else { 1 };
        let turn = |it: &Record| it.key.is_empty().then(|| self.0.turns.next(partitions));
        let sent = records.iter().map(|it| enqueue(&producer, topic, it, turn(it)));
        let sent = sent.collect::<anyhow::Result<Vec<_>>>();
        let delivered = async {
            for delivery in try_join_all(sent?).await? {
                delivery.map_err(|(error, _)| error)?;
            }
            anyhow::Ok(())
        };
        let outcome = match tokio::time::timeout(self.0.args.timeout(), delivered).await {
            Ok(outcome) => outcome,
            Err(_) => Err(anyhow::anyhow!("no answer within {}", self.0.args.kafka_timeout)),
        };
        if outcome.is_err() {
            self.0.topics.doubt();
            self.0.give_up(producer);
        }
        outcome.context("Kafka did not take the facts")
    }
}

impl Inner {
    fn producer(&self) -> anyhow::Result<Producer> {
        let mut current = self.producer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((useless, _)) = current.take_if(|(_, voice)| voice.stranded.is_so()) {
            retire(useless);
        }
        let (producer, _) = match &mut *current {
            Some(known) => known,
            none => none.insert(producer(&self.args)?),
        };
        Ok(producer.clone())
    }

    fn member(&self, group: &str) -> Option<Arc<Consumer>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner).get(group)?.upgrade()
    }

    /// From now on this one is asked for the lag of its group.
    fn introduce(&self, group: &str, member: &Arc<Consumer>) {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.insert(group.to_owned(), Arc::downgrade(member));
    }

    /// Forgets this producer and all it has not delivered. Records that are sent again later must
    /// not be overtaken by those that came after them, and a new producer cannot do that.
    fn give_up(&self, producer: Producer) {
        *self.producer.lock().unwrap_or_else(PoisonError::into_inner) = None;
        retire(producer);
    }
}

fn producer(args: &KafkaArgs) -> anyhow::Result<(Producer, Voice)> {
    let (config, voice) = (voice::talkative(args.producer()), Voice::default());
    let producer = config.create_with_context(voice.clone());
    let producer = producer.map_err(|error| args.unusable(&error))?;
    Ok((producer, voice))
}

/// What it has not delivered it never will: whoever waits for that is told so.
fn retire(producer: Producer) {
    producer.purge(PurgeConfig::default().queue().inflight());
    // Dropping it waits for its threads.
    std::thread::spawn(move || drop(producer));
}

/// With a key, Kafka chooses the partition by it; without one `turn` does.
fn enqueue(
    producer: &Producer,
    topic: &str,
    record: &Record,
    turn: Option<u32>,
) -> anyhow::Result<rdkafka::producer::DeliveryFuture> {
    let headers = OwnedHeaders::new_with_capacity(record.headers.len());
    let headers = record
        .headers
        .iter()
        .fold(headers, |headers, (key, value)| headers.insert(Header { key, value: Some(value) }));
    let message = FutureRecord::to(topic)
        .payload(&record.payload)
        .timestamp(record.timestamp)
        .headers(headers);
    let record = match turn.and_then(|turn| i32::try_from(turn).ok()) {
        Some(partition) => message.partition(partition),
        None => message.key(&record.key),
    };
    producer.send_result(record).map_err(|(error, _)| error.into())
}

impl Transport for Kafka {
    fn describe(&self) -> String {
        let brokers = self.0.args.kafka_brokers.as_ref().map(Brokers::to_string);
        format!("Kafka at {}, topic {}", brokers.unwrap_or_default(), self.0.args.kafka_topic)
    }

    fn publish<'a>(&'a self, records: &'a [Record]) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(self.send(&self.0.args.kafka_topic.0, records))
    }

    fn subscribe<'a>(
        &'a self,
        group: &'static str,
    ) -> BoxFuture<'a, anyhow::Result<Box<dyn Subscription>>> {
        Box::pin(async move {
            let member = Member::new(self.clone(), group)?;
            Ok(Box::new(member) as Box<dyn Subscription>)
        })
    }

    fn reach(&self) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(async move {
            let (producer, topic) = (self.0.producer()?, self.0.args.kafka_topic.0.clone());
            let asked = tokio::task::spawn_blocking(move || {
                let client = producer.client();
                client.fetch_metadata(Some(&topic), REACHED_WITHIN).map(drop)
            });
            asked.await?.with_context(|| format!("{} does not answer", self.describe()))
        })
    }

    fn lag<'a>(&'a self, group: &'static str) -> BoxFuture<'a, anyhow::Result<i64>> {
        Box::pin(async move {
            let member = self.0.member(group).context("this process is not in the group")?;
            let (other, topic) = (self.0.producer()?, self.0.args.kafka_topic.0.clone());
            tokio::task::spawn_blocking(move || lag::lag(&member, &other, &topic)).await?
        })
    }

    fn extent(&self) -> BoxFuture<'_, anyhow::Result<Extent>> {
        Box::pin(async move {
            let (producer, topic) = (self.0.producer()?, self.0.args.kafka_topic.0.clone());
            tokio::task::spawn_blocking(move || extent::extent(&producer, &topic)).await?
        })
    }
}
