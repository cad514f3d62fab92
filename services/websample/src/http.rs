//! The one handler: every path, and every method, has the same answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri},
    routing,
};
use web::Problem;

use crate::{line::line, version::Version};

/// The longest sleep, in seconds: longer than any grace period of a lab.
pub(crate) const LONGEST: u64 = 3600;

/// What the handler knows: its version, and how many requests are open.
pub(crate) struct Sample {
    version: Version,
    open: AtomicI64,
}

impl Sample {
    pub(crate) fn new(version: Version) -> Self {
        Self { version, open: AtomicI64::new(0) }
    }

    /// The line of every second.
    pub(crate) fn show_open(&self) {
        line!("{} / connection {}", self.version, self.open.load(Relaxed));
    }
}

/// A request that is open, until it is answered or its client has gone.
struct Open<'a>(&'a AtomicI64);

impl<'a> Open<'a> {
    fn count(open: &'a AtomicI64) -> Self {
        open.fetch_add(1, Relaxed);
        Self(open)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Patterns rather than a fallback, so that metrics can tell the routes by `MatchedPath`.
pub(crate) fn routes(sample: Arc<Sample>) -> Router {
    let paths = ["/", "/sleep", "/sleep/", "/sleep/{*seconds}", "/{*path}"];
    let routes = paths
        .into_iter()
        .fold(Router::new(), |routes, path| routes.route(path, routing::any(answer)));
    routes.with_state(sample)
}

async fn answer(State(sample): State<Arc<Sample>>, uri: Uri) -> Result<StatusCode, Problem> {
    line!("{} {}", sample.version, uri.path());
    let _open = Open::count(&sample.open);
    let status = sample.version.status()?;
    tokio::time::sleep(wanted_sleep(uri.path())?).await;
    Ok(status)
}

/// How long the path asks to sleep. The original does not sleep when it cannot read the number,
/// and looks as if it were fast.
fn wanted_sleep(path: &str) -> Result<Duration, Problem> {
    let Some(wanted) = path.strip_prefix("/sleep") else { return Ok(Duration::ZERO) };
    let wanted = match wanted.strip_prefix('/') {
        Some(seconds) => seconds,
        None if wanted.is_empty() => "",
        None => return Ok(Duration::ZERO), // such as /sleepy
    };
    match wanted.parse() {
        Ok(seconds) if seconds <= LONGEST => Ok(Duration::from_secs(seconds)),
        _ => Err(Problem::bad_request(format!(
            "/sleep/N sleeps for N seconds, and N is a whole number from 0 to {LONGEST}"
        ))
        .hint("/sleep/5 is answered after 5 seconds")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::wanted_sleep;

    #[test]
    fn only_whole_seconds_up_to_an_hour_are_slept() {
        for (path, seconds) in [
            ("/", 0),
            ("/readiness", 0),
            ("/sleepy", 0),
            ("/sleepy/5", 0),
            ("/sleep/0", 0),
            ("/sleep/5", 5),
            ("/sleep/3600", 3600),
        ] {
            assert_eq!(wanted_sleep(path), Ok(Duration::from_secs(seconds)), "{path}");
        }
        for path in [
            "/sleep",
            "/sleep/",
            "/sleep/-1",
            "/sleep/1.5",
            "/sleep/5s",
            "/sleep/5/",
            "/sleep/3601",
        ] {
            assert!(wanted_sleep(path).is_err(), "{path}");
        }
    }
}
