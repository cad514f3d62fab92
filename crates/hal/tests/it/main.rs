//! The crate through its front door.

mod described;
mod framing;
mod links;
mod reading;
mod searching;
mod toy;
mod wire;
