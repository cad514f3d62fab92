//! How far a consumer group is behind.

use rdkafka::{
    Offset, TopicPartitionList, consumer::Consumer as _, metadata::MetadataTopic,
    producer::Producer as _,
};

use super::{PATIENCE, Producer, consumer::Consumer};

/// How many records of the topic this member's group has not committed, in all partitions.
///
/// Where the partitions end is asked by another client: a broker answers what comes over one
/// connection in turn, and a consumer's waits most of the time for news.
pub(super) fn lag(member: &Consumer, other: &Producer, topic: &str) -> anyhow::Result<i64> {
    let other = other.client();
    let metadata = other.fetch_metadata(Some(topic), PATIENCE)?;
    let mut wanted = TopicPartitionList::new();
    for partition in metadata.topics().iter().flat_map(MetadataTopic::partitions) {
        wanted.add_partition(topic, partition.id());
    }
    let mut lag = 0;
    for committed in member.committed_offsets(wanted, PATIENCE)?.elements() {
        let (low, high) = other.fetch_watermarks(topic, committed.partition(), PATIENCE)?;
        let position = match committed.offset() {
            Offset::Offset(position) => position.max(low),
            _ => low,
        };
        lag += (high - position).max(0);
    }
    Ok(lag)
}
