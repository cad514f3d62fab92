//! A body that tells when it has been sent: until then its request is under way.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use actuator::InFlight;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

use crate::activity::Answered;

/// The answer's body, and the place of its request in the count.
///
/// A type of its own, because hyper takes any: no box and no layer for each answer.
pub(crate) struct Counted {
    body: Body,
    under_way: Option<InFlight>,
    /// When it is dropped, the connection waits for its next request.
    _answered: Answered,
}

impl Counted {
    pub(crate) fn new(body: Body, under_way: Option<InFlight>, answered: Answered) -> Self {
        Self { body, under_way, _answered: answered }
    }

    fn answered(&mut self) {
        if let Some(request) = self.under_way.take() {
            request.answered();
        }
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) {
            self.answered();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        // hyper does not ask a body for its end when it can see it: it drops it.
        if self.body.is_end_stream() {
            self.answered();
        }
    }
}
