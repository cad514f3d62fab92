//! How many rows an answer has.

/// In an answer: it is a collection, and has so many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowCount(pub usize);
