//! How a crash ends the process.

use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};

use crate::dose::End;

/// How long a signal that ends a process may take to do so.
const SOON: Duration = Duration::from_millis(200);

/// Ends this process, now.
pub(crate) fn end(how: End) -> ! {
    tracing::error!(%how, "the fault `crash` ends this process");
    let code = match how {
        End::Exit(code) => code.into(),
        End::Signal(name) => by_signal(name),
    };
    std::process::exit(code)
}

/// Returns only in a container, where this is process 1 and the kernel keeps from it each signal that
/// it does not handle: what is left is the exit code that the signal would have given.
fn by_signal(name: &str) -> i32 {
    // SIGTERM is a request, and takes its time.
    let (signal, patience) = match name {
        "SIGTERM" => (Signal::TERM, Duration::from_mins(1)),
        "SIGSEGV" => (Signal::SEGV, SOON),
        "SIGABRT" => (Signal::ABORT, SOON),
        _ => (Signal::KILL, SOON),
    };
    let _ = kill_process(getpid(), signal);
    std::thread::sleep(patience);
    128 + signal.as_raw()
}
