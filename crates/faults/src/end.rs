//! How a crash ends the process.

use rustix::process::{Signal, getpid, kill_process};

use crate::value::End;

/// Ends this process, now.
pub fn end(how: End) -> ! {
    tracing::error!(%how, "the fault `crash` ends this process");
    if let End::Signal(name) = how {
        let signal = match name {
            "SIGTERM" => Signal::TERM,
            "SIGSEGV" => Signal::SEGV,
            "SIGABRT" => Signal::ABORT,
            _ => Signal::KILL,
        };
        let _ = kill_process(getpid(), signal);
        // SIGTERM is a request, and takes its time.
        std::thread::sleep(std::time::Duration::from_mins(1));
    }
    std::process::exit(match how {
        End::Exit(code) => code.into(),
        End::Signal(_) => 1,
    })
}
