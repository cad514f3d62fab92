//! Ctrl-C, SIGTERM and a terminal that is closed: what was begun is taken away first.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use tokio::{
    runtime::Handle,
    signal::unix::{SignalKind, signal},
};

use crate::failure::Failure;

static TOLD: AtomicI32 = AtomicI32::new(0);
static CLEANING_UP: AtomicBool = AtomicBool::new(false);

const HANGUP: i32 = 1;
const INTERRUPT: i32 = 2;
const TERMINATE: i32 = 15;

/// Listens from now on. The first signal ends the run in order; a second one ends it at once.
pub(crate) fn listen(on: &Handle) -> Result<(), Failure> {
    hear(on, "lab: cleaning up; once more, and I leave everything as it is\n")
}

/// The same, where there is nothing to clean up that takes time.
pub(crate) fn listen_quietly(on: &Handle) -> Result<(), Failure> {
    hear(on, "")
}

fn hear(on: &Handle, first: &'static str) -> Result<(), Failure> {
    let _context = on.enter();
    for (kind, number) in [
        (SignalKind::hangup(), HANGUP),
        (SignalKind::interrupt(), INTERRUPT),
        (SignalKind::terminate(), TERMINATE),
    ] {
        let mut signals = signal(kind).map_err(Failure::Signals)?;
        on.spawn(async move {
            while signals.recv().await.is_some() {
                if TOLD.swap(number, Ordering::Relaxed) != 0 {
                    eprintln!("lab: ended without cleaning up");
                    std::process::exit(128 + number);
                }
                eprint!("{first}");
            }
        });
    }
    Ok(())
}

/// Fails once somebody wants the run to end.
pub(crate) fn check() -> Result<(), Failure> {
    match TOLD.load(Ordering::Relaxed) {
        0 => Ok(()),
        _ if CLEANING_UP.load(Ordering::Relaxed) => Ok(()),
        signal => Err(Failure::Interrupted(signal)),
    }
}

/// What follows is the cleaning up: it is not interrupted.
pub(crate) fn go_on() {
    CLEANING_UP.store(true, Ordering::Relaxed);
}
