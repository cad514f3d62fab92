//! Which path goes to which service, and what is said about the others.

use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use web::Problem;

use crate::{Backends, backend::BackendUrl, cors};

/// A prefix and the service that owns it and everything below it.
pub(crate) struct Route {
    pub(crate) prefix: &'static str,
    pub(crate) service: &'static str,
    pub(crate) url: fn(&Backends) -> &BackendUrl,
}

pub(crate) const ROUTES: [Route; 4] = [
    Route { prefix: "/orders", service: "order", url: |args| &args.order_url },
    Route { prefix: "/payments", service: "payment", url: |args| &args.payment_url },
    Route { prefix: "/deliveries", service: "delivery", url: |args| &args.delivery_url },
    Route { prefix: "/orderTraces", service: "ordertrace", url: |args| &args.ordertrace_url },
];

/// Refuses a path that a service could read as one outside its route.
pub(crate) fn refuse_detours(path: &str) -> Result<(), Problem> {
    if !path.bytes().any(|byte| matches!(byte, b'.' | b'%' | b'\\')) {
        return Ok(());
    }
    if path.contains('\\') || path.split('/').any(is_dots) || path.split('%').skip(1).any(is_hidden)
    {
        return Err(Problem::bad_request(
            "the path has dot segments, or encoded dots or slashes, which the gateway does not \
             pass on",
        )
        .hint("send the path as it should be read, without . and .. in it"));
    }
    Ok(())
}

/// What old worksheets ask of a service to harm it.
const HARMFUL: [&str; 3] = ["/orders/memleak", "/callMemleak", "/hpa"];

/// Refuses these paths, however they are written.
pub(crate) fn refuse_worksheets(path: &str) -> Result<(), Problem> {
    if !HARMFUL.contains(&&*plain(path)) {
        return Ok(());
    }
    let detail = "this path harms the service, and does not lead to it through the gateway";
    Err(Problem::new(StatusCode::FORBIDDEN, detail)
        .hint("ask the service itself; GATEWAY_WORKSHEETS=true leads there from here, too"))
}

/// The path as the most lenient server reads it: decoded, without parameters and empty segments.
fn plain(path: &str) -> String {
    let digit = |at: usize| char::from(*path.as_bytes().get(at)?).to_digit(16);
    let (mut decoded, mut at) = (Vec::new(), 0);
    while let Some(byte) = path.as_bytes().get(at) {
        let code = digit(at + 1).zip(digit(at + 2)).filter(|_| *byte == b'%');
        let escaped = code.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        decoded.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    let decoded = String::from_utf8_lossy(&decoded);
    let segments = decoded.split('/').map(|it| it.split(';').next().unwrap_or_default());
    segments.filter(|it| !it.is_empty()).flat_map(|it| ["/", it]).collect()
}

/// `.`, `..`, and the `..;x` that some servers read as `..`.
fn is_dots(segment: &str) -> bool {
    segment == "." || segment.starts_with(".;") || segment.starts_with("..")
}

/// Whether what follows a `%` makes it a dot, a slash, a backslash, a NUL, or one of them
/// encoded twice.
fn is_hidden(code: &str) -> bool {
    let code = code.as_bytes().get(..2).unwrap_or_default();
    [b"2e", b"2f", b"5c", b"00", b"25"].iter().any(|hidden| code.eq_ignore_ascii_case(*hidden))
}

/// Answers what no route covers.
pub(crate) async fn nowhere(request: Request) -> Response {
    if cors::is_preflight(request.method(), request.headers()) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let path = request.uri().path();
    refuse_detours(path).err().unwrap_or_else(|| unrouted(path)).into_response()
}

fn unrouted(path: &str) -> Problem {
    let problem = Problem::not_found("no service behind the gateway has this path");
    if let Some(prefix) = nearest(path) {
        return problem.hint(format!("did you mean {prefix}?"));
    }
    let [orders, payments, deliveries, traces] = ROUTES.map(|route| route.prefix);
    problem.hint(format!("the gateway has {orders}, {payments}, {deliveries} and {traces}"))
}

/// The prefix that a slip of up to a third of its letters turns into the path's first segment.
fn nearest(path: &str) -> Option<&'static str> {
    let first = path.split('/').nth(1).filter(|first| first.len() <= 24)?.to_lowercase();
    let slips = |route: &Route| {
        let name = route.prefix[1..].to_lowercase();
        (strsim::osa_distance(&first, &name), name.len() / 3, route.prefix)
    };
    ROUTES
        .iter()
        .map(slips)
        .filter(|(slips, limit, _)| slips <= limit)
        .min_by_key(|(slips, ..)| *slips)
        .map(|(.., prefix)| prefix)
}
