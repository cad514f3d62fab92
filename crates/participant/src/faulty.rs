//! Messaging that is bad on demand: around any transport and any policy.

use std::{io, sync::Arc, time::Duration};

use anyhow::bail;
use events::{Envelope, Event};
use faults::{Fault, Faults, Hit, Value};
use futures::future::BoxFuture;
use messaging::{
    Policy, Received, Record, Subscription, Transaction, Transport, retention::Step,
    transport::Extent,
};
use storage::Obstacle;
use tokio::time::timeout;

/// A transport that faults hit.
pub(crate) struct FaultyTransport {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) faults: Faults,
}

impl Transport for FaultyTransport {
    fn describe(&self) -> String {
        self.transport.describe()
    }

    fn publish<'a>(&'a self, records: &'a [Record]) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async move {
            if self.faults.on(Fault::OutboxStall).is_some() {
                bail!("the fault `outbox-stall` is in force");
            }
            let twice = |_: &&Record| self.faults.strike(Fault::KafkaDuplicate).is_some();
            let again: Vec<Record> = records.iter().filter(twice).cloned().collect();
            self.transport.publish(records).await?;
            if again.is_empty() { Ok(()) } else { self.transport.publish(&again).await }
        })
    }

    fn subscribe<'a>(
        &'a self,
        group: &'static str,
    ) -> BoxFuture<'a, anyhow::Result<Box<dyn Subscription>>> {
        Box::pin(async move {
            let subscription = self.transport.subscribe(group).await?;
            let faults = self.faults.clone();
            Ok(Box::new(FaultySubscription { subscription, faults }) as Box<dyn Subscription>)
        })
    }

    fn reach(&self) -> BoxFuture<'_, anyhow::Result<()>> {
        self.transport.reach()
    }

    fn lag<'a>(&'a self, group: &'static str) -> BoxFuture<'a, anyhow::Result<i64>> {
        self.transport.lag(group)
    }

    fn extent(&self) -> BoxFuture<'_, anyhow::Result<Extent>> {
        self.transport.extent()
    }

    fn settle<'a>(&'a self, producer: &'a str, at: i64) -> BoxFuture<'a, anyhow::Result<()>> {
        self.transport.settle(producer, at)
    }

    fn remove_handled(&self, retention: Duration) -> BoxFuture<'_, anyhow::Result<Step>> {
        self.transport.remove_handled(retention)
    }
}

struct FaultySubscription {
    subscription: Box<dyn Subscription>,
    faults: Faults,
}

impl Subscription for FaultySubscription {
    fn next(&mut self, max: usize) -> BoxFuture<'_, anyhow::Result<Vec<Received>>> {
        Box::pin(async move {
            self.faults.while_on(Fault::KafkaPause).await;
            let batch = self.subscription.next(max).await?;
            // What came while nobody was to read waits, too.
            self.faults.while_on(Fault::KafkaPause).await;
            if !batch.is_empty()
                && let Some(Hit { value: Value::Delay(delay), draw }) =
                    self.faults.strike(Fault::KafkaSlow)
            {
                tokio::time::sleep(delay.at(draw)).await;
            }
            Ok(batch)
        })
    }

    fn commit<'a>(&'a mut self, handled: &'a [Received]) -> BoxFuture<'a, anyhow::Result<()>> {
        self.subscription.commit(handled)
    }

    fn bury<'a>(
        &'a self,
        received: &'a Received,
        reason: &'a str,
    ) -> BoxFuture<'a, anyhow::Result<()>> {
        self.subscription.bury(received, reason)
    }

    fn leave(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<()>> {
        self.subscription.leave()
    }
}

/// A database that faults hit.
pub(crate) struct FaultyDatabase(pub(crate) Faults);

/// As long as a pool is waited for.
const POOL_WAIT: Duration = Duration::from_secs(3);

impl Obstacle for FaultyDatabase {
    fn before_use(&self) -> Option<BoxFuture<'static, sqlx::Result<()>>> {
        self.0.any().then(|| {
            let faults = self.0.clone();
            Box::pin(async move { before_use(&faults).await }) as BoxFuture<'static, _>
        })
    }
}

async fn before_use(faults: &Faults) -> sqlx::Result<()> {
    if faults.strike(Fault::DbDown).is_some() {
        let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "the fault `db-down`");
        return Err(sqlx::Error::Io(refused));
    }
    let pool_is_back = timeout(POOL_WAIT, faults.while_on(Fault::DbPool)).await;
    pool_is_back.map_err(|_| sqlx::Error::PoolTimedOut)?;
    if let Some(Hit { value: Value::Delay(delay), draw }) = faults.strike(Fault::DbSlow) {
        tokio::time::sleep(delay.at(draw)).await;
    }
    Ok(())
}

/// A policy whose reactions fail on demand.
pub(crate) struct FaultyPolicy<P> {
    pub(crate) policy: P,
    pub(crate) faults: Faults,
}

impl<P: Policy> Policy for FaultyPolicy<P> {
    const GROUP: &'static str = P::GROUP;

    fn is_idempotent(&self) -> bool {
        self.policy.is_idempotent()
    }

    fn wants(&self, event: &Event) -> bool {
        self.policy.wants(event)
    }

    async fn react(&self, fact: &Envelope, tx: &mut Transaction) -> anyhow::Result<()> {
        self.poison(1)?;
        self.policy.react(fact, tx).await
    }

    async fn react_all(&self, facts: &[Envelope], tx: &mut Transaction) -> anyhow::Result<()> {
        self.poison(facts.len())?;
        self.policy.react_all(facts, tx).await
    }

    fn committed(&self) {
        self.policy.committed();
    }
}

impl<P> FaultyPolicy<P> {
    fn poison(&self, facts: usize) -> anyhow::Result<()> {
        let hit = (0..facts).any(|_| self.faults.strike(Fault::KafkaPoison).is_some());
        if hit {
            bail!("the fault `kafka-poison` is in force");
        }
        Ok(())
    }
}
