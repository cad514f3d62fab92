//! Log lines as the original writes them: a time to the second, and what happened.

use std::io::Write as _;

/// Writes one line to standard output, as `println!` would.
macro_rules! line {
    ($($what:tt)*) => { $crate::line::write(format_args!($($what)*)) };
}
pub(crate) use line;

/// A client chooses the path that is in it. A closed standard output takes no lines; that
/// is no reason to fail a request.
pub(crate) fn write(what: std::fmt::Arguments<'_>) {
    let now = jiff::Zoned::now().strftime("%Y/%m/%d %H:%M:%S");
    let what = runtime::escape(&what.to_string());
    let _ = writeln!(std::io::stdout(), "{now} {what}");
}
