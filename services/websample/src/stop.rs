//! Being told to stop, and mostly not hearing it.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{Shutdown, line::line};

/// Completes when the process should leave, with how long it keeps accepting: never, if it ignores
/// signals. They are caught from the call on, before the future is asked for anything.
pub fn told_to_stop(
    shutdown: Shutdown,
    delay: Duration,
) -> impl Future<Output = Duration> + Send + 'static {
    let mut terminate = caught(SignalKind::terminate());
    let mut interrupt = caught(SignalKind::interrupt());
    async move {
        loop {
            // The names are those that Go has for them.
            let (name, kind, delay) = tokio::select! {
                _ = terminate.recv() => ("terminated", SignalKind::terminate(), delay),
                _ = interrupt.recv() => ("interrupt", SignalKind::interrupt(), Duration::ZERO),
            };
            line!("received  {name}");
            match shutdown {
                Shutdown::IgnoreSigterm => {}
                Shutdown::Graceful => return delay,
                // To leave it to the kernel would be no end at all for the first process of a
                // container. The code is that of a shell for a process that a signal ended.
                Shutdown::Abrupt => std::process::exit(128 + kind.as_raw_value()),
            }
        }
    }
}

fn caught(kind: SignalKind) -> Signal {
    signal(kind).expect("signals can be listened for")
}
