//! The rows of a list: at hand, or read piece by piece while the answer is sent.

use futures::{TryStreamExt as _, stream::BoxStream};

use crate::Problem;

/// Rows that are read when they are needed, so many at a time that they take little memory.
pub type Parts<T> = BoxStream<'static, Result<Vec<T>, Problem>>;

/// What a list shows, in its order.
pub enum Rows<T> {
    /// All of it is in memory, because it is small.
    Whole(Vec<T>),
    /// Some of it is read whenever the client has taken what came before.
    Parts {
        /// How many rows there are.
        count: usize,
        parts: Parts<T>,
    },
}

impl<T> Rows<T> {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Whole(rows) => rows.len(),
            Self::Parts { count, .. } => *count,
        }
    }

    /// All of them, in memory.
    ///
    /// # Errors
    /// What reading a part fails with.
    pub async fn all(self) -> Result<Vec<T>, Problem> {
        match self {
            Self::Whole(rows) => Ok(rows),
            Self::Parts { parts, .. } => parts.try_concat().await,
        }
    }
}

impl<T> From<Vec<T>> for Rows<T> {
    fn from(rows: Vec<T>) -> Self {
        Self::Whole(rows)
    }
}
