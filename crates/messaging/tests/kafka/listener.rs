//! A service that listens to a topic of its own, and a client that writes into it as others do.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use clap::Parser;
use events::Envelope;
use messaging::{
    DeadLetters, Kafka, KafkaArgs, MIGRATIONS, MessagingArgs, Outbox, Policy, Reactor, Relay,
    Transaction, Transport,
};
use rdkafka::{
    ClientConfig, Message as _, TopicPartitionList,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer as _},
    message::{Header, Headers as _, OwnedHeaders, OwnedMessage},
    producer::{FutureProducer, FutureRecord},
};
use storage::DatabaseArgs;
use tempfile::TempDir;
use testkit::{Cell, Topic, unique_name};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What the service has heard, and which order it cannot stand.
#[derive(Clone, Default)]
pub(crate) struct Ears(Arc<Mutex<(Vec<Envelope>, Option<i64>)>>);

impl Policy for Ears {
    const GROUP: &'static str = "listener";

    async fn react(&self, fact: &Envelope, _: &mut Transaction) -> anyhow::Result<()> {
        let mut ears = self.0.lock().unwrap();
        if fact.event.order_id().is_some() && fact.event.order_id() == ears.1 {
            anyhow::bail!("order {} is unbearable", ears.1.unwrap());
        }
        ears.0.push(fact.clone());
        Ok(())
    }
}

impl Ears {
    pub(crate) fn cannot_stand(&self, order: Option<i64>) {
        self.0.lock().unwrap().1 = order;
    }

    /// The orders of the facts that were heard, in turn.
    pub(crate) fn orders(&self) -> Vec<Option<i64>> {
        self.0.lock().unwrap().0.iter().map(|fact| fact.event.order_id()).collect()
    }
}

pub(crate) struct Listener {
    pub(crate) topic: String,
    pub(crate) outbox: Outbox,
    pub(crate) letters: DeadLetters,
    pub(crate) ears: Ears,
    pub(crate) kafka: Kafka,
    brokers: String,
    drain: CancellationToken,
    tasks: Vec<JoinHandle<anyhow::Result<()>>>,
    _folder: TempDir,
    /// Only to be deleted at the end.
    rented: Option<Topic>,
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    messaging: MessagingArgs,
    #[command(flatten)]
    kafka: KafkaArgs,
}

impl Listener {
    /// Listens to a new topic; none if there is no broker for tests.
    pub(crate) async fn start(test: &str) -> Option<Self> {
        let cell = Cell::KafkaSqlite;
        let brokers = cell.is_available(test).then(|| cell.brokers()).flatten()?;
        let mut listener = Self::at(&brokers).await;
        listener.rented = Some(Topic::new(&brokers, &listener.topic));
        Some(listener)
    }

    #[expect(clippy::disallowed_methods, reason = "`stop` waits for what is started here")]
    pub(crate) async fn at(brokers: &str) -> Self {
        let (folder, topic) = (TempDir::new().unwrap(), unique_name());
        let (url, group) = (format!("sqlite:{}", folder.path().display()), format!("{topic}-x"));
        let words = [
            ["--database-url", &url],
            ["--kafka-brokers", brokers],
            ["--kafka-topic", &topic],
            ["--kafka-group", &group],
            ["--kafka-timeout", "2s"],
            ["--reaction-attempts", "2"],
            ["--reaction-backoff", "10ms"],
        ];
        let settings =
            Settings::parse_from(["test"].into_iter().chain(words.into_iter().flatten()));
        let db = settings.database.open("listener", MIGRATIONS).await.unwrap();
        let outbox = Outbox::new(db, events::Style::default());
        let kafka = Kafka::new(&settings.kafka).unwrap();
        let ears = Ears::default();
        let policy = Arc::new(ears.clone());
        let subscription = kafka.subscribe(Ears::GROUP).await.unwrap();
        let reactor =
            Reactor::new(policy.clone(), outbox.clone(), subscription, &settings.messaging);
        let relay = Relay::new(outbox.clone(), Arc::new(kafka.clone()));
        let drain = CancellationToken::new();
        let tasks =
            vec![tokio::spawn(reactor.run(drain.clone())), tokio::spawn(relay.run(drain.clone()))];
        let letters = DeadLetters::new(policy, outbox.clone());
        let brokers = brokers.to_owned();
        Self {
            topic,
            outbox,
            letters,
            ears,
            kafka,
            brokers,
            drain,
            tasks,
            _folder: folder,
            rented: None,
        }
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) async fn stop(self) {
        self.drain.cancel();
        for task in self.tasks {
            task.await.unwrap().unwrap();
        }
    }

    /// Whether it is still at work.
    pub(crate) fn is_running(&self) -> bool {
        self.tasks.iter().all(|task| !task.is_finished())
    }

    /// Whether its topic has been made.
    pub(crate) async fn is_there(&self) -> bool {
        let (client, topic) = (self.client(), self.topic.clone());
        tokio::task::spawn_blocking(move || {
            let consumer: BaseConsumer = client.create().unwrap();
            let metadata = consumer.fetch_metadata(Some(&topic), Duration::from_secs(5)).unwrap();
            metadata.topics().iter().any(|it| !it.partitions().is_empty())
        })
        .await
        .unwrap()
    }

    /// Writes as anybody may who knows the topic.
    pub(crate) async fn write(&self, key: &str, headers: &[(&str, &str)], payload: &[u8]) {
        let mut all = OwnedHeaders::new();
        for (key, value) in headers {
            all = all.insert(Header { key, value: Some(*value) });
        }
        let producer: FutureProducer = self.client().create().unwrap();
        let record = FutureRecord::to(&self.topic)
            .key(key)
            .payload(payload)
            .timestamp(1_700_000_000_000)
            .headers(all);
        producer.send(record, Duration::from_secs(20)).await.unwrap();
    }

    /// All that the topic of the dead letters holds.
    pub(crate) async fn buried(&self, count: usize) -> Vec<OwnedMessage> {
        let consumer: BaseConsumer = self.client().set("group.id", "sexton").create().unwrap();
        let topic = format!("dlq-{}", self.topic);
        tokio::task::spawn_blocking(move || {
            let mut all = TopicPartitionList::new();
            all.add_partition_offset(&topic, 0, rdkafka::Offset::Beginning).unwrap();
            consumer.assign(&all).unwrap();
            let messages = consumer.iter().take(count);
            messages.map(|message| message.unwrap().detach()).collect()
        })
        .await
        .unwrap()
    }

    /// Puts a dead letter back into the topic, as it is.
    pub(crate) async fn put_back(&self, letter: &OwnedMessage) {
        let headers: Vec<(&str, &str)> = letter
            .headers()
            .unwrap()
            .iter()
            .map(|it| (it.key, std::str::from_utf8(it.value.unwrap()).unwrap()))
            .collect();
        let key = std::str::from_utf8(letter.key().unwrap()).unwrap();
        self.write(key, &headers, letter.payload().unwrap()).await;
    }

    pub(crate) async fn delete_topic(&self) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let deleted = admin.delete_topics(&[&self.topic], &AdminOptions::new()).await.unwrap();
        for outcome in deleted {
            outcome.unwrap();
        }
    }

    fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &self.brokers);
        client
    }
}

/// Waits until this is so.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    testkit::eventually_async(async || if holds().await { Ok(()) } else { Err(what) }).await;
}
