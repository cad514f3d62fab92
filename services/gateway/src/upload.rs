//! A request's body that remembers whether it moved.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use axum::{Error, body::Body};
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// Tells, from outside, whether the upload moved.
#[derive(Default)]
pub(crate) struct Movement(Option<Arc<AtomicBool>>);

impl Movement {
    /// Whether anything has moved since this was last asked.
    pub(crate) fn take(&self) -> bool {
        self.0.as_ref().is_some_and(|moved| moved.swap(false, Ordering::Relaxed))
    }
}

/// Wraps a body to see it move; an empty one stays as it is.
pub(crate) fn watch(body: Body) -> (Body, Movement) {
    if body.is_end_stream() {
        return (body, Movement::default());
    }
    let moved = Arc::new(AtomicBool::new(false));
    (Body::new(Watched { body, moved: moved.clone() }), Movement(Some(moved)))
}

struct Watched {
    body: Body,
    moved: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.moved.store(true, Ordering::Relaxed);
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
