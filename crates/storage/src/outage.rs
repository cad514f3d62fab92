//! Which errors say that a database cannot be used for a while, and which that a statement never works.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use sqlx::Error;

/// PostgreSQL: a connection is lost, the server is full, stops, restarts or is a standby, or another
/// transaction was in the way. 57014 is a statement that took too long, most often because of a
/// locked table; 55P03 a lock that was not waited for; 25P03 and 25P04 a transaction that the server
/// ended because it was idle or open for too long.
const AWAY: [&str; 10] =
    ["08", "40", "53", "57P", "57014", "55P03", "58", "25006", "25P03", "25P04"];

/// SQLite: the file is busy (5), locked (6), read-only (8) or cannot be opened (14), its disk fails (10)
/// or is full (13), there is no memory (7), or its locks fail (15).
const SQLITE_AWAY: [u32; 8] = [5, 6, 7, 8, 10, 13, 14, 15];

/// The database itself is damaged. Waiting does not mend it, and no event is to blame.
const DAMAGED: [&str; 1] = ["XX00"];
const SQLITE_DAMAGED: [u32; 2] = [11, 26];

/// What is given to the database does not fit: out of range, not to be encoded, too large.
const NEVER: [&str; 2] = ["22", "54"];
const SQLITE_NEVER: [u32; 3] = [18, 20, 25];

/// Whether a database is away for a while, rather than unhappy with what it was asked.
pub fn is_outage(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => true,
        Error::Database(_) => has_code(error, &AWAY, &SQLITE_AWAY),
        _ => false,
    }
}

/// Whether it is the database's fault that something failed: it is away, or it is damaged.
pub fn is_of_the_database(error: &Error) -> bool {
    is_outage(error) || has_code(error, &DAMAGED, &SQLITE_DAMAGED)
}

/// Whether the same statement with the same values fails however often it is tried.
pub fn never_works(error: &Error) -> bool {
    matches!(error, Error::Encode(_)) || has_code(error, &NEVER, &SQLITE_NEVER)
}

/// Whether the database gave one of these codes: PostgreSQL's have five characters, SQLite's are
/// numbers whose lowest byte says the kind.
fn has_code(error: &Error, postgres: &[&str], sqlite: &[u32]) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    let Some(code) = code else { return false };
    if code.len() == 5 {
        return postgres.iter().any(|it| code.starts_with(it));
    }
    code.parse::<u32>().is_ok_and(|code| sqlite.contains(&(code & 0xff)))
}

/// An error that several changes get, because one commit failed for all of them.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    reason: String,
    is_outage: bool,
}

impl Shared {
    pub(crate) fn is_outage(&self) -> bool {
        self.is_outage
    }

    /// The database ended the transaction by itself, as SQLite does when its disk is full.
    pub(crate) fn undone() -> Self {
        let reason = "the database undid the transaction, because of another change in it";
        Self { reason: reason.to_owned(), is_outage: true }
    }
}

impl From<&Error> for Shared {
    fn from(error: &Error) -> Self {
        Self { reason: error.to_string(), is_outage: is_outage(error) }
    }
}

impl From<Shared> for Error {
    fn from(shared: Shared) -> Self {
        match shared {
            Shared { reason, is_outage: true } => Self::Io(io::Error::other(reason)),
            Shared { reason, is_outage: false } => Self::Protocol(reason),
        }
    }
}

/// Why the last use of a database failed, if that was an outage: shared by its connections.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trouble(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    is_there: AtomicBool,
    reason: Mutex<String>,
}

impl Trouble {
    /// Remembers this error, if it is an outage.
    pub(crate) fn note(&self, error: &Error) {
        if is_outage(error) {
            *self.0.reason.lock().unwrap_or_else(PoisonError::into_inner) = error.to_string();
            self.0.is_there.store(true, Ordering::Release);
        }
    }

    /// A change was committed: the database can be used.
    pub(crate) fn is_over(&self) {
        self.0.is_there.store(false, Ordering::Release);
    }

    /// What the last outage was, unless something has been committed since.
    pub(crate) fn reason(&self) -> Option<String> {
        let reason = || self.0.reason.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.0.is_there.load(Ordering::Acquire).then(reason)
    }
}

#[cfg(test)]
mod tests {
    use std::{borrow::Cow, fmt};

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    /// A database's error with this code.
    #[derive(Debug)]
    struct Coded(&'static str);

    impl fmt::Display for Coded {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl std::error::Error for Coded {}

    impl DatabaseError for Coded {
        fn message(&self) -> &str {
            self.0
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }

        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    fn coded(code: &'static str) -> Error {
        Error::Database(Box::new(Coded(code)))
    }

    #[test]
    fn an_outage_is_told_from_a_fault_of_the_statement_on_both_databases() {
        // Extended codes of SQLite have their kind in the lowest byte: 517 is a busy snapshot,
        // 2570 and 6410 are failing disks, 1032 is a file that was moved away.
        let away = ["5", "261", "517", "6", "262", "7", "8", "1032", "10", "2570", "6410", "13"];
        let more = ["14", "15", "25P03", "25006", "53100", "57P01", "57014", "58030", "40001"];
        for code in away.into_iter().chain(more) {
            assert!(is_outage(&coded(code)), "{code}");
            assert!(!never_works(&coded(code)), "{code}");
        }
        for code in ["1", "11", "19", "1811", "26", "22021", "22P05", "23505", "25P02", "42601"] {
            assert!(!is_outage(&coded(code)), "{code}");
        }
    }

    #[test]
    fn a_damaged_file_is_no_fault_of_an_event_and_values_that_do_not_fit_are() {
        for code in ["11", "26", "XX001", "5", "57P03"] {
            assert!(is_of_the_database(&coded(code)), "{code}");
        }
        for code in ["18", "20", "22003", "22021", "22P05", "54000"] {
            assert!(never_works(&coded(code)), "{code}");
            assert!(!is_of_the_database(&coded(code)), "{code}");
        }
        for code in ["19", "1811", "23514"] {
            assert!(!never_works(&coded(code)), "a constraint may be taken away: {code}");
        }
    }

    #[test]
    fn what_a_failed_commit_tells_its_changes_is_an_outage_if_it_was_one() {
        let told = |error: &Error| Error::from(Shared::from(error));
        assert!(is_outage(&told(&coded("13"))));
        assert!(!is_outage(&told(&coded("19"))));
        assert!(is_outage(&Shared::undone().into()));
    }

    #[test]
    fn trouble_is_an_outage_that_nothing_was_committed_after() {
        let trouble = Trouble::default();
        trouble.note(&coded("19"));
        assert_eq!(trouble.reason(), None);
        trouble.note(&coded("13"));
        assert!(trouble.reason().is_some());
        trouble.is_over();
        assert_eq!(trouble.reason(), None);
    }
}
