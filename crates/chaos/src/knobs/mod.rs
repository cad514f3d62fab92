//! Slow and hungry on demand, by real work: a start that takes its time, and requests that cost CPU
//! and memory, so that labs made for a larger service show what they are to show.
//!
//! What is here knows what is to be paid and counts what was; `http` lets requests pay, and the
//! process waits while it starts.

pub(crate) mod api;
mod args;
mod cost;
mod done;
mod due;
mod memory;
mod registry;
mod startup;
mod table;

pub use args::{KnobArgs, with_presets};
pub(crate) use due::Due;
pub(crate) use memory::MemoryBase;
pub(crate) use registry::Knobs;
pub(crate) use startup::Startup;
pub use table::{NAMES, markdown};
