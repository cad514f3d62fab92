//! Spring Data REST's wire shape: representations, links, paging, sorting, lenient reading.
//!
//! A service implements [`Resource`] once, and [`router`] serves it as Spring Boot 2.3 would.

pub mod json;
pub mod lenient;

mod alps;
mod body;
mod change;
mod flat;
mod index;
mod links;
mod list;
mod negotiate;
mod openapi;
mod paging;
mod representation;
mod resource;
mod router;
mod rows;
mod schema;
mod search;

pub use change::Change;
pub use openapi::openapi;
pub use paging::{Order, Page, PageRequest};

pub use resource::{Created, Identified, Property, Resource, Search};
pub use router::router;
pub use rows::{Parts, Rows};
pub use web::Problem;
