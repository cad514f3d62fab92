//! Which fact holds up those behind it, and since when.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

use crate::{Received, kept, record};

/// Shared between a reactor and whoever is asked how it is.
#[derive(Clone, Default)]
pub struct Blockage(Arc<Mutex<Option<Blocked>>>);

struct Blocked {
    id: Uuid,
    what: String,
    since: Timestamp,
    rounds: u64,
    reason: String,
}

impl Blockage {
    /// For how many seconds a fact has held up those behind it; 0 if none does.
    pub fn seconds(&self) -> f64 {
        let since = self.lock().as_ref().map(|blocked| blocked.since);
        since.map_or(0.0, |since| Timestamp::now().duration_since(since).as_secs_f64().max(0.0))
    }

    /// 0, or which fact it is, since when and why.
    pub fn check(&self) -> Result<i64, String> {
        match &*self.lock() {
            None => Ok(0),
            Some(Blocked { what, since, rounds, reason, .. }) => Err(format!(
                "{what} has held up those behind it since {since:.0} ({rounds} rounds): {reason}"
            )),
        }
    }

    /// This fact could not be handled, and is not set aside; gives the error, which then says so.
    pub(crate) fn by(&self, received: &Received, error: anyhow::Error) -> anyhow::Error {
        let (id, reason) = (record::event_id(&received.record), kept::reason(&error));
        let mut blocked = self.lock();
        let known = blocked.take().filter(|it| it.id == id);
        let first = || Blocked {
            id,
            what: describe(received, id),
            since: Timestamp::now(),
            rounds: 0,
            reason: String::new(),
        };
        let mut now = known.unwrap_or_else(first);
        (now.rounds, now.reason) = (now.rounds + 1, reason);
        let error = error.context(format!("{} holds up those behind it", now.what));
        *blocked = Some(now);
        error
    }

    /// What was read could be handled.
    pub(crate) fn over(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Blocked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fact in words: what it is, and where to find it.
fn describe(received: &Received, id: Uuid) -> String {
    let Received { partition, offset, record, .. } = received;
    let name = kept::field(record.header(record::TYPE).unwrap_or("something"));
    format!("{name} {id} (partition {partition}, offset {offset})")
}
