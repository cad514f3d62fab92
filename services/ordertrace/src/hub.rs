//! One reader of the facts for all live feeds of this process.
//!
//! It keeps the last messages, each once however many feeds have yet to send it, up to a number of
//! bytes. Who needs older ones reads them from the database.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::body::Bytes;
use serde::Serialize;
use storage::Database;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    store::{self, Fact},
    trace::Trace,
};

/// How long it may take until an event that another replica consumed is noticed.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How many bytes of messages are kept for feeds that are a little behind.
const KEPT: usize = 2 * 1024 * 1024;
/// How many feeds that are further behind read from the database at once.
const READERS: usize = 4;

/// A fact as feeds send it.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: i64,
    order: i64,
    /// Shared by all who have yet to send it.
    pub(crate) text: Bytes,
}

/// What comes after a fact.
pub(crate) enum Next {
    Message(Message),
    /// Nothing yet, up to this fact.
    Later(i64),
    /// What is no longer kept, up to this fact.
    Gone(i64),
}

/// The latest messages, and who may follow them.
pub(crate) struct Hub {
    db: Database,
    heard: watch::Receiver<u64>,
    kept: Mutex<Kept>,
    /// Counts what changed in `kept`.
    changes: watch::Sender<u64>,
    seats: u32,
    free: Arc<Semaphore>,
    taken: Notify,
    readers: Semaphore,
}

/// Messages in their order, up to [`KEPT`] bytes.
#[derive(Default)]
struct Kept {
    messages: VecDeque<Message>,
    bytes: usize,
    /// The last fact before the first message.
    before: i64,
    /// The last fact that was read.
    last: i64,
    /// Whether anything is read: somebody follows.
    reading: bool,
}

impl Hub {
    /// `heard` counts what this process heard; so many feeds may follow.
    pub(crate) fn new(db: Database, heard: watch::Receiver<u64>, seats: u32) -> Self {
        let free = Arc::new(Semaphore::new(usize::try_from(seats).unwrap_or(usize::MAX >> 4)));
        let (kept, changes, taken) = (Mutex::default(), watch::Sender::new(0), Notify::new());
        Self { db, heard, kept, changes, seats, free, taken, readers: Semaphore::new(READERS) }
    }

    /// How many feeds there may be.
    pub(crate) fn seats(&self) -> u32 {
        self.seats
    }

    /// A place for one more feed, if there is one.
    pub(crate) fn seat(&self) -> Option<OwnedSemaphorePermit> {
        let seat = self.free.clone().try_acquire_owned().ok()?;
        self.taken.notify_one();
        Some(seat)
    }

    /// Changes whenever there may be more to read.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The fact that was heard last.
    pub(crate) async fn latest(&self) -> sqlx::Result<i64> {
        store::latest(&self.db).await
    }

    /// What comes after this fact, of all orders or of one.
    pub(crate) fn next(&self, after: i64, order: Option<i64>) -> Next {
        let kept = self.kept();
        if !kept.reading {
            return Next::Later(after);
        }
        if after < kept.before {
            return Next::Gone(kept.before);
        }
        let first = kept.messages.partition_point(|message| message.id <= after);
        let wanted = |it: &&Message| order.is_none_or(|order| order == it.order);
        let next = kept.messages.range(first..).find(wanted);
        next.cloned().map_or(Next::Later(kept.last), Next::Message)
    }

    /// Some of what was heard after one fact and up to another, of all orders or of one; none at the
    /// end.
    pub(crate) async fn read(
        &self,
        after: i64,
        until: i64,
        order: Option<i64>,
    ) -> sqlx::Result<Vec<Message>> {
        let _turn = self.readers.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let facts = store::heard(after, until, order, &self.db).await?;
        let orders: BTreeSet<i64> = facts.iter().map(|fact| fact.order_id).collect();
        let standing = store::standing(&orders, &self.db).await?;
        Ok(facts.iter().map(|fact| Message::of(fact, standing.get(&fact.order_id))).collect())
    }

    /// Reads what is heard while anybody follows, until `drain` is cancelled.
    pub(crate) async fn run(self: Arc<Self>, drain: CancellationToken) -> anyhow::Result<()> {
        drain.run_until_cancelled(self.follow()).await;
        Ok(())
    }

    async fn follow(&self) {
        let mut heard = self.heard.clone();
        loop {
            self.kept().stop();
            if self.is_empty() {
                self.taken.notified().await;
            }
            while !self.is_empty() {
                heard.mark_unchanged();
                match self.read_on().await {
                    Ok(0) => {
                        let _ = tokio::time::timeout(POLL_INTERVAL, heard.changed()).await;
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "the live feeds wait for the database");
                        tokio::time::sleep(POLL_INTERVAL).await;
                    }
                }
            }
        }
    }

    /// Reads some more; says how much.
    async fn read_on(&self) -> sqlx::Result<usize> {
        let last = { Some(self.kept()).filter(|kept| kept.reading).map(|kept| kept.last) };
        let Some(last) = last else {
            let latest = self.latest().await?;
            self.kept().start(latest);
            self.changed();
            return Ok(0);
        };
        let messages = self.read(last, i64::MAX, None).await?;
        let count = messages.len();
        if count > 0 {
            self.kept().add(messages);
            self.changed();
        }
        Ok(count)
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn is_empty(&self) -> bool {
        self.free.available_permits() == usize::try_from(self.seats).unwrap_or_default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn stop(&mut self) {
        *self = Self::default();
    }

    fn start(&mut self, latest: i64) {
        *self = Self { before: latest, last: latest, reading: true, ..Self::default() };
    }

    fn add(&mut self, messages: Vec<Message>) {
        for message in messages {
            self.bytes += message.text.len();
            self.last = message.id;
            self.messages.push_back(message);
        }
        while self.bytes > KEPT
            && let Some(oldest) = self.messages.pop_front()
        {
            self.bytes -= oldest.text.len();
            self.before = oldest.id;
        }
    }
}

/// What a feed says of a fact.
#[derive(Serialize)]
struct Said<'a> {
    #[serde(flatten)]
    fact: &'a Fact,
    trace: Option<&'a Trace>,
}

impl Message {
    fn of(fact: &Fact, trace: Option<&Trace>) -> Self {
        let said = serde_json::to_string(&Said { fact, trace }).unwrap_or_default();
        let text = format!("event: fact\nid: {}\ndata: {said}\n\n", fact.id);
        Self { id: fact.id, order: fact.order_id, text: text.into() }
    }
}
