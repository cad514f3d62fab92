//! Reacting: each fact is handled once per consumer, in one transaction with its effects.

use std::{collections::HashSet, sync::Arc, time::Duration};

use backon::{ExponentialBuilder, Retryable as _};
use events::{Envelope, Event};
use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use storage::{Dialect, Kind, given, json, json_rows};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    Blockage, Guard, MessagingArgs, Outbox, Received, Subscription, Transaction, dead_letters,
    pace::Pace, record,
};

/// How many facts are handled in one transaction at most.
const BATCH: usize = 256;
/// How long to wait before asking a transport or a database again that failed.
const BACKOFF: Duration = Duration::from_millis(500);

/// What a service does when it hears facts.
pub trait Policy: Send + Sync + 'static {
    /// The consumer group.
    const GROUP: &'static str;
    /// Whether it recognises by itself what it has handled; no inbox is kept for it then.
    fn is_idempotent(&self) -> bool {
        false
    }

    /// Whether it reacts to such a fact at all. What it does not want costs no transaction.
    fn wants(&self, _event: &Event) -> bool {
        true
    }

    /// Reacts to one fact that it wants inside `tx`. An error undoes everything; the fact is offered again, and
    /// set aside when that keeps failing.
    fn react(
        &self,
        fact: &Envelope,
        tx: &mut Transaction,
    ) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Reacts to several facts, in their order, inside `tx`. Worth writing where many facts can
    /// share a statement.
    fn react_all(
        &self,
        facts: &[Envelope],
        tx: &mut Transaction,
    ) -> impl Future<Output = anyhow::Result<()>> + Send {
        async move {
            for fact in facts {
                self.react(fact, tx).await?;
            }
            Ok(())
        }
    }

    /// Called after the effects of some facts are durable.
    fn committed(&self) {}
}

/// Feeds facts from a transport to a [`Policy`].
pub struct Reactor<P> {
    policy: Arc<P>,
    outbox: Outbox,
    subscription: Box<dyn Subscription>,
    attempts: u32,
    backoff: Duration,
    /// Whether what was handled is remembered, and not handled again.
    once: bool,
    /// Whether what cannot be handled is set aside.
    parks: bool,
    blockage: Blockage,
}

impl<P: Policy> Reactor<P> {
    pub fn new(
        policy: Arc<P>,
        outbox: Outbox,
        subscription: Box<dyn Subscription>,
        args: &MessagingArgs,
    ) -> Self {
        let (attempts, backoff) = (args.reaction_attempts, args.reaction_backoff.into());
        let once = args.guards.has(Guard::Idempotency) && !policy.is_idempotent();
        let parks = args.guards.has(Guard::Dlq);
        let blockage = Blockage::default();
        Self { policy, outbox, subscription, attempts, backoff, once, parks, blockage }
    }

    /// Which fact holds up those behind it, from now on.
    pub fn blockage(&self) -> Blockage {
        self.blockage.clone()
    }

    /// Runs until `drain` is cancelled; facts that are half handled are finished first.
    pub async fn run(mut self, drain: CancellationToken) -> anyhow::Result<()> {
        let (mut failing, mut pace) = (false, Pace::new());
        loop {
            let received = tokio::select! {
                () = drain.cancelled() => break,
                received = self.subscription.next(BATCH) => received,
            };
            let count = received.as_ref().map_or(0, Vec::len);
            let outcome = match received {
                Ok(batch) => self.settle(&batch).await,
                Err(error) => Err(error),
            };
            if let Err(error) = outcome {
                if !failing {
                    tracing::warn!(error = format!("{error:#}"), group = P::GROUP, "facts wait");
                }
                failing = true;
                tokio::select! {
                    () = drain.cancelled() => break,
                    () = tokio::time::sleep(BACKOFF) => {}
                }
            } else {
                failing = false;
                // After a full batch more is there already.
                if count < BATCH {
                    pace.after(count).await;
                }
            }
        }
        self.subscription.leave().await
    }

    /// Waits for the next facts, at most `max`, and handles them; says how many there were.
    pub async fn step(&mut self, max: usize) -> anyhow::Result<usize> {
        let batch = self.subscription.next(max).await?;
        self.settle(&batch).await?;
        Ok(batch.len())
    }

    /// Handles these records, then tells the transport so. In this order: a crash between the two
    /// brings them again, and the inbox recognises them.
    async fn settle(&mut self, batch: &[Received]) -> anyhow::Result<()> {
        if batch.is_empty() {
            // What was not handled is another member's now.
            self.blockage.over();
            return Ok(());
        }
        let (returned, news): (Vec<&Received>, Vec<&Received>) =
            batch.iter().partition(|it| dead_letter_group(it).is_some());
        if let Err(error) = self.handle(&news).await {
            tracing::debug!(error = format!("{error:#}"), "facts are handled one by one");
            for received in news {
                let outcome = self.handle_or_park(received).await;
                outcome.map_err(|error| self.blockage.by(received, error))?;
            }
        }
        self.blockage.over();
        for letter in returned {
            self.readmit(letter).await?;
        }
        self.policy.committed();
        self.subscription.commit(batch).await
    }

    async fn handle(&self, batch: &[&Received]) -> anyhow::Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut wanted = Vec::with_capacity(batch.len());
        for received in batch {
            let fact = record::fact(&received.record)?;
            if self.policy.wants(&fact.event) {
                wanted.push((fact, &*received.record));
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let mut tx = self.outbox.begin_many().await?;
        tx.continue_traces(wanted.iter().map(|(fact, record)| (fact, *record)));
        let facts = wanted.into_iter().map(|(fact, _)| fact).collect();
        let fresh = if self.once { first_time(facts, &mut tx).await? } else { facts };
        if !fresh.is_empty() {
            self.policy.react_all(&fresh, &mut tx).await?;
        }
        Ok(tx.commit().await?)
    }

    /// A dead letter came back. It is ours to try again or another group's; if it fails again it
    /// stays a dead letter.
    async fn readmit(&self, received: &Received) -> anyhow::Result<()> {
        if dead_letter_group(received) != Some(P::GROUP) {
            return Ok(());
        }
        let id = record::event_id(&received.record).to_string();
        match dead_letters::readmit(&*self.policy, &self.outbox, &id).await {
            Err(error) if is_outage(&error) => Err(error),
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), id, "it stays a dead letter");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Tries a few times, then sets the fact aside so that the next ones can be handled. While the
    /// database itself cannot be used, the fact waits: that is not its fault. Without the guard it
    /// waits whatever the fault is, and those behind it.
    async fn handle_or_park(&self, received: &Received) -> anyhow::Result<()> {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.backoff)
            .with_max_times(self.attempts.saturating_sub(1) as usize)
            .with_jitter();
        let alone = [received];
        let attempt = || self.handle(&alone);
        let hopeful = |error: &anyhow::Error| !is_unreadable(error);
        match attempt.retry(backoff).when(hopeful).await {
            Ok(()) => Ok(()),
            Err(error) if is_outage(&error) || !self.parks => Err(error),
            Err(error) => {
                let tries = if is_unreadable(&error) { 1 } else { self.attempts };
                self.subscription.bury(received, &format!("{error:#}")).await?;
                dead_letters::park(received, &error, tries, &self.outbox).await
            }
        }
    }
}

/// By which group this could not be handled, if it is a dead letter that came back.
fn dead_letter_group(received: &Received) -> Option<&str> {
    received.record.header(record::DEAD_LETTER_GROUP)
}

fn is_unreadable(error: &anyhow::Error) -> bool {
    error.downcast_ref::<serde_json::Error>().is_some()
}

/// Whether the database is away, rather than unhappy with this fact.
fn is_outage(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref()).any(storage::is_outage)
}

/// Remembers these facts as handled, and gives back those that had not been.
///
/// Which those are is the insert's own answer: another replica may handle the same facts at this
/// moment, after a rebalance, and then the insert waits until that has been committed or undone.
async fn first_time(facts: Vec<Envelope>, tx: &mut Transaction) -> sqlx::Result<Vec<Envelope>> {
    let mut unique = HashSet::new();
    let facts: Vec<Envelope> = facts.into_iter().filter(|fact| unique.insert(fact.id)).collect();
    let fresh: HashSet<Uuid> = match tx.dialect() {
        Dialect::Sqlite => insert_unknown(&facts, tx).await?,
        Dialect::Postgres => insert_and_tell(&facts, tx).await?,
    };
    Ok(facts.into_iter().filter(|fact| fresh.contains(&fact.id)).collect())
}

const INBOX: &[(&str, Kind)] = &[("event_id", Kind::Text), ("handled_at", Kind::Integer)];

fn insert_into_inbox(dialect: Dialect) -> String {
    // `WHERE true` keeps SQLite from reading ON as the beginning of a join. In order, so that two
    // who insert the same facts do not wait for each other in a circle.
    format!(
        "INSERT INTO inbox (event_id, handled_at) SELECT event_id, handled_at FROM {} WHERE true \
         ORDER BY event_id ON CONFLICT DO NOTHING",
        given(dialect, INBOX)
    )
}

fn inbox_rows(facts: &[Envelope]) -> sqlx::Result<String> {
    let now = Timestamp::now().as_millisecond();
    let rows: Vec<_> = facts.iter().map(|fact| (fact.id, now)).collect();
    json(&rows)
}

/// SQLite's transactions are alone, so it can look first; rows that an insert returns would cost
/// a trip through the driver each.
async fn insert_unknown(facts: &[Envelope], tx: &mut Transaction) -> sqlx::Result<HashSet<Uuid>> {
    let dialect = tx.dialect();
    let known =
        format!("inbox WHERE event_id IN (SELECT event_id FROM {})", given(dialect, &INBOX[..1]));
    let rows = inbox_rows(facts)?;
    let known: Vec<[Uuid; 1]> =
        json_rows(dialect, "event_id", &known, tx, |query| query.bind(rows.clone())).await?;
    let insert = AssertSqlSafe(insert_into_inbox(dialect));
    sqlx::query(insert).bind(rows).execute(&mut **tx).await?;
    let known: HashSet<Uuid> = known.into_iter().map(|[id]| id).collect();
    Ok(facts.iter().map(|fact| fact.id).filter(|id| !known.contains(id)).collect())
}

async fn insert_and_tell(facts: &[Envelope], tx: &mut Transaction) -> sqlx::Result<HashSet<Uuid>> {
    let insert = insert_into_inbox(tx.dialect());
    let sql = format!(
        "WITH fresh AS ({insert} RETURNING event_id) \
         SELECT COALESCE(json_agg(event_id), '[]')::text FROM fresh"
    );
    let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(inbox_rows(facts)?);
    let fresh: String = query.fetch_one(&mut **tx).await?;
    serde_json::from_str(&fresh).map_err(|error| sqlx::Error::Decode(error.into()))
}
