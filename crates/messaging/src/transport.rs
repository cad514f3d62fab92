//! What a transport must do. Kafka's model, so that both Kafka and the SQL log fit it.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;

use crate::retention::Step;

/// A message: what a producer hands over and a consumer gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Records of one key share a partition, and so keep their order. Those without one (empty)
    /// go to all partitions in turn.
    pub key: String,
    /// `type`, `contentType`, `eventId` and whatever else travels beside the body.
    pub headers: Vec<(String, String)>,
    /// When it happened, in milliseconds since 1970.
    pub timestamp: i64,
    pub payload: Vec<u8>,
}

impl Record {
    /// The value of the header called `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A record and where it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub partition: i32,
    pub offset: i64,
    pub record: Arc<Record>,
    /// Why the client could not read all of it, if so. It is no event then, even if its body reads as one.
    pub unreadable: Option<&'static str>,
}

/// What a partition holds: positions from the first one to before the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub partition: i32,
    /// The oldest record that can still be read; `next` if there is none.
    pub first: i64,
    /// Where the next record will be.
    pub next: i64,
}

/// What a log holds, for those who have to know what can still be delivered from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// Until when all that publish have settled their outboxes, in milliseconds since 1970; 0 if
    /// one never has, `None` if this log does not know. It was read before the partitions.
    pub settled_at: Option<i64>,
    pub partitions: Vec<Span>,
}

/// A log of partitions that many may write to and read from.
pub trait Transport: Send + Sync + 'static {
    /// What this is and where, for people.
    fn describe(&self) -> String;

    /// Appends these records, in order; once this answers, they are durable.
    ///
    /// On an error any of them may have been written: the caller sends all of them again.
    fn publish<'a>(&'a self, records: &'a [Record]) -> BoxFuture<'a, anyhow::Result<()>>;

    /// Joins the consumer group, which shares the partitions out among its members.
    fn subscribe<'a>(
        &'a self,
        group: &'static str,
    ) -> BoxFuture<'a, anyhow::Result<Box<dyn Subscription>>>;

    /// Whether it answers at all; says so, or why not, in less than a second.
    fn reach(&self) -> BoxFuture<'_, anyhow::Result<()>>;

    /// How many records the group has yet to handle.
    fn lag<'a>(&'a self, group: &'static str) -> BoxFuture<'a, anyhow::Result<i64>>;

    /// What it holds now.
    fn extent(&self) -> BoxFuture<'_, anyhow::Result<Extent>>;

    /// Records that what this producer published before this time (milliseconds since 1970, by the
    /// database's clock) is in its outbox no more. A log that is not ours need not know.
    fn settle<'a>(&'a self, _producer: &'a str, _at: i64) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Removes a batch of records that are older than this and that every group has handled. A log
    /// that is not ours sees to that itself.
    fn remove_handled(&self, _retention: Duration) -> BoxFuture<'_, anyhow::Result<Step>> {
        Box::pin(std::future::ready(Ok(Step::default())))
    }
}

/// One member of a consumer group.
pub trait Subscription: Send + Sync {
    /// Waits for records of the partitions that are this member's now: at most `max`, and no more
    /// once they have half a MiB, in order within each partition. May answer with none, for instance after a rebalance.
    fn next(&mut self, max: usize) -> BoxFuture<'_, anyhow::Result<Vec<Received>>>;

    /// Tells that these records have been handled for good. After a rebalance a commit for a
    /// partition that went to another member is ignored; the inbox absorbs the redelivery.
    fn commit<'a>(&'a mut self, handled: &'a [Received]) -> BoxFuture<'a, anyhow::Result<()>>;

    /// Keeps a copy of what could not be handled where the transport keeps such things, as it was
    /// and with the reason. It may be kept twice.
    fn bury<'a>(
        &'a self,
        received: &'a Received,
        reason: &'a str,
    ) -> BoxFuture<'a, anyhow::Result<()>>;

    /// Leaves the group at once, so that others need not wait until this member is missed.
    fn leave(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<()>>;
}
