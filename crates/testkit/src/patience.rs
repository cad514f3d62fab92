//! Waiting for something to become true, and never for a time.

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

/// How long something may take before the test fails. Long, because test machines are busy.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long after an attempt the next one is.
const PACE: Duration = Duration::from_millis(10);

/// Tries again until it works, and fails the test with the last reason when it never does.
pub fn eventually<T, E: Display>(mut attempt: impl FnMut() -> Result<T, E>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match attempt() {
            Ok(value) => return value,
            Err(reason) if Instant::now() > deadline => panic!("it never happened: {reason}"),
            Err(_) => std::thread::sleep(PACE),
        }
    }
}

/// [`eventually`], for what is asked of something asynchronous.
pub async fn eventually_async<T, E: Display>(mut attempt: impl AsyncFnMut() -> Result<T, E>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match attempt().await {
            Ok(value) => return value,
            Err(reason) if Instant::now() > deadline => panic!("it never happened: {reason}"),
            Err(_) => tokio::time::sleep(PACE).await,
        }
    }
}
