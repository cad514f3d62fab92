//! Answers that are too large to be kept in memory.

use std::io;

use axum::body::Body;
use bytes::Bytes;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};

use crate::{Problem, room::ANSWERS};

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
