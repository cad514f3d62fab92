//! The body of a request, which may let us wait so long and no longer.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use axum::{
    Error,
    body::{Body, Bytes, HttpBody},
};
use hyper::body::{Frame, SizeHint};
use tokio_util::sync::CancellationToken;

use crate::{limits::Limits, patience::Patience};

/// What is known of a body while it is read; a request extension.
#[derive(Clone, Default)]
pub(crate) struct Upload {
    stalled: CancellationToken,
    waiting: Arc<AtomicBool>,
}

impl Upload {
    /// Completes when the body has let us wait for too long.
    pub(crate) async fn stalled(&self) {
        self.stalled.cancelled().await;
    }

    /// Whether the rest of it is being waited for.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.load(Relaxed)
    }
}

/// Wraps a body; one that is empty, or was read with its head, stays as it is.
pub(crate) fn watch(body: Body, limits: Limits) -> (Body, Option<Upload>) {
    if body.is_end_stream() {
        return (body, None);
    }
    let upload = Upload::default();
    let patience = Patience::new(limits.body, limits.rate);
    (Body::new(Watched { body, upload: upload.clone(), patience }), Some(upload))
}

struct Watched {
    body: Body,
    upload: Upload,
    patience: Patience,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        match &frame {
            Poll::Pending => {
                self.upload.waiting.store(true, Relaxed);
                // The reader goes on waiting: the request is ended from outside, with the same answer
                // wherever it reads.
                if self.patience.poll_exhausted(context).is_ready() {
                    self.upload.stalled.cancel();
                }
            }
            Poll::Ready(frame) => {
                self.upload.waiting.store(false, Relaxed);
                let data = frame.as_ref().and_then(|it| it.as_ref().ok()?.data_ref());
                self.patience.moved(data.map_or(0, Bytes::len));
            }
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
