//! A fact as a record, and back.

use anyhow::Context as _;
use events::Envelope;
use jiff::Timestamp;
use serde::Deserialize;
use trace::TRACEPARENT;
use uuid::Uuid;

use crate::{
    Received, Record,
    caught::{self, Hopeless},
};

pub(crate) const EVENT_ID: &str = "eventId";
pub(crate) const TYPE: &str = "type";
/// In a copy of a fact that could not be handled: by which group. If such a copy comes back, it is
/// for that group to try again, and no news for any other.
pub(crate) const DEAD_LETTER_GROUP: &str = "x-dead-letter-group";

/// A row of the outbox, in the order of [`StoredFact::COLUMNS`].
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct StoredFact {
    pub(crate) id: i64,
    pub(crate) event_id: String,
    pub(crate) key: String,
    pub(crate) event_type: String,
    pub(crate) occurred_at: i64,
    pub(crate) payload: String,
    pub(crate) trace: Option<String>,
}

impl StoredFact {
    pub(crate) const COLUMNS: &str = "id, event_id, key, event_type, occurred_at, payload, trace";

    pub(crate) fn into_record(self) -> Record {
        let header = |name: &str, value: String| (name.to_owned(), value);
        let mut headers = vec![
            header(TYPE, self.event_type),
            header("contentType", "application/json".to_owned()),
            header(EVENT_ID, self.event_id),
        ];
        headers.extend(self.trace.map(|trace| header(TRACEPARENT, trace)));
        Record {
            key: self.key,
            headers,
            timestamp: self.occurred_at,
            payload: self.payload.into_bytes(),
        }
    }
}

/// Reads the fact a record carries, if it carries one that can be true of an order.
pub(crate) fn fact(received: &Received) -> anyhow::Result<Envelope> {
    match &received.unreadable {
        Some(reason) => Err(Hopeless(format!("this is not a fact: {reason}")).into()),
        None => read(&received.record),
    }
}

/// Reads a record whose bytes the client could read. The exact time is the record's; bodies may only
/// have seconds.
pub(crate) fn read(record: &Record) -> anyhow::Result<Envelope> {
    let body = caught::reading("reading it", || serde_json::from_slice(&record.payload))?;
    let mut fact: Envelope = body.context("this is not a fact")?;
    let checked = fact.event.check();
    checked.map_err(|wrong| Hopeless(format!("this is not a fact: {wrong}")))?;
    fact.id = event_id(record);
    if let Ok(exact) = Timestamp::from_millisecond(record.timestamp) {
        fact.occurred_at = exact;
    }
    Ok(fact)
}

/// The identity in the headers; for a message of the originals, which have none, the same message
/// always gets the same one.
pub(crate) fn event_id(record: &Record) -> Uuid {
    record.header(EVENT_ID).and_then(|id| id.parse().ok()).unwrap_or_else(|| {
        let mut name = record.timestamp.to_be_bytes().to_vec();
        name.extend_from_slice(&record.payload);
        Uuid::new_v5(&Uuid::NAMESPACE_OID, &name)
    })
}
