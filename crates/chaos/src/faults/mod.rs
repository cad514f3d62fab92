//! Faults that are set at run time, hit a share of what happens, are counted, and are over after a
//! while.
//!
//! What is here decides *whether* something is hit and says so; what a hit does is in `http` and
//! `servers`, where what is hit is at hand.

pub(crate) mod api;
mod catalogue;
mod force;
pub(crate) mod process;
mod registry;
mod request;

pub use api::FaultArgs;
pub(crate) use catalogue::Fault;
pub use catalogue::{KINDS, table};
pub(crate) use force::Hit;
pub(crate) use registry::Faults;
#[cfg(test)]
pub(crate) use request::Wish;
