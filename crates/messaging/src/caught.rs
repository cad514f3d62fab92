//! What can never be handled, however often it is tried; and panics, which are made such errors.

use std::{
    any::Any,
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

/// Why trying again is of no use.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Hopeless(pub(crate) String);

impl Hopeless {
    /// `what` ended in this panic.
    pub(crate) fn panicked(what: &str, panic: &(dyn Any + Send)) -> Self {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said =
            said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it says nothing");
        Self(format!("{what} panicked: {said}"))
    }
}

/// Whether an error is the record's own, and the same each time.
pub(crate) fn is_hopeless(error: &anyhow::Error) -> bool {
    let never = |cause: &(dyn std::error::Error + 'static)| {
        cause.is::<Hopeless>()
            || cause.is::<serde_json::Error>()
            || cause.downcast_ref().is_some_and(storage::never_works)
    };
    error.chain().any(never)
}

thread_local! {
    /// Whether a panic of this thread is expected, and becomes an error.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Reads something of a record. Others' code that panics at its bytes gives an error instead, and
/// nothing is printed of it: the error says it.
pub(crate) fn reading<T>(what: &str, read: impl FnOnce() -> T) -> Result<T, Hopeless> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !EXPECTED.get() {
                before(info);
            }
        }));
    });
    EXPECTED.set(true);
    let read = panic::catch_unwind(AssertUnwindSafe(read));
    EXPECTED.set(false);
    read.map_err(|panic| Hopeless::panicked(what, &*panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_that_is_hopeless() {
        let error = reading("this", || -> u8 { panic!("no {}", "way") }).unwrap_err();
        assert_eq!(error.to_string(), "this panicked: no way");
        assert!(is_hopeless(&anyhow::Error::new(error).context("more")));
        assert_eq!(reading("this", || 1).ok(), Some(1));
        assert!(!is_hopeless(&anyhow::anyhow!("a reason that may go away")));
    }
}
