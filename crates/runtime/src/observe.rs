//! The layer around every route: a request id, a log line, and the figures for Prometheus.

use std::{sync::Arc, time::Instant};

use actuator::Metrics;
use axum::{
    extract::{MatchedPath, Request, State},
    http::HeaderValue,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use trace::{TRACEPARENT, TraceContext};
use uuid::Uuid;
use web::problem::{self, Dialect};

use crate::{entry::Entry, overload};

const REQUEST_ID: &str = "x-request-id";
const APP_VERSION: &str = "x-app-version";

/// What the layer needs to know of its service.
#[derive(Clone)]
pub(crate) struct Observer {
    pub(crate) service: &'static str,
    pub(crate) metrics: Metrics,
    pub(crate) dialect: Dialect,
    pub(crate) app_version: Option<HeaderValue>,
    pub(crate) entry: Entry,
}

/// Answers with the request's id, the client's own if it sent a usable one, and logs one line.
/// Problems become bodies here, too: one layer costs less than two.
pub(crate) async fn observe(
    State(observer): State<Arc<Observer>>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = request_id(&mut request);
    let method = request.method().clone();
    let uri = request.uri().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();

    let answer = match observer.entry.check(&request) {
        Ok(()) => trace_of(&request).scope(overload::handle(request, next)).await,
        Err(refused) => refused.into_response(),
    };
    let mut response = problem::write(observer.dialect, uri.path(), answer);

    let took = started.elapsed();
    let status = response.status().as_u16();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    observer.metrics.answered(name_of(&method), route, status, took);
    log(observer.service, &method, &uri, status, took, &id);
    response.headers_mut().insert(REQUEST_ID, id);
    if let Some(version) = &observer.app_version {
        // What the gateway passes on says it already.
        response.headers_mut().entry(APP_VERSION).or_insert_with(|| version.clone());
    }
    response
}

/// The step that this request is: of its caller's trace, or of a new one.
fn trace_of(request: &Request) -> TraceContext {
    let claimed = request.headers().get(TRACEPARENT).and_then(|it| it.to_str().ok()?.parse().ok());
    claimed.map_or_else(TraceContext::begin, TraceContext::next)
}

fn request_id(request: &mut Request) -> HeaderValue {
    let usable = |id: &&HeaderValue| (1..=128).contains(&id.len()) && id.to_str().is_ok();
    if let Some(id) = request.headers().get(REQUEST_ID).filter(usable) {
        return id.clone();
    }
    let id = HeaderValue::try_from(Uuid::now_v7().to_string()).expect("a UUID is visible text");
    request.headers_mut().insert(REQUEST_ID, id.clone());
    id
}

/// A method as a label: what a client makes up must not become a new time series each time.
fn name_of(method: &axum::http::Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "other",
    }
}

/// Whether operators and probes ask here: neither counted as traffic, nor logged each time.
pub(crate) fn is_control(path: &str) -> bool {
    path.starts_with("/actuator") || path == "/metrics" || path == "/prestop"
}

fn log(
    service: &str,
    method: &axum::http::Method,
    uri: &axum::http::Uri,
    status: u16,
    took: std::time::Duration,
    id: &HeaderValue,
) {
    let micros = took.as_micros();
    let request_id = id.to_str().unwrap_or_default();
    if is_control(uri.path()) {
        tracing::debug!(service, %method, %uri, status, micros, request_id, "answered");
    } else {
        tracing::info!(service, %method, %uri, status, micros, request_id, "answered");
    }
}
