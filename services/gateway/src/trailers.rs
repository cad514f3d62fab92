//! Fields after a body: only those pass that may stand there (RFC 9110 6.5.1), and none that says
//! who the client is.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::HttpBody,
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{
            AGE, ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH,
            CONTENT_RANGE, CONTENT_TYPE, COOKIE, DATE, EXPECT, EXPIRES, HOST, LOCATION,
            MAX_FORWARDS, ORIGIN, PRAGMA, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, RANGE,
            RETRY_AFTER, SET_COOKIE, TRAILER, VARY, VIA, WARNING, WWW_AUTHENTICATE,
        },
    },
};
use bytes::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::timeout;

use crate::headers::{is_claim, is_hop_by_hop, tokens};

/// What decides over framing, routing, who asks, and how to go on: too late after the body.
static FORBIDDEN: [HeaderName; 28] = [
    AGE,
    ALLOW,
    AUTHORIZATION,
    CACHE_CONTROL,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_TYPE,
    COOKIE,
    DATE,
    EXPECT,
    EXPIRES,
    HOST,
    LOCATION,
    MAX_FORWARDS,
    ORIGIN,
    PRAGMA,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    RANGE,
    RETRY_AFTER,
    SET_COOKIE,
    TRAILER,
    VARY,
    VIA,
    WARNING,
    WWW_AUTHENTICATE,
    HeaderName::from_static("idempotency-key"),
];

fn may_trail(name: &HeaderName) -> bool {
    let is_conditional = name.as_str().starts_with("if-");
    let is_cors = name.as_str().starts_with("access-control-");
    !is_conditional
        && !is_cors
        && !is_claim(name)
        && !is_hop_by_hop(name)
        && !FORBIDDEN.contains(name)
}

/// Announces only those trailers that pass.
pub(crate) fn filter_announcement(headers: &mut HeaderMap) {
    if !headers.contains_key(TRAILER) {
        return;
    }
    let names = tokens(headers, TRAILER).filter_map(|name| name.parse().ok());
    let passing: Vec<HeaderName> = names.filter(may_trail).collect();
    headers.remove(TRAILER);
    let list = passing.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(", ");
    if let Some(list) = HeaderValue::try_from(list).ok().filter(|list| !list.is_empty()) {
        headers.insert(TRAILER, list);
    }
}

/// An answer's body, with those trailers that may pass.
pub(crate) struct Filtered {
    /// What was read before the head was passed on.
    begun: Option<Frame<Bytes>>,
    rest: Incoming,
}

impl Filtered {
    pub(crate) fn new(body: Incoming) -> Self {
        Self { begun: None, rest: body }
    }

    /// Reads the first frame, if it comes within this time: framing that cannot be read is known
    /// before the head has been passed on.
    pub(crate) async fn begin(&mut self, within: Duration) -> Result<(), hyper::Error> {
        let first = poll_fn(|context| Pin::new(&mut self.rest).poll_frame(context));
        if let Ok(Some(first)) = timeout(within, first).await {
            self.begun = Some(filter(first?));
        }
        Ok(())
    }
}

/// Leaves in a frame of trailers what may pass.
pub(crate) fn filter(mut frame: Frame<Bytes>) -> Frame<Bytes> {
    if let Some(trailers) = frame.trailers_mut() {
        let names: Vec<HeaderName> = trailers.keys().filter(|it| !may_trail(it)).cloned().collect();
        for name in names {
            trailers.remove(name);
        }
    }
    frame
}

impl HttpBody for Filtered {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if let Some(begun) = self.begun.take() {
            return Poll::Ready(Some(Ok(begun)));
        }
        let frame = ready!(Pin::new(&mut self.rest).poll_frame(context));
        Poll::Ready(frame.map(|frame| frame.map(filter)))
    }

    fn is_end_stream(&self) -> bool {
        self.begun.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.begun.is_none() { self.rest.size_hint() } else { SizeHint::default() }
    }
}
