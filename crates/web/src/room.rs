//! Room for what is large: so many bodies and answers of more than a few KiB are in memory at once,
//! in all requests of the process together.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::Problem;

/// Large bodies that are being read, each of at most 256 KiB.
pub(crate) static UPLOADS: Room =
    Room { seats: LazyLock::new(|| Arc::new(Semaphore::new(32))), of: "large bodies are read" };

/// Large answers that are being sent, each of which keeps about 1 MiB in memory at most.
pub(crate) static ANSWERS: Room =
    Room { seats: LazyLock::new(|| Arc::new(Semaphore::new(24))), of: "large answers are sent" };

/// How long a request waits for room before it is answered with 503.
const PATIENCE: Duration = Duration::from_secs(5);

/// After how many seconds there may be room again.
const RETRY_AFTER: u32 = 2;

/// A limit on how many of a kind there are at once.
pub(crate) struct Room {
    seats: LazyLock<Arc<Semaphore>>,
    of: &'static str,
}

/// Room that is taken until this is dropped.
pub(crate) type Seat = OwnedSemaphorePermit;

impl Room {
    /// Waits for room.
    ///
    /// # Errors
    /// A 503 when there is none within five seconds.
    pub(crate) async fn enter(&self) -> Result<Seat, Problem> {
        match timeout(PATIENCE, self.seats.clone().acquire_owned()).await {
            Ok(Ok(seat)) => Ok(seat),
            Ok(Err(_)) | Err(_) => Err(self.full()),
        }
    }

    fn full(&self) -> Problem {
        let detail = format!("as many {} as there is memory for", self.of);
        Problem::unavailable(detail)
            .hint("ask again in a few seconds, or for less: ?size=20")
            .retry_after(RETRY_AFTER)
    }
}
