//! A transport that faults hit.

use std::{sync::Arc, time::Duration};

use anyhow::bail;
use futures::future::BoxFuture;
use messaging::{Received, Record, Subscription, Transport, retention::Step, transport::Extent};

use crate::{
    dose::Value,
    faults::{Fault, Faults, Hit},
};

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
