//! A topic that was deleted and made again under the same name is another topic. librdkafka would
//! go on in it where the old one ended and skip what is new (a FIXME in its topic metadata update);
//! all it does is to say in its log that the topic's id has changed. So its log is read.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Notify;

/// An id of only zeros: none is known.
const NO_ID: &str = "AAAAAAAAAAAAAAAAAAAAAA";

/// Whether the topic is another one than it was.
#[derive(Default)]
pub(super) struct Renewal {
    id: Mutex<Option<String>>,
    renewed: AtomicBool,
    wake: Notify,
}

impl Renewal {
    /// Listens to a line of the log: `Topic x changed id from A to B`.
    pub(super) fn hear(&self, line: &str) {
        let Some((_, ids)) = line.split_once(" changed id from ") else { return };
        let Some((_, id)) = ids.split_once(" to ") else { return };
        let id = id.trim();
        if id.starts_with(NO_ID) {
            return;
        }
        let mut known = self.id.lock().unwrap_or_else(PoisonError::into_inner);
        if known.replace(id.to_owned()).is_some_and(|before| before != id) {
            self.renewed.store(true, Ordering::Relaxed);
            self.wake.notify_one();
        }
    }

    pub(super) fn is_due(&self) -> bool {
        self.renewed.load(Ordering::Relaxed)
    }

    pub(super) fn is_done(&self) {
        self.renewed.store(false, Ordering::Relaxed);
    }

    /// Waits until the topic is another one.
    pub(super) async fn happens(&self) {
        self.wake.notified().await;
    }
}
