//! Reading a body: one JSON object, and an error that names the field.

use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use crate::{Problem, flat::Flat, lenient::TOO_LONG};

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
