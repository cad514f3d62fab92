//! What a process is told from outside: to leave, and how.

use std::time::Duration;

use futures::future::BoxFuture;
use tokio::signal::unix::SignalKind;

use crate::{Mode, Shutdown};

/// What somebody told the process to do.
pub(crate) enum Told {
    /// By SIGTERM, from Kubernetes.
    Terminate(Mode),
    /// By SIGINT, from Ctrl-C.
    Interrupt,
    /// In a way of its own, with how long to keep accepting.
    Otherwise(Duration),
}

/// Completes when the process is to leave: by signals, unless it leaves otherwise.
pub(crate) async fn told_to_leave(
    shutdown: &Shutdown,
    otherwise: &mut Option<BoxFuture<'static, Duration>>,
) -> Told {
    match otherwise {
        Some(told) => Told::Otherwise(told.await),
        None => told_to_stop(shutdown).await,
    }
}

/// Completes when a signal comes that is not to be ignored.
async fn told_to_stop(shutdown: &Shutdown) -> Told {
    let on = |kind| tokio::signal::unix::signal(kind).expect("signals can be listened for");
    let (mut terminate, mut interrupt) = (on(SignalKind::terminate()), on(SignalKind::interrupt()));
    loop {
        tokio::select! {
            _ = terminate.recv() => match shutdown.mode() {
                Mode::IgnoreSigterm => tracing::warn!("SIGTERM ignored: SHUTDOWN=ignore-sigterm"),
                mode => return Told::Terminate(mode),
            },
            _ = interrupt.recv() => return Told::Interrupt,
        }
    }
}
