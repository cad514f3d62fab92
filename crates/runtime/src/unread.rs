//! A request's body that is read to its end even when the answer does not need it.
//!
//! A client that still uploads reads the answer only if its connection stays: closing with bytes
//! unread resets it (RFC 9112 9.6). So the rest is read and dropped, within limits.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::BodyExt as _;
use hyper::{
    Request,
    body::{Frame, Incoming, SizeHint},
    header,
};
use tokio::{runtime::Handle, time};

/// How many bytes of an upload are read after its answer.
const BYTES: u64 = 64 << 20;

/// For how long they are read in all.
const LONGEST: Duration = Duration::from_secs(10);

/// How long nothing may come.
const SILENCE: Duration = Duration::from_secs(2);

/// Lets the rest of the body be read when what handles the request drops it.
pub(crate) fn watched(request: Request<Incoming>) -> Request<Body> {
    // A client that waits for `100 Continue` has not begun to upload, and reads the answer instead.
    let waits = request.headers().contains_key(header::EXPECT);
    request.map(|body| {
        let body = Some(body).filter(|body| !body.is_end_stream());
        body.map_or_else(Body::empty, |body| Body::new(Unread { body: Some(body), waits }))
    })
}

struct Unread {
    body: Option<Incoming>,
    waits: bool,
}

impl HttpBody for Unread {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.waits = false;
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|rest| !self.waits && !rest.is_end_stream());
        if let (Some(rest), Ok(threads)) = (rest, Handle::try_current()) {
            threads.spawn(time::timeout(LONGEST, drain(rest)));
        }
    }
}

async fn drain(mut rest: Incoming) {
    let mut left = BYTES;
    while left > 0 {
        let Ok(Some(Ok(frame))) = time::timeout(SILENCE, rest.frame()).await else { return };
        let length = frame.data_ref().map_or(0, Bytes::len);
        left = left.saturating_sub(length.try_into().unwrap_or(u64::MAX));
    }
}
