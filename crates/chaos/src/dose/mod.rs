//! Exactly as much as asked: what a dose is, who draws it, and what a process may be made to take.

mod budget;
mod burn;
mod draw;
mod end;
mod value;

pub(crate) use budget::{Budget, Refused, Share, ballast};
pub(crate) use burn::burn;
pub(crate) use draw::draw;
pub(crate) use end::end;
pub(crate) use value::{Delay, End, Value, ValueKind, duration};
