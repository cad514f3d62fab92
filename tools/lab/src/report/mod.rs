//! What came of a run, for people and for machines.

pub(crate) mod html;
pub(crate) mod junit;
pub(crate) mod terminal;
