//! The wire contract: what was recorded from the original is replayed and compared byte for byte,
//! and every rule of the contract has a test of its own.
//!
//! `samples/` are recordings; `differences` is the one list of what is agreed to differ from them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stdout, reason = "the replay tells how each recording fared")]

mod answer;
mod client;
mod differences;
mod expectation;
mod replay;
mod rows;
mod sample;
mod script;
mod world;
