//! What is answered when a request cannot be handled for want of time or room.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use web::Problem;

use crate::upload::Upload;

/// In a request: it came on a connection that is reserved for the control plane.
#[derive(Clone, Copy)]
pub(crate) struct Crowded;

/// Handles the request, unless all connections are in use, until its body stalls.
pub(crate) async fn handle(mut request: Request, next: Next) -> Response {
    if request.extensions_mut().remove::<Crowded>().is_some() {
        return closing(crowded());
    }
    let Some(upload) = request.extensions().get::<Upload>().cloned() else {
        return next.run(request).await;
    };
    tokio::select! {
        answer = next.run(request) => answer,
        () = upload.stalled() => closing(stalled()),
    }
}

/// Answers with 503 whoever would have to wait longer; with 408 if it is the client that is waited
/// for.
pub(crate) async fn in_time(
    State(patience): State<Duration>,
    request: Request,
    next: Next,
) -> Response {
    let upload = request.extensions().get::<Upload>().cloned();
    let answered = tokio::time::timeout(patience, next.run(request)).await;
    answered.unwrap_or_else(|_| {
        if upload.is_some_and(|it| it.is_waiting()) {
            return closing(stalled());
        }
        let patience = humantime::format_duration(patience);
        Problem::unavailable(format!("it was not done within {patience}"))
            .hint("look whether it was done after all before you ask again")
            .retry_after(2)
            .into_response()
    })
}

fn stalled() -> Response {
    let detail = "the body did not come in time: nothing was done";
    Problem::new(StatusCode::REQUEST_TIMEOUT, detail)
        .hint("send the whole body; HTTP_BODY_TIMEOUT says how long it may pause")
        .into_response()
}

fn crowded() -> Response {
    let problem = Problem::unavailable("this port has as many connections as it keeps");
    let mut answer = problem.hint("HTTP_CONNECTIONS says how many; try again").into_response();
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

/// The answer after which nothing more is read from this connection.
fn closing(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}
