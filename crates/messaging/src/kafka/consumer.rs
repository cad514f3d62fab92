//! One member of a consumer group.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use futures::{FutureExt as _, StreamExt as _, future::BoxFuture};
use rdkafka::{
    Message as _, Offset,
    consumer::{Consumer as _, StreamConsumer},
    error::{KafkaError, KafkaResult},
    message::BorrowedMessage,
};
use tokio::sync::oneshot;

use super::{
    Kafka, PATIENCE, dead_letter, headers,
    renewal::Renewal,
    voice::{MemberVoice, Voice, talkative},
};
use crate::{
    Received, Record, Subscription,
    batch::{self, BATCH_BYTES},
};

pub(super) type Consumer = StreamConsumer<MemberVoice>;

/// How long leaving the group may take; the session's timeout does the rest.
///
/// Longer than a session: a member that leaves in the middle of a rebalance is heard only when the
/// rebalance ends, and that may wait until somebody who is gone is missed. One that gave up before
/// could be given partitions, or the lead, and would have to be missed as well.
const LEAVING: Duration = Duration::from_secs(8);

pub(super) struct Member {
    kafka: Kafka,
    group: &'static str,
    pub(super) consumer: Arc<Consumer>,
    subscribed: bool,
    /// Handed out and not committed: handed out again, unless another member has them by then.
    pending: Vec<Received>,
    /// Came in while others were pending.
    waiting: VecDeque<Received>,
    paused: bool,
}

impl Member {
    pub(super) fn new(kafka: Kafka, group: &'static str) -> anyhow::Result<Self> {
        let name = kafka.0.args.group(group);
        let config = talkative(kafka.0.args.consumer(&name));
        let (client, renewal) = (Voice::default(), Renewal::default());
        let voice = MemberVoice { group: name, client, renewal };
        let consumer = config.create_with_context(voice);
        let consumer = consumer.map_err(|error| kafka.0.args.unusable(&error))?;
        let consumer = Arc::new(consumer);
        kafka.0.introduce(group, &consumer);
        let (pending, waiting) = (Vec::new(), VecDeque::new());
        Ok(Self { kafka, group, consumer, subscribed: false, pending, waiting, paused: false })
    }

    async fn next_batch(&mut self, max: usize) -> anyhow::Result<Vec<Received>> {
        if self.consumer.context().client.stranded.is_so() {
            self.replace()?;
            anyhow::bail!("Kafka says that it has no brokers");
        }
        self.subscribe().await?;
        if self.consumer.context().renewal.is_due() {
            self.begin_again().await?;
        }
        if !self.pending.is_empty() {
            self.hold_back()?;
            return Ok(self.pending.clone());
        }
        if self.waiting.is_empty() {
            let received = self.receive(max).await?;
            self.waiting.extend(received);
        }
        let count = batch::fits(&self.waiting, max);
        self.pending = self.waiting.drain(..count).collect();
        Ok(self.pending.clone())
    }

    /// Another client takes the place of this one. What was not committed comes again.
    fn replace(&mut self) -> anyhow::Result<()> {
        let new = Self::new(self.kafka.clone(), self.group)?;
        let old = std::mem::replace(self, new);
        // Dropping it waits for its threads.
        std::thread::spawn(move || drop(old));
        Ok(())
    }

    /// Joins the group once the topic is there: a subscription to nothing is slow to wake up.
    async fn subscribe(&mut self) -> anyhow::Result<()> {
        let kafka = &self.kafka.0;
        kafka.topics.ensure(&kafka.producer()?).await?;
        if !self.subscribed {
            self.consumer.subscribe(&[&kafka.args.kafka_topic.0])?;
            self.subscribed = true;
        }
        Ok(())
    }

    /// Waits for a record, and takes those that are there already.
    async fn receive(&self, max: usize) -> anyhow::Result<Vec<Received>> {
        let mut stream = self.consumer.stream();
        let (mut received, mut bytes) = (Vec::new(), 0);
        let mut next = tokio::select! {
            next = stream.next() => next,
            () = self.consumer.context().renewal.happens() => None,
            () = self.consumer.context().client.stranded.happens() => None,
        };
        let mut trouble = None;
        while let Some(message) = next {
            match message {
                Ok(message) => {
                    let message = read(&message);
                    bytes += message.record.size();
                    received.push(message);
                }
                // While no broker is there this comes again and again: all that came is one.
                Err(error) => trouble = Some(error),
            }
            if received.len() == max || bytes >= BATCH_BYTES {
                break;
            }
            next = stream.next().now_or_never().flatten();
        }
        match trouble {
            Some(error) if received.is_empty() => Err(self.explain(error)),
            _ => Ok(received),
        }
    }

    /// The topic is another one: it is read from its beginning. What was handled of it comes again,
    /// and the inbox knows it.
    async fn begin_again(&mut self) -> anyhow::Result<()> {
        let consumer = self.consumer.clone();
        let seek = move || {
            for it in consumer.assignment()?.elements() {
                consumer.seek(it.topic(), it.partition(), Offset::Beginning, PATIENCE)?;
            }
            KafkaResult::Ok(())
        };
        tokio::task::spawn_blocking(seek).await?.context("Kafka does not go back")?;
        self.pending.clear();
        self.waiting.clear();
        self.go_on()?;
        self.consumer.context().renewal.is_done();
        tracing::warn!(
            group = self.group,
            "the topic was made anew: it is read from its beginning"
        );
        Ok(())
    }

    fn explain(&self, error: KafkaError) -> anyhow::Error {
        self.kafka.0.topics.doubt();
        anyhow::Error::new(error).context("Kafka has nothing to read")
    }

    /// What was handed out could not be handled yet. Until it is, no more is fetched, but the
    /// group hears that this member is alive; and what another member has taken over is dropped.
    fn hold_back(&mut self) -> anyhow::Result<()> {
        let mine = self.consumer.assignment()?;
        if !self.paused {
            self.consumer.pause(&mine)?;
            self.paused = true;
        }
        while let Some(Some(Ok(message))) = self.consumer.stream().next().now_or_never() {
            self.waiting.push_back(read(&message));
        }
        let topic = &self.kafka.0.args.kafka_topic.0;
        let is_mine = |it: &Received| mine.find_partition(topic, it.partition).is_some();
        self.pending.retain(is_mine);
        self.waiting.retain(is_mine);
        if self.pending.is_empty() {
            self.go_on()?;
        }
        Ok(())
    }

    fn go_on(&mut self) -> anyhow::Result<()> {
        if std::mem::take(&mut self.paused) {
            self.consumer.resume(&self.consumer.assignment()?)?;
        }
        Ok(())
    }

    /// Stores how far each partition has been handled; librdkafka commits that every second, and
    /// before a partition goes to another member.
    fn store_offsets(&mut self, handled: &[Received]) -> anyhow::Result<()> {
        let mut last: BTreeMap<i32, i64> = BTreeMap::new();
        for Received { partition, offset, .. } in handled {
            let known = last.entry(*partition).or_insert(*offset);
            *known = (*known).max(*offset);
        }
        let topic = &self.kafka.0.args.kafka_topic.0;
        for (partition, offset) in last {
            if let Err(error) = self.consumer.store_offset(topic, partition, offset) {
                tracing::debug!(partition, %error, "the partition is another member's now");
            }
        }
        self.pending.clear();
        self.go_on()
    }

    /// A copy for people who look into the topic of the dead letters: the table is what counts. It
    /// is as small as any topic takes; one that is refused all the same comes without its body, and
    /// if that is refused, not at all.
    async fn bury(&self, received: &Received, reason: &str) -> anyhow::Result<()> {
        let topic = self.kafka.0.args.dead_letter_topic();
        let mut copy = dead_letter::copy(received, reason, self.group, &self.kafka.0.args);
        let sent = self.kafka.send(&topic, std::slice::from_ref(&copy)).await;
        let Err(error) = sent else { return Ok(()) };
        if !dead_letter::is_refused(&error) {
            return Err(error);
        }
        copy.payload.clear();
        match self.kafka.send(&topic, std::slice::from_ref(&copy)).await {
            Err(error) if dead_letter::is_refused(&error) => {
                tracing::warn!(error = format!("{error:#}"), "no copy of a dead letter in {topic}");
                Ok(())
            }
            sent => sent,
        }
    }
}

impl Subscription for Member {
    fn next(&mut self, max: usize) -> BoxFuture<'_, anyhow::Result<Vec<Received>>> {
        Box::pin(self.next_batch(max))
    }

    fn commit<'a>(&'a mut self, handled: &'a [Received]) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async { self.store_offsets(handled) })
    }

    fn bury<'a>(
        &'a self,
        received: &'a Received,
        reason: &'a str,
    ) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(self.bury(received, reason))
    }

    /// Dropping a consumer commits what is stored, and waits until it has left: on a thread of
    /// its own, which the end of the process need not wait for.
    fn leave(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<()>> {
        let (left, told) = oneshot::channel();
        std::thread::spawn(move || {
            drop(self);
            let _ = left.send(());
        });
        Box::pin(async move {
            let _ = tokio::time::timeout(LEAVING, told).await;
            Ok(())
        })
    }
}

fn read(message: &BorrowedMessage<'_>) -> Received {
    let (headers, unreadable) = headers::read(message);
    let record = Record {
        key: message.key().map(|key| String::from_utf8_lossy(key).into_owned()).unwrap_or_default(),
        headers,
        timestamp: message.timestamp().to_millis().unwrap_or_default(),
        payload: message.payload().unwrap_or_default().to_vec(),
    };
    let (partition, offset) = (message.partition(), message.offset());
    Received { partition, offset, record: Arc::new(record), unreadable }
}
