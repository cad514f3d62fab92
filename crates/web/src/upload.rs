//! The body of a request, of at most 256 KiB.

use std::{error::Error, ops::Deref, sync::Arc};

use axum::{body::Body, http::StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::{
    Problem,
    room::{Seat, UPLOADS},
};

/// Less than a message of Kafka may have, in which most of it travels on.
const LIMIT: usize = 256 * 1024;

/// A larger body needs room among the large ones.
const SMALL: usize = 16 * 1024;

/// A body as it was sent, with the room that it takes.
#[derive(Debug, Clone)]
pub struct Upload {
    bytes: Bytes,
    _seat: Option<Arc<Seat>>,
}

impl Deref for Upload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<&[u8]> for Upload {
    fn from(bytes: &[u8]) -> Self {
        Self { bytes: Bytes::copy_from_slice(bytes), _seat: None }
    }
}

/// The whole body, unless it is too long.
pub async fn bytes(body: Body) -> Result<Upload, Problem> {
    let (mut body, mut bytes, mut seat) = (Limited::new(body, LIMIT), Vec::new(), None);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| cut_short(&*error))?.into_data() else { continue };
        if seat.is_none() && bytes.len() + data.len() > SMALL {
            seat = Some(Arc::new(UPLOADS.enter().await?));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Upload { bytes: bytes.into(), _seat: seat })
}

fn cut_short(error: &(dyn Error + 'static)) -> Problem {
    if error.is::<LengthLimitError>() {
        let detail = "the body is longer than 256 KiB";
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail).cause(error.to_string());
    }
    Problem::bad_request("the body broke off").cause(error.to_string())
}
