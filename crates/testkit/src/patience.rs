//! Waiting for something to become true, and never for a time.

use std::time::{Duration, Instant};

/// How long something may take before the test fails. Long, because test machines are busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// Tries again until it works, and fails the test with the last reason when it never does.
pub fn eventually<T, E: std::fmt::Display>(mut attempt: impl FnMut() -> Result<T, E>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match attempt() {
            Ok(value) => return value,
            Err(reason) if Instant::now() > deadline => panic!("it never happened: {reason}"),
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}
