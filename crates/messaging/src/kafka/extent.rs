//! What the topic holds.

use rdkafka::{metadata::MetadataTopic, producer::Producer as _};

use super::{PATIENCE, Producer};
use crate::transport::{Extent, Span};

/// Asks the brokers where each partition begins and ends. It blocks.
///
/// Until when services have settled their outboxes is not known to a topic.
pub(super) fn extent(producer: &Producer, topic: &str) -> anyhow::Result<Extent> {
    let client = producer.client();
    let metadata = client.fetch_metadata(Some(topic), PATIENCE)?;
    let mut partitions = Vec::new();
    for partition in metadata.topics().iter().flat_map(MetadataTopic::partitions) {
        let partition = partition.id();
        let (first, next) = client.fetch_watermarks(topic, partition, PATIENCE)?;
        partitions.push(Span { partition, first, next });
    }
    Ok(Extent { settled_at: None, partitions })
}
