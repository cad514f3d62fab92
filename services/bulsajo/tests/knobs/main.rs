//! Slow and hungry on demand: each knob is seen from outside in its dose, the control plane answers
//! meanwhile, and what is turned back is over.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod api;
mod caps;
mod cpu;
mod docs;
mod memory;
mod profile;
mod startup;
mod steps;
mod time;

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_bulsajo");
