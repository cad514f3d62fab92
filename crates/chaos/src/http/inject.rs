//! Where faults hit requests, and requests pay what knobs want.
//!
//! What is hit runs on threads of its own. However much of them hang, whoever wants to end the
//! fault is answered.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse as _, Response},
};
use futures::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use runtime::Reset;
use tokio::runtime::Runtime;
use tokio_util::task::AbortOnDropHandle;
use trace::TraceContext;
use web::Problem;

use super::{costs::pay, layer::Rest};
use crate::{
    dose::{Value, end},
    faults::{Fault, Faults, Hit},
    knobs::Knobs,
};

/// Names the fault that made or changed an answer.
const FAULT: HeaderName = HeaderName::from_static("x-fault");

/// The size of the pieces in which `slow-body` answers.
const PIECE: usize = 64;

/// How long half a body may take to leave.
const SENT: Duration = Duration::from_millis(50);

/// What the layer needs to know of its service.
pub(crate) struct Victim {
    pub(crate) faults: Faults,
    pub(crate) knobs: Knobs,
}

/// As many requests as a servlet container handles at once; others wait for a thread.
const THREADS: usize = 200;

pub(crate) static EXECUTOR: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .thread_name("misbehaving")
        .max_blocking_threads(THREADS)
        .enable_all()
        .build()
        .expect("threads for what is hit by a fault")
});

impl Victim {
    /// Whether any fault is in force, or any knob turned.
    pub(crate) fn any(&self) -> bool {
        self.faults.any() || self.knobs.any()
    }

    /// Lets the request be hit, and pay.
    pub(crate) async fn suffer(self: Arc<Self>, request: Request, rest: Rest) -> Response {
        if !self.faults.any() && !self.knobs.on_workers() {
            return pay(&self.knobs, request, rest).await;
        }
        let trace = TraceContext::current().unwrap_or_else(TraceContext::begin);
        let hit = trace.scope(async move { self.hit(request, rest).await });
        let answered = AbortOnDropHandle::new(EXECUTOR.spawn(hit)).await;
        answered.unwrap_or_else(|_| Problem::broken("a request panicked").into_response())
    }

    async fn hit(&self, request: Request, rest: Rest) -> Response {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let strike = |fault| self.faults.strike_request(fault, method.as_str(), &path);
        if let Some(Hit { value: Value::End(how), .. }) = self.crashes(&method, &path) {
            end(how);
        }
        if self.faults.on(Fault::Deadlock).is_some() {
            self.faults.while_on(Fault::Deadlock).await;
        }
        if strike(Fault::Hang).is_some() {
            self.faults.while_on(Fault::Hang).await;
        }
        if let Some(Hit { value: Value::Bytes(bytes), .. }) = strike(Fault::Leak) {
            self.faults.budget().leak(bytes);
        }
        if let Some(Hit { value: Value::Delay(delay), draw }) = strike(Fault::Latency) {
            tokio::time::sleep(delay.at(draw)).await;
        }
        if strike(Fault::Reset).is_some() {
            return (StatusCode::BAD_GATEWAY, axum::Extension(Reset)).into_response();
        }
        if let Some(Hit { value: Value::Status(status), .. }) = strike(Fault::Error) {
            return marked(refusal(status), Fault::Error);
        }
        let answer = pay(&self.knobs, request, rest).await;
        if strike(Fault::TruncatedBody).is_some() {
            return truncated(answer).await;
        }
        if let Some(Hit { value: Value::Delay(delay), draw }) = strike(Fault::SlowBody) {
            return slow(answer, delay.at(draw)).await;
        }
        answer
    }

    /// Only a crash with a dose waits for a request.
    fn crashes(&self, method: &axum::http::Method, path: &str) -> Option<Hit> {
        let dosed = self.faults.is_dosed(Fault::Crash);
        dosed.then(|| self.faults.strike_request(Fault::Crash, method.as_str(), path)).flatten()
    }
}

fn refusal(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    Problem::new(status, "the fault `error` made this answer; nothing is wrong")
        .hint("GET /actuator/faults shows it, DELETE /actuator/faults/error ends it")
        .into_response()
}

fn marked(mut answer: Response, fault: Fault) -> Response {
    answer.headers_mut().insert(FAULT, HeaderValue::from_static(fault.kind().name));
    answer
}

/// An answer whose body is at hand.
async fn collected(answer: Response) -> (axum::http::response::Parts, Bytes) {
    let (parts, body) = answer.into_parts();
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes);
    (parts, bytes.unwrap_or_default())
}

/// Half of the body, then the end of the connection: the length was promised for all of it.
async fn truncated(answer: Response) -> Response {
    let (mut parts, bytes) = collected(answer).await;
    parts.headers.insert(axum::http::header::CONTENT_LENGTH, bytes.len().into());
    let half = bytes.slice(..bytes.len() / 2);
    // What is written together is lost together: the half must be on its way before the end.
    let end = stream::once(async {
        tokio::time::sleep(SENT).await;
        Err(std::io::Error::other("the fault `truncated-body`"))
    });
    let body = Body::from_stream(stream::iter([Ok(half)]).chain(end));
    marked(Response::from_parts(parts, body), Fault::TruncatedBody)
}

/// All of the body, in pieces with a pause before each.
async fn slow(answer: Response, pause: Duration) -> Response {
    let (parts, bytes) = collected(answer).await;
    let pieces: Vec<Bytes> = (0..bytes.len())
        .step_by(PIECE)
        .map(|at| bytes.slice(at..bytes.len().min(at + PIECE)))
        .collect();
    let pieces = stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(pause).await;
        std::io::Result::Ok(piece)
    });
    marked(Response::from_parts(parts, Body::from_stream(pieces)), Fault::SlowBody)
}
