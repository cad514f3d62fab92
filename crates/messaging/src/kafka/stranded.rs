//! A broker that comes back may answer for a moment that there are no brokers, itself included.
//! librdkafka then drops all it knew. It means to begin again with `bootstrap.servers`, but the end
//! of that same answer can call this off, and such a client never asks anybody again
//! (confluentinc/librdkafka#5301, open). What it was told stands in its log: so that is read, and a
//! new client takes its place.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Whether a client was told that there are no brokers.
#[derive(Default)]
pub(super) struct Stranded {
    told: AtomicBool,
    wake: Notify,
}

impl Stranded {
    /// Listens to a line of the log: `my-kafka:9092/1: 0 brokers, 1 topics`.
    pub(super) fn hear(&self, line: &str) {
        if line.contains(": 0 brokers, ") {
            self.told.store(true, Ordering::Relaxed);
            self.wake.notify_one();
        }
    }

    pub(super) fn is_so(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }

    /// Waits until it is so.
    pub(super) async fn happens(&self) {
        self.wake.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_no_broker_at_all_strands_a_client() {
        let stranded = Stranded::default();
        for line in ["[thrd:main]: a:9092/1: 10 brokers, 1 topics", "0 brokers", "Topic x [0]"] {
            stranded.hear(line);
            assert!(!stranded.is_so(), "{line}");
        }
        stranded.hear("[thrd:main]: my-kafka:9092/1: 0 brokers, 1 topics");
        assert!(stranded.is_so());
    }
}
