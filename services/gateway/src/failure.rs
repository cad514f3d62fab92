//! What is said when a service does not answer.

use std::{
    error::Error,
    io::{self, ErrorKind},
    iter::successors,
    time::Duration,
};

use axum::http::StatusCode;
use humantime::format_duration;
use upstream::Error as ClientError;
use web::Problem;

use crate::backend::Backend;

/// The problem that names the service and what became of the attempt.
pub(crate) fn explain(error: &ClientError, backend: &Backend) -> Problem {
    let io = cause::<io::Error>(error).map(io::Error::kind);
    if io == Some(ErrorKind::TimedOut) {
        return gone(StatusCode::GATEWAY_TIMEOUT, backend, "it took too long to connect");
    }
    let protocol = cause::<hyper::Error>(error);
    if protocol.is_some_and(hyper::Error::is_user) {
        return Problem::bad_request("the request's body broke off");
    }
    gone(StatusCode::BAD_GATEWAY, backend, &reason(error, io, protocol))
}

fn reason(error: &ClientError, io: Option<ErrorKind>, protocol: Option<&hyper::Error>) -> String {
    let known = match io {
        Some(ErrorKind::ConnectionRefused) => "connection refused",
        Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => "connection reset",
        _ if protocol.is_some_and(hyper::Error::is_incomplete_message) => {
            "it closed the connection"
        }
        _ if protocol.is_some_and(hyper::Error::is_parse) => {
            return format!("what came back is not HTTP: {}", last(error));
        }
        _ => return last(error),
    };
    known.to_owned()
}

/// The problem for a service that is there and says nothing.
pub(crate) fn too_late(limit: Duration, backend: &Backend) -> Problem {
    let limit = format!("nothing came within {}", format_duration(limit));
    gone(StatusCode::GATEWAY_TIMEOUT, backend, &limit)
}

/// The problem for a service that changes the protocol when nobody asked it to.
pub(crate) fn uninvited_upgrade(backend: &Backend) -> Problem {
    gone(StatusCode::BAD_GATEWAY, backend, "it changed the protocol unasked")
}

/// The problem for an answer whose body is not framed as its head says.
pub(crate) fn malformed(error: &hyper::Error, backend: &Backend) -> Problem {
    let reason = format!("its answer's body is malformed: {}", last(error));
    gone(StatusCode::BAD_GATEWAY, backend, &reason)
}

/// The problem for an answer in a transfer coding that the gateway did not ask for.
pub(crate) fn unknown_coding(backend: &Backend) -> Problem {
    gone(StatusCode::BAD_GATEWAY, backend, "its answer has a transfer coding other than chunked")
}

fn gone(status: StatusCode, backend: &Backend, reason: &str) -> Problem {
    let Backend { service, url, .. } = backend;
    tracing::warn!(service, %url, reason, "a service did not answer");
    let variable = service.to_uppercase();
    Problem::new(status, format!("{service} at {url} did not answer: {reason}")).hint(format!(
        "look at {service}: is it running and ready, and is {variable}_URL its address?"
    ))
}

/// Whether the connection ended before the answer began, as one does that had idled too long.
pub(crate) fn is_stale(error: &ClientError) -> bool {
    let is_closed = |kind| {
        use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        matches!(kind, ConnectionReset | ConnectionAborted | BrokenPipe)
    };
    !error.is_connect()
        && (cause::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message)
            || cause::<io::Error>(error).is_some_and(|error| is_closed(error.kind())))
}

fn last(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map_or_else(String::new, ToString::to_string)
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error| (*error).source())
}

fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).find_map(<dyn Error>::downcast_ref)
}
