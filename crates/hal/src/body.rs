//! Reading a body: at most 256 KiB, one JSON object, and an error that names the field.

use axum::body::Body;
use bytes::Bytes;
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use axum::http::StatusCode;

use crate::Problem;

/// Less than a message of Kafka may have, in which most of it travels on.
const LIMIT: usize = 256 * 1024;

/// The whole body, unless it is too long.
pub(crate) async fn bytes(body: Body) -> Result<Bytes, Problem> {
    axum::body::to_bytes(body, LIMIT).await.map_err(|error| {
        let source = std::error::Error::source(&error);
        let too_long = source.and_then(|cause| cause.downcast_ref::<LengthLimitError>()).is_some();
        if too_long {
            let detail = "the body is longer than 256 KiB";
            return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail).cause(error.to_string());
        }
        Problem::bad_request("the body broke off").cause(error.to_string())
    })
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
            let fields: serde_json::Value = read(body)?;
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
    Problem::bad_request(detail).cause(whole)
}
