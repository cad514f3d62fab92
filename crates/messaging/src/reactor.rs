//! Reacting: each fact is handled once per consumer, in one transaction with its effects.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use backon::{ExponentialBuilder, Retryable as _};
use events::{Envelope, Event};
use futures::FutureExt as _;
use tokio_util::sync::CancellationToken;

use crate::{
    Blockage, MessagingArgs, Outbox, Received, Subscription, Transaction,
    caught::{self, Hopeless},
    dead_letters, inbox, kept,
    pace::Pace,
    record,
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
        let (once, parks) = (!policy.is_idempotent(), true);
        let blockage = Blockage::default();
        Self { policy, outbox, subscription, attempts, backoff, once, parks, blockage }
    }

    /// The same without an inbox: an event that comes twice is handled twice.
    #[must_use]
    pub fn without_inbox(self) -> Self {
        Self { once: false, ..self }
    }

    /// The same without dead letters: what cannot be handled is tried again for ever, and holds up the rest.
    #[must_use]
    pub fn without_dead_letters(self) -> Self {
        Self { parks: false, ..self }
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
                    tracing::warn!(error = kept::reason(&error), group = P::GROUP, "facts wait");
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
        let (returned, mut news): (Vec<&Received>, Vec<&Received>) =
            batch.iter().partition(|it| dead_letter_group(it).is_some());
        let mut outcome = self.handle(&news).await;
        if self.parks && outcome.as_ref().is_err_and(caught::is_hopeless) {
            self.set_unreadable_aside(&mut news).await?;
            outcome = self.handle(&news).await;
        }
        if let Err(error) = outcome {
            tracing::debug!(error = kept::reason(&error), "facts are handled one by one");
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

    /// Takes what is no event out of the batch, so that the others are handled together all the same.
    async fn set_unreadable_aside(&self, news: &mut Vec<&Received>) -> anyhow::Result<()> {
        let mut unreadable = Vec::new();
        news.retain(|received| match record::fact(received) {
            Ok(_) => true,
            Err(error) => {
                unreadable.push((*received, error));
                false
            }
        });
        for (received, error) in unreadable {
            let outcome = self.park(received, &error, 1).await;
            outcome.map_err(|error| self.blockage.by(received, error))?;
        }
        Ok(())
    }

    /// Handles these records in one transaction. A panic is an error like any other: it is the
    /// record's, and not the process's.
    async fn handle(&self, batch: &[&Received]) -> anyhow::Result<()> {
        match AssertUnwindSafe(self.handle_all(batch)).catch_unwind().await {
            Ok(outcome) => outcome,
            Err(panic) => Err(Hopeless::panicked("handling it", &*panic).into()),
        }
    }

    async fn handle_all(&self, batch: &[&Received]) -> anyhow::Result<()> {
        let mut wanted = Vec::with_capacity(batch.len());
        for received in batch {
            let fact = record::fact(received)?;
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
        let fresh = if self.once { inbox::first_time(facts, &mut tx).await? } else { facts };
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
                tracing::warn!(error = kept::reason(&error), id, "it stays a dead letter");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Tries a few times, then sets the fact aside so that the next ones can be handled. While the
    /// database itself cannot be used, the fact waits: that is not its fault. Without the guard it
    /// waits whatever the fault is, and those behind it. What can never work is tried once.
    async fn handle_or_park(&self, received: &Received) -> anyhow::Result<()> {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.backoff)
            .with_max_times(self.attempts.saturating_sub(1) as usize)
            .with_jitter();
        let alone = [received];
        let attempt = || self.handle(&alone);
        let hopeful = |error: &anyhow::Error| !caught::is_hopeless(error) && !is_outage(error);
        match attempt.retry(backoff).when(hopeful).await {
            Ok(()) => Ok(()),
            Err(error) if is_outage(&error) || !self.parks => Err(error),
            Err(error) => {
                let tries = if caught::is_hopeless(&error) { 1 } else { self.attempts };
                self.park(received, &error, tries).await
            }
        }
    }

    async fn park(
        &self,
        received: &Received,
        error: &anyhow::Error,
        tries: u32,
    ) -> anyhow::Result<()> {
        self.subscription.bury(received, &kept::reason(error)).await?;
        dead_letters::park(received, error, tries, &self.outbox).await
    }
}

/// By which group this could not be handled, if it is a dead letter that came back.
fn dead_letter_group(received: &Received) -> Option<&str> {
    received.record.header(record::DEAD_LETTER_GROUP)
}

/// Whether it is the database that cannot be used, rather than this fact.
fn is_outage(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref()).any(storage::is_of_the_database)
}
