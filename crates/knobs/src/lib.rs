//! Slow and hungry on demand, by real work: a start that takes its time, and requests that cost CPU
//! and memory, so that labs made for a larger service show what they are to show.
//!
//! This crate knows what is to be paid and counts what was; the HTTP layer pays, and the process
//! waits while it starts.

pub mod api;
mod args;
mod burn;
mod cost;
mod done;
mod due;
mod memory;
mod registry;
mod startup;
mod table;

pub use args::{KnobArgs, Profile, StartupMode, with_presets};
pub use burn::burn;
pub use cost::Costs;
pub use done::Paid;
pub use due::Due;
pub use memory::MemoryBase;
pub use registry::Knobs;
pub use startup::Startup;
pub use table::{NAMES, markdown};
