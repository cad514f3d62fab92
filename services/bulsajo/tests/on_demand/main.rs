//! Bad on demand: each fault is seen from outside, the control plane answers meanwhile, and when
//! the fault is taken away all is well.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod api;
mod docs;
mod probes;
mod process;
mod requests;
mod servers;
mod steps;
mod worksheets;

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_bulsajo");
