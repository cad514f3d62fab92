//! Cross-origin requests: every origin may, with credentials, as the original gateway's `[/**]` said.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method,
        header::{
            ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
            ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
            ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
        },
    },
    response::Response,
};

use crate::headers::Caller;

const VARIES: [&str; 3] =
    ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"];

const TRUE: HeaderValue = HeaderValue::from_static("true");

static OURS: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
];

/// The page's origin, unless the page was served from where the request goes.
pub(crate) fn foreign_origin(headers: &HeaderMap, caller: &Caller) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    (!is_same(origin, caller)).then(|| origin.clone())
}

fn is_same(origin: &HeaderValue, caller: &Caller) -> bool {
    let (Ok(origin), Some(host)) = (origin.to_str(), caller.host()) else { return false };
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let default_port = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    let bare = |authority: &str| {
        authority.strip_suffix(default_port).unwrap_or(authority).to_ascii_lowercase()
    };
    scheme.eq_ignore_ascii_case(caller.proto()) && bare(authority) == bare(host)
}

/// Whether a browser asks if it may.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// It may.
pub(crate) fn preflight(asked: &HeaderMap, origin: HeaderValue) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    vary(headers);
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if let Some(method) = asked.get(ACCESS_CONTROL_REQUEST_METHOD) {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    }
    if let Some(names) = requested_headers(asked) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names);
    }
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
    response
}

fn requested_headers(asked: &HeaderMap) -> Option<HeaderValue> {
    let lines = asked.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter();
    let names: Vec<&str> = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() { None } else { HeaderValue::from_str(&names.join(", ")).ok() }
}

/// Lets the page read the answer; what the service said about that is replaced.
pub(crate) fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    for name in &OURS {
        headers.remove(name);
    }
    keep_other_variations(headers);
    vary(headers);
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
}

fn vary(headers: &mut HeaderMap) {
    for name in VARIES {
        headers.append(VARY, HeaderValue::from_static(name));
    }
}

fn keep_other_variations(headers: &mut HeaderMap) {
    let is_ours = |line: &HeaderValue| {
        VARIES.iter().any(|name| line.as_bytes().eq_ignore_ascii_case(name.as_bytes()))
    };
    let others: Vec<_> =
        headers.get_all(VARY).iter().filter(|line| !is_ours(line)).cloned().collect();
    headers.remove(VARY);
    for line in others {
        headers.append(VARY, line);
    }
}
