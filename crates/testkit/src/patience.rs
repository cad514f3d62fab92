//! Waiting for something to become true, and never for a time.

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

/// How long something may take before the test fails. Long, because test machines are busy.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long after an attempt the next one is at first, and later: what has taken seconds already is
/// not asked a hundred times a second, as to ask costs the machine something, too.
const PACE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// A twentieth of the time that has passed.
fn pause(began: Instant) -> Duration {
    (began.elapsed() / 20).clamp(PACE.0, PACE.1)
}

/// Tries again until it works, and fails the test with the last reason when it never does.
pub fn eventually<T, E: Display>(attempt: impl FnMut() -> Result<T, E>) -> T {
    eventually_within(PATIENCE, attempt)
}

/// [`eventually`], for what may take longer, or has to be quicker.
pub fn eventually_within<T, E: Display>(
    patience: Duration,
    mut attempt: impl FnMut() -> Result<T, E>,
) -> T {
    let began = Instant::now();
    loop {
        match attempt() {
            Ok(value) => return value,
            Err(reason) if began.elapsed() > patience => panic!("it never happened: {reason}"),
            Err(_) => std::thread::sleep(pause(began)),
        }
    }
}

/// [`eventually`], for what is asked of something asynchronous.
pub async fn eventually_async<T, E: Display>(mut attempt: impl AsyncFnMut() -> Result<T, E>) -> T {
    let began = Instant::now();
    loop {
        match attempt().await {
            Ok(value) => return value,
            Err(reason) if began.elapsed() > PATIENCE => panic!("it never happened: {reason}"),
            Err(_) => tokio::time::sleep(pause(began)).await,
        }
    }
}
