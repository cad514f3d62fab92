//! Events that nothing keeps in their order.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;

use crate::{Record, Subscription, Transport, retention::Step, transport::Extent};

/// A transport whose records have no key, so that those of one order share no partition.
pub struct Unordered(pub Arc<dyn Transport>);

impl Transport for Unordered {
    fn describe(&self) -> String {
        self.0.describe()
    }

    fn publish<'a>(&'a self, records: &'a [Record]) -> BoxFuture<'a, anyhow::Result<()>> {
        let keyless = |record: &Record| Record { key: String::new(), ..record.clone() };
        Box::pin(async move {
            let records: Vec<Record> = records.iter().map(keyless).collect();
            self.0.publish(&records).await
        })
    }

    fn subscribe<'a>(
        &'a self,
        group: &'static str,
    ) -> BoxFuture<'a, anyhow::Result<Box<dyn Subscription>>> {
        self.0.subscribe(group)
    }

    fn reach(&self) -> BoxFuture<'_, anyhow::Result<()>> {
        self.0.reach()
    }

    fn lag<'a>(&'a self, group: &'static str) -> BoxFuture<'a, anyhow::Result<i64>> {
        self.0.lag(group)
    }

    fn extent(&self) -> BoxFuture<'_, anyhow::Result<Extent>> {
        self.0.extent()
    }

    fn settle<'a>(&'a self, producer: &'a str, at: i64) -> BoxFuture<'a, anyhow::Result<()>> {
        self.0.settle(producer, at)
    }

    fn remove_handled(&self, retention: Duration) -> BoxFuture<'_, anyhow::Result<Step>> {
        self.0.remove_handled(retention)
    }
}

/// Whose turn it is to take a record without a key: the partitions in a circle, from the last to
/// the first. Who has several to read begins with the first, and so with what came later.
#[derive(Default)]
pub(crate) struct Turns(AtomicU32);

impl Turns {
    /// The next of so many partitions.
    pub(crate) fn next(&self, partitions: u32) -> u32 {
        let partitions = partitions.max(1);
        partitions - 1 - self.0.fetch_add(1, Ordering::Relaxed) % partitions
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;

    #[test]
    fn every_partition_has_its_turn() {
        let turns = Turns::default();
        let taken: Vec<u32> = (0..5).map(|_| turns.next(3)).collect();
        assert_eq!(taken, [2, 1, 0, 2, 1]);
    }
}
