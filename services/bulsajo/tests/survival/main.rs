//! The real binary under load, killed and stopped at random moments: nothing accepted is lost.

mod kill;
mod sigterm;

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_bulsajo");
