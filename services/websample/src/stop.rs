//! Being told to stop, and mostly not hearing it.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use runtime::Mode;

use crate::line::line;

/// Completes when the process should leave, with how long it keeps accepting: never, if it ignores
/// signals. They are caught from the call on, before the future is asked for anything.
pub fn told_to_stop(
    mode: Mode,
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
            match mode {
                Mode::IgnoreSigterm => {}
                Mode::Graceful | Mode::Slow => return delay,
                // To leave it to the kernel would be no end at all for the first process of a
                // container. The code is that of a shell for a process that a signal ended.
                Mode::Abrupt => std::process::exit(128 + kind.as_raw_value()),
            }
        }
    }
}

fn caught(kind: SignalKind) -> Signal {
    signal(kind).expect("signals can be listened for")
}

/// What to expect of it, for the line at the start.
pub(crate) fn promise(mode: Mode) -> &'static str {
    match mode {
        Mode::IgnoreSigterm => "ignores SIGTERM and Ctrl-C, end it with kill -KILL",
        Mode::Graceful | Mode::Slow => "finishes requests when told to stop",
        Mode::Abrupt => "drops requests when told to stop",
    }
}
