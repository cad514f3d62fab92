//! How large a batch of records may be.

use std::collections::VecDeque;

use crate::{Received, Record};

/// How many bytes a batch may have, in what a relay publishes and in what a consumer is given: no
/// further record once it has so many. Each is held several times over, as row, record, event and
/// effect, and a record may have 1 MiB.
pub(crate) const BATCH_BYTES: usize = 512 * 1024;

impl Record {
    /// What it takes in memory, by and large.
    pub(crate) fn size(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len());
        self.payload.len() + self.key.len() + headers.sum::<usize>()
    }
}

/// How many of these records, at most `max`, make a batch.
pub(crate) fn fits(waiting: &VecDeque<Received>, max: usize) -> usize {
    let mut room = BATCH_BYTES;
    let mut fits = |it: &Received| {
        let fits = room > 0;
        room = room.saturating_sub(it.record.size());
        fits
    };
    waiting.iter().take(max).take_while(|it| fits(it)).count()
}
