//! What a process is told from outside: to leave, and how.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{DrainArgs, Mode, Shutdown};

/// What somebody told the process to do.
pub(crate) enum Told {
    /// By SIGTERM, from Kubernetes.
    Terminate(Mode),
    /// By SIGINT, from Ctrl-C.
    Interrupt,
    /// In a way of its own, with how long to keep accepting.
    Otherwise(Duration),
}

impl Told {
    /// Leaves before anything was served.
    pub(crate) async fn leave_early(self, shutdown: &Shutdown) {
        if matches!(self, Self::Terminate(Mode::Abrupt)) {
            shutdown.cut().await;
        }
        tracing::info!("told to stop before the start was over");
    }
}

/// SIGTERM and Ctrl-C, caught from the moment on that this is made. Neither ends the first process
/// of a container, as long as that does not catch it.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn catch() -> Self {
        let on = |kind| signal(kind).expect("signals can be listened for");
        Self { terminate: on(SignalKind::terminate()), interrupt: on(SignalKind::interrupt()) }
    }

    /// Does what comes before there is a process of services. None if a signal came before it was
    /// done, and did what `SHUTDOWN` says.
    pub async fn unless_told<T>(
        &mut self,
        drain: &DrainArgs,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let shutdown = Shutdown::new(drain.clone(), Vec::new());
        tokio::select! {
            done = work => Some(done),
            told = self.told_to_stop(&shutdown) => {
                told.leave_early(&shutdown).await;
                None
            }
        }
    }

    /// Completes when a signal comes that is not to be ignored.
    pub(crate) async fn told_to_stop(&mut self, shutdown: &Shutdown) -> Told {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => match shutdown.mode() {
                    Mode::IgnoreSigterm => {
                        tracing::warn!("SIGTERM ignored: SHUTDOWN=ignore-sigterm");
                    }
                    mode => return Told::Terminate(mode),
                },
                _ = self.interrupt.recv() => return Told::Interrupt,
            }
        }
    }
}
