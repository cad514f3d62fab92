//! Retention: rows that nobody can need any more are removed, in small batches beside the work
//! (docs/adr/0027).

mod cleaner;
mod inbox;
mod log;
mod mark;

use std::{fmt, str::FromStr, time::Duration};

use futures::future::BoxFuture;
use storage::{Connection, Dialect};

pub use cleaner::{Cleaner, Removed};
pub use inbox::InboxSweep;
pub use log::LogSweep;
pub use mark::{Mark, Marks};

/// The value of `RETENTION`: how long rows stay that nobody needs any more, or for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention(Option<Duration>);

impl Retention {
    /// How long they stay; `None` if nothing is ever removed.
    pub fn limit(self) -> Option<Duration> {
        self.0
    }
}

impl FromStr for Retention {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |error| format!("{error}; write a duration such as 7d or 12h, or 0 for never");
        let limit = humantime::parse_duration(text).map_err(wrong)?;
        Ok(Self((!limit.is_zero()).then_some(limit)))
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0.unwrap_or_default()).fmt(f)
    }
}

/// Removes rows of one kind that are older than the retention and that nobody needs.
pub trait Sweep: Send {
    /// What is removed, as a label of the metrics.
    fn kind(&self) -> &'static str;

    /// Removes one small batch.
    ///
    /// # Errors
    /// The database or the transport cannot be used; the next pass tries again.
    fn step(&mut self, retention: Duration) -> BoxFuture<'_, anyhow::Result<Step>>;
}

/// What one batch came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Step {
    /// How many rows were removed.
    pub removed: u64,
    /// Whether there may be more to remove now.
    pub more: bool,
}

/// How many rows a batch removes at most, of one table or partition.
pub const BATCH: i64 = 512;

/// How often marks are taken, and how often a pass begins: the age of what is removed is known to
/// this part of the retention.
const PARTS: u32 = 64;

/// How far apart marks are, in milliseconds.
pub fn spacing(retention: Duration) -> i64 {
    millis(retention / PARTS).max(1)
}

/// A duration in milliseconds, as times are kept.
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Takes this kind's turn in this schema until the transaction ends; false if another replica has
/// it. A SQLite file has one writer, whose turn it always is.
pub async fn take_turn(
    kind: &'static str,
    dialect: Dialect,
    tx: &mut Connection,
) -> sqlx::Result<bool> {
    const TURN: &str = "SELECT pg_try_advisory_xact_lock(\
        hashtext('bulsajo retention ' || current_schema() || ' ' || $1))";
    match dialect {
        Dialect::Sqlite => Ok(true),
        Dialect::Postgres => sqlx::query_scalar(TURN).bind(kind).fetch_one(tx).await,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Retention;

    #[test]
    fn zero_keeps_everything_and_a_number_needs_its_unit() {
        let read = |text: &str| text.parse::<Retention>().map(Retention::limit);
        for never in ["0", "0s"] {
            assert_eq!(read(never), Ok(None), "{never}");
        }
        assert_eq!(read("7d"), Ok(Some(Duration::from_hours(168))));
        assert!(read("7").unwrap_err().contains("7d or 12h"));
    }
}
