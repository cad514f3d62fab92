//! The real binary under load, killed and stopped at random moments: nothing accepted is lost.

mod clients;
mod kill;
mod modes;
mod sigterm;
mod silence;

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_bulsajo");
