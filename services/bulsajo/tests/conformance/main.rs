//! One suite of scenarios, the same on every backend and for any number of replicas.

mod matrix;

mod events;
mod failures;
mod hangs;
mod live;
mod orders;
mod pages;
mod steps;
mod timeline;

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_bulsajo");
