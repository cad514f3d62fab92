//! What tests stand on: the real binary, plain HTTP byte for byte, and patience.
//!
//! For `[dev-dependencies]` only.

pub mod fleet;
pub mod http;
mod patience;

pub use fleet::Fleet;
pub use http::{Connection, Response};
pub use patience::eventually;
