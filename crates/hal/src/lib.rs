//! Spring Data REST's wire shape: representations, links, paging, sorting, lenient reading, errors.

pub mod problem;

pub use problem::Problem;
