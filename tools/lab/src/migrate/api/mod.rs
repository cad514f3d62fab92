//! The API of Kubernetes 1.34: which kinds are in which version, and which fields they have.

mod fields;
pub(crate) mod schema;
mod table;
mod versions;

pub(crate) use fields::tell as tell_gone;
pub(crate) use fields::why;
pub(crate) use versions::{Fate, fate, successor};
