//! The copy of a dead letter in its topic.

use jiff::Timestamp;
use rdkafka::{error::KafkaError, types::RDKafkaErrorCode};

use super::KafkaArgs;
use crate::{Received, Record, kept, record};

/// The record, as far as it is kept, and beside it by which group it could not be handled and why.
pub(super) fn copy(received: &Received, reason: &str, group: &str, args: &KafkaArgs) -> Record {
    let Received { partition, offset, record, .. } = received;
    let mut copy = kept::copy(record);
    let mut said = vec![
        (record::DEAD_LETTER_GROUP, group.to_owned()),
        ("x-original-topic", args.kafka_topic.0.clone()),
        ("x-original-partition", partition.to_string()),
        ("x-original-offset", offset.to_string()),
        ("x-original-timestamp", record.timestamp.to_string()),
        ("x-original-size", record.payload.len().to_string()),
        ("x-exception-message", reason.to_owned()),
    ];
    if record.header(record::EVENT_ID).is_none() {
        said.push((record::EVENT_ID, record::event_id(record).to_string()));
    }
    copy.headers.extend(said.into_iter().map(|(name, value)| (name.to_owned(), value)));
    // Brokers refuse what lies in the future, or before 1970.
    copy.timestamp = copy.timestamp.clamp(0, Timestamp::now().as_millisecond());
    copy
}

/// Whether the topic does not take this record, and never will.
pub(super) fn is_refused(error: &anyhow::Error) -> bool {
    use RDKafkaErrorCode::{
        InvalidMessage, InvalidMessageSize, InvalidRecord, InvalidTimestamp, MessageSizeTooLarge,
        PolicyViolation,
    };
    let code =
        error.chain().find_map(|cause| cause.downcast_ref::<KafkaError>()?.rdkafka_error_code());
    matches!(
        code,
        Some(
            InvalidMessage
                | InvalidMessageSize
                | InvalidRecord
                | InvalidTimestamp
                | MessageSizeTooLarge
                | PolicyViolation
        )
    )
}
