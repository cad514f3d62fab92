//! What an error looks like on the wire: RFC 9457's members beside the ones Spring Boot sends.

use std::borrow::Cow;

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// The media type of every error body.
pub const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// A refusal or a failure, told so that the reader knows what to do next.
///
/// It becomes a body in [`render`], which knows the path; a response that never passes through
/// that layer has the status and no body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub status: StatusCode,
    /// What went wrong this time, for people.
    pub detail: Cow<'static, str>,
    /// What to do instead, where a frequent slip is recognised.
    pub hint: Option<String>,
    /// The underlying message, for bodies that could not be read (Spring's `cause`).
    pub cause: Option<String>,
    /// After how many seconds asking again makes sense: the header `Retry-After`.
    pub retry_after: Option<u32>,
}

impl Problem {
    pub fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, detail: detail.into(), hint: None, cause: None, retry_after: None }
    }

    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    pub fn unavailable(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// Ours to fix: logged with its causes here, once, and not shown.
    pub fn broken(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "something broke in this service; its log says what",
        )
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says after how many seconds asking again makes sense.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Whose order of members an error body follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Spring MVC, as the services speak: `timestamp, status, error, message, path`.
    Mvc,
    /// Spring `WebFlux`, as the gateway speaks: `timestamp, path, status, error, message`.
    WebFlux,
}

/// The layer that writes every [`Problem`] below it as `application/problem+json`.
pub async fn render(dialect: Dialect, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    write(dialect, uri.path(), next.run(request).await)
}

/// Writes the [`Problem`] of this response, if it has one, as the answer to a request for `path`.
pub fn write(dialect: Dialect, path: &str, mut response: Response) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let body = serde_json::to_vec(&Body::new(&problem, path, dialect)).unwrap_or_default();
        response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM_JSON);
        response.headers_mut().remove(header::CONTENT_LENGTH);
        if let Some(seconds) = problem.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        *response.body_mut() = body.into();
    }
    response
}

#[derive(Serialize)]
struct Body<'a> {
    timestamp: String,
    #[serde(rename = "path", skip_serializing_if = "Option::is_none")]
    path_first: Option<&'a str>,
    status: u16,
    error: &'a str,
    message: &'a str,
    #[serde(rename = "path", skip_serializing_if = "Option::is_none")]
    path_last: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'a str,
    title: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Cause<'a>>,
}

#[derive(Serialize)]
struct Cause<'a> {
    cause: Option<()>,
    message: &'a str,
}

impl<'a> Body<'a> {
    fn new(problem: &'a Problem, path: &'a str, dialect: Dialect) -> Self {
        let reason = problem.status.canonical_reason().unwrap_or("Unknown");
        Self {
            timestamp: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3f+00:00").to_string(),
            path_first: (dialect == Dialect::WebFlux).then_some(path),
            status: problem.status.as_u16(),
            error: reason,
            message: &problem.detail,
            path_last: (dialect == Dialect::Mvc).then_some(path),
            kind: "about:blank",
            title: reason,
            detail: &problem.detail,
            hint: problem.hint.as_deref(),
            cause: problem.cause.as_deref().map(|message| Cause { cause: None, message }),
        }
    }
}

/// A path that nothing is served under, with the nearest one that is as a hint.
pub fn not_found(known: &[&str], path: &str) -> Problem {
    let shown: String = path.chars().take(80).collect();
    let problem = Problem::not_found(format!("nothing is served under {shown}"));
    let first = format!("/{}", path.split('/').find(|part| !part.is_empty()).unwrap_or_default());
    // Comparing takes the product of both lengths, and the client chooses one of them.
    let comparable = first.len() <= 64;
    let distance =
        |known: &&&str| strsim::damerau_levenshtein(&first.to_lowercase(), &known.to_lowercase());
    let nearest = known.iter().filter(|_| comparable).min_by_key(distance);
    match nearest.filter(|nearest| distance(nearest) <= 3.max(nearest.len() / 3)) {
        Some(nearest) => problem.hint(format!("did you mean {nearest}?")),
        None => problem.hint(format!("there is {}", known.join(", "))),
    }
}
