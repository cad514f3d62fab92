//! A request's body on its way to the service: whether it moves, and how long it goes on when the
//! answer is there before its end.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{Error, body::Body};
use bytes::Bytes;
use futures::task::AtomicWaker;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::trailers::{self, Filtered};

/// How long an upload may go on when the whole answer has been passed on.
const LINGERS: Duration = Duration::from_secs(10);

/// How many bytes of it are still passed on.
const LINGERING_BYTES: u64 = 64 << 20;

/// What both ways of an exchange know of each other.
#[derive(Default)]
struct Exchange {
    moved: AtomicBool,
    answered: AtomicBool,
    upload: AtomicWaker,
}

/// The upload as seen by what waits for the answer; nothing for a request without a body.
#[derive(Default)]
pub(crate) struct Movement(Option<Arc<Exchange>>);

impl Movement {
    /// Whether anything has moved since this was last asked.
    pub(crate) fn take(&self) -> bool {
        self.0.as_ref().is_some_and(|exchange| exchange.moved.swap(false, Relaxed))
    }

    /// The answer's body; its end limits what is left of the upload.
    pub(crate) fn until_answered(self, answer: Filtered) -> Body {
        match self.0 {
            None => Body::new(answer),
            Some(exchange) => Body::new(Answer { body: answer, _ends: Ends(exchange) }),
        }
    }
}

/// Wraps a body to see it move; an empty one stays as it is.
pub(crate) fn watch(body: Body) -> (Body, Movement) {
    if body.is_end_stream() {
        return (body, Movement::default());
    }
    let exchange = Arc::<Exchange>::default();
    let upload = Upload { body, exchange: exchange.clone(), left: LINGERING_BYTES, end: None };
    (Body::new(upload), Movement(Some(exchange)))
}

struct Upload {
    body: Body,
    exchange: Arc<Exchange>,
    left: u64,
    end: Option<Pin<Box<Sleep>>>,
}

impl Upload {
    /// Whether the answer was passed on so long ago, or so many bytes, that the rest is not awaited.
    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        if !self.exchange.answered.load(Relaxed) {
            self.exchange.upload.register(context.waker());
            // It may have come in between.
            if !self.exchange.answered.load(Relaxed) {
                return false;
            }
        }
        let end = self.end.get_or_insert_with(|| Box::pin(sleep(LINGERS)));
        self.left == 0 || end.as_mut().poll(context).is_ready()
    }
}

impl HttpBody for Upload {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.is_over(context) {
            return Poll::Ready(Some(Err(Error::new("the answer came long before the end"))));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.exchange.moved.store(true, Relaxed);
        if let (Some(_), Some(Ok(frame))) = (&self.end, &frame) {
            let length = frame.data_ref().map_or(0, Bytes::len);
            self.left = self.left.saturating_sub(length.try_into().unwrap_or(u64::MAX));
        }
        Poll::Ready(frame.map(|frame| frame.map(trailers::filter)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer that may come before the end of the upload.
struct Answer {
    body: Filtered,
    _ends: Ends,
}

struct Ends(Arc<Exchange>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.answered.store(true, Relaxed);
        self.0.upload.wake();
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
