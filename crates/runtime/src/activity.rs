//! What a connection is doing, and since when: shared by its socket, its requests and the table of
//! all connections.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed},
    },
    task::Context,
    time::Duration,
};

use futures::task::AtomicWaker;
use tokio::time::Instant;

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// It has sent nothing yet.
    New,
    /// It has begun to send the head of a request.
    Head,
    /// It waits for the answer to a request.
    Busy,
    /// It has its answer, and may send another request.
    Idle,
    /// It speaks another protocol now.
    Upgraded,
}

const PHASES: [Phase; 5] = [Phase::New, Phase::Head, Phase::Busy, Phase::Idle, Phase::Upgraded];

/// Times are kept as milliseconds since then, in one atomic number each.
static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// How long a client must have left an answer unread for its connection to be given up for others.
const UNREAD_FOR: u64 = 1000;

/// The state of one connection.
pub(crate) struct Activity {
    phase: AtomicU8,
    since: AtomicU64,
    /// Since when the client has read nothing of what is to be written; 0 while it reads.
    unread_since: AtomicU64,
    closed: AtomicBool,
    /// Of the task that serves the connection.
    task: AtomicWaker,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self {
            phase: AtomicU8::new(Phase::New as u8),
            since: AtomicU64::new(now()),
            unread_since: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            task: AtomicWaker::new(),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        PHASES[usize::from(self.phase.load(Relaxed))]
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.since.store(now(), Relaxed);
        self.phase.store(phase as u8, Relaxed);
    }

    /// When this phase has lasted so long.
    pub(crate) fn after(&self, time: Duration) -> Instant {
        *BEGINNING + Duration::from_millis(self.since.load(Relaxed)) + time
    }

    /// The client reads, or does not.
    pub(crate) fn reads(&self, it_does: bool) {
        let since = if it_does { 0 } else { now().max(1) };
        self.unread_since.store(since, Relaxed);
    }

    /// Which of two connections to close for a third one: the least, if any. First those that
    /// never sent a request, then those that wait for another one, then those that do not read.
    pub(crate) fn dispensable(&self) -> Option<(u8, u64)> {
        let since = self.since.load(Relaxed);
        match (self.phase(), self.unread_since.load(Relaxed)) {
            (Phase::New | Phase::Head, _) => Some((0, since)),
            (Phase::Idle, 0) => Some((1, since)),
            (_, unread) if unread > 0 && unread + UNREAD_FOR <= now() => Some((2, unread)),
            _ => None,
        }
    }

    /// Lets the connection's own task close it.
    pub(crate) fn close(&self) {
        self.closed.store(true, Relaxed);
        self.task.wake();
    }

    /// Whether it is to be closed; the task is woken when it is.
    pub(crate) fn is_closed(&self, context: &Context<'_>) -> bool {
        self.task.register(context.waker());
        self.closed.load(Relaxed)
    }
}

/// A request of a connection. When it is dropped, the next one is waited for.
pub(crate) struct Answered(Arc<Activity>);

impl Answered {
    pub(crate) fn begin(activity: &Arc<Activity>) -> Self {
        activity.enter(Phase::Busy);
        Self(activity.clone())
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        if self.0.phase() == Phase::Busy {
            self.0.enter(Phase::Idle);
        }
    }
}

fn now() -> u64 {
    u64::try_from(BEGINNING.elapsed().as_millis()).unwrap_or(u64::MAX)
}
