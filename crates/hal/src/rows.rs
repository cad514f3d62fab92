//! The rows of a list: at hand, or read piece by piece while the answer is sent.

use std::io;

use axum::body::Body;
use bytes::Bytes;
use futures::{
    StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};

use crate::{Problem, room::ANSWERS};

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

/// A body that is written piece by piece, each when the client has taken the one before; only so
/// many of them are sent at once.
///
/// # Errors
/// A 503 when too many are being sent, and the error of the first piece. If a later one fails
/// the connection ends in the middle of the body.
pub async fn large(
    mut pieces: BoxStream<'static, Result<Vec<u8>, Problem>>,
) -> Result<Body, Problem> {
    let seat = ANSWERS.enter().await?;
    let first = pieces.next().await.transpose()?.unwrap_or_default();
    let rest = pieces.map(move |piece| {
        let _taken = &seat;
        piece.map(Bytes::from).map_err(|problem| io::Error::other(problem.detail))
    });
    Ok(Body::from_stream(stream::once(async { Ok(Bytes::from(first)) }).chain(rest)))
}
