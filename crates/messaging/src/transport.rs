//! What a transport must do. Kafka's model, so that both Kafka and the SQL log fit it.

use std::sync::Arc;

use futures::future::BoxFuture;

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
    /// Why the client could not read all of it, if so. It is no event then, whatever its body says.
    pub unreadable: Option<&'static str>,
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
