//! Bad on demand, exactly as much as asked: faults that are set at run time, hit a share of what
//! happens, are counted, and are over after a while.
//!
//! This crate decides *whether* something is hit and says so; what a hit does is done by whoever
//! owns what is hit: the HTTP layer, the database, the messaging.

pub mod api;
mod budget;
mod catalogue;
mod draw;
mod end;
mod force;
mod gate;
pub mod process;
mod registry;
mod request;
mod value;

pub use api::FaultArgs;
pub use budget::{Budget, Refused, Share, ballast};
pub use catalogue::{Fault, KINDS, Kind, Reach, table};
pub use draw::draw;
pub use end::end;
pub use force::Hit;
pub use gate::{Access, Gate};
pub use registry::Faults;
pub use request::Wish;
pub use value::{Delay, End, Size, Value, ValueKind};
