//! The service's answer, made fit for the next hop: whole framing, our own version, no trailers
//! that are not its business.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, HttpBody},
    http::{
        HeaderMap, HeaderValue, StatusCode, Version,
        header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING},
    },
    response::Response,
};
use bytes::Bytes;
use hyper::body::Incoming;
use web::Problem;

use crate::{
    backend::Backend,
    failure, headers,
    trailers::{self, Filtered},
    upload::Movement,
};

/// How long the first chunk of an answer is waited for before its head is passed on.
const BEGINS: Duration = Duration::from_millis(20);

/// Takes off what concerned the last hop, and says the rest in our own words (RFC 9110 6.2,
/// RFC 9112 6.3). `is_head`: whether the request was a HEAD.
pub(crate) async fn pass_back(
    mut response: Response<Incoming>,
    movement: Movement,
    is_head: bool,
    backend: &Backend,
) -> Result<Response, Problem> {
    let status = response.status();
    *response.version_mut() = Version::HTTP_11;
    let is_chunked = response.headers().contains_key(TRANSFER_ENCODING);
    if is_chunked && !headers::is_only_chunked(response.headers()) {
        return Err(failure::unknown_coding(backend));
    }
    headers::strip(response.headers_mut());
    trailers::filter_announcement(response.headers_mut());
    // Chunks count, even if a length is given beside them.
    if status == StatusCode::NO_CONTENT || is_chunked {
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    let is_empty = is_head || status == StatusCode::NOT_MODIFIED;
    if !is_empty {
        say_length_once(&mut response);
    }
    let mut response = response.map(Filtered::new);
    if is_chunked && !is_event_stream(response.headers()) {
        let begun = response.body_mut().begin(BEGINS).await;
        begun.map_err(|error| failure::malformed(&error, backend))?;
    }
    let mut response = response.map(|body| movement.until_answered(body));
    if is_empty && has_no_length(response.headers()) {
        // axum would call the length 0, which is not what a GET would have said.
        *response.body_mut() =
            Body::from_stream(futures::stream::empty::<Result<Bytes, Infallible>>());
    }
    Ok(response)
}

/// Two lines with the same length, or a list of it, are one length (RFC 9110 8.6).
fn say_length_once(response: &mut Response<Incoming>) {
    if let Some(length) = response.body().size_hint().exact()
        && !has_no_length(response.headers())
    {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}

/// Its head says that it has begun, and events may be long in coming.
fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/event-stream"))
}

fn has_no_length(headers: &HeaderMap) -> bool {
    !headers.contains_key(CONTENT_LENGTH)
}
