//! HTTP as all parts of the fleet speak it: problems, queries, what a control is asked for, who the client is,
//! bodies of bounded size.

pub mod problem;
pub mod query;

mod forwarded;
mod json;
mod large;
mod room;
mod row_count;
mod upload;
mod wanted;

pub use forwarded::{Base, GATEWAY, LocalPort, TrustedProxies};
pub use json::Json;
pub use large::large;
pub use problem::{Problem, not_found};
pub use row_count::RowCount;
pub use upload::{Upload, bytes};
pub use wanted::Wanted;
