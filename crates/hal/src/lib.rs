//! Spring Data REST's wire shape: representations, links, paging, sorting, lenient reading, errors.
//!
//! A service implements [`Resource`] once, and [`router`] serves it as Spring Boot 2.3 would.

pub mod json;
pub mod lenient;
pub mod problem;
pub mod query;

mod alps;
mod body;
mod change;
mod flat;
mod forwarded;
mod index;
mod links;
mod list;
mod negotiate;
mod openapi;
mod paging;
mod representation;
mod resource;
mod room;
mod router;
mod rows;
mod schema;
mod search;
mod wanted;

pub use change::Change;
pub use forwarded::{Base, GATEWAY, LocalPort, TrustedProxies};
pub use openapi::openapi;
pub use paging::{Order, Page, PageRequest};
pub use problem::{Problem, not_found};
pub use representation::RowCount;
pub use resource::{Created, Identified, Property, Resource, Search};
pub use router::router;
pub use rows::{Parts, Rows, large};
pub use wanted::Wanted;
