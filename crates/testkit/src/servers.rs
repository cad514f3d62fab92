//! Which servers there are for tests: variables say so.

use std::io::Write as _;

/// Whether all of these variables are set. If one is not, this says in one line that `test` is
/// skipped.
pub(crate) fn are_there(test: &str, variables: &[&str]) -> bool {
    let missing = variables.iter().find(|name| variable(name).is_none());
    if let Some(name) = missing {
        skipped(&format!("{test}: {name} is not set"));
    }
    missing.is_none()
}

/// Says in one line that a test is skipped, and why.
pub fn skipped(why: &str) {
    // Not by a macro: what those print is only shown of tests that fail. In one write: `writeln!` makes
    // several, and a line of the test runner's own may come between them.
    let line = format!("SKIPPED: {why}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

pub(crate) fn needed(name: &str) -> String {
    variable(name).unwrap_or_else(|| panic!("{name} is not set: ask `is_available` first"))
}

#[expect(clippy::disallowed_methods, reason = "a test has no command line of its own")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
