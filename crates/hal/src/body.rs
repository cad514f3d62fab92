//! Reading a body: at most 256 KiB, one JSON object, and an error that names the field.

use std::{error::Error, ops::Deref, sync::Arc};

use axum::{body::Body, http::StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use crate::{
    Problem,
    flat::Flat,
    lenient::TOO_LONG,
    room::{Seat, UPLOADS},
};

/// Less than a message of Kafka may have, in which most of it travels on.
const LIMIT: usize = 256 * 1024;

/// A larger body needs room among the large ones.
const SMALL: usize = 16 * 1024;

/// A body as it was sent, with the room that it takes.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
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
pub(crate) async fn bytes(body: Body) -> Result<Upload, Problem> {
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

/// One JSON object as a draft or a patch.
pub(crate) fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    match body.first() {
        // A derived reader would take a list for its fields in order.
        Some(b'[') => Err(unlike("a list")),
        Some(b'n') if body.trim_ascii_end() == b"null" => Err(unlike("null")),
        None => Err(unlike("empty")),
        // By way of a map, in which a repeated key counts once, the last time, as in Jackson.
        Some(_) => {
            let Flat(fields) = read(body)?;
            serde_path_to_error::deserialize(fields)
                .map_err(|error| unreadable(error.path(), error.inner()))
        }
    }
}

fn unlike(found: &str) -> Problem {
    Problem::bad_request(format!("the body must be a JSON object, but it is {found}"))
        .cause(format!("expected an object, found {found}"))
        .hint("send an object such as {\"qty\": 1}")
}

/// Any JSON.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| unreadable(error.path(), error.inner()))?;
    reader.end().map_err(|error| {
        Problem::bad_request("there is more in the body than one JSON value")
            .cause(error.to_string())
    })?;
    Ok(value)
}

/// What was wrong, first of all with which field.
pub(crate) fn unreadable(path: &Path, error: &serde_json::Error) -> Problem {
    let whole = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let reason = whole.strip_suffix(&place).unwrap_or(&whole);
    let field = match path.iter().next() {
        Some(Segment::Map { .. } | Segment::Seq { .. }) => format!("{path}: "),
        _ => String::new(),
    };
    let detail = match error.classify() {
        Category::Data => format!("{field}{reason}"),
        _ => format!("the body is not JSON: {field}{reason}"),
    };
    let shorten = reason.strip_prefix(TOO_LONG).map(|lengths| format!("shorten {path}{lengths}"));
    let problem = Problem::bad_request(detail).cause(whole);
    match shorten {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}
