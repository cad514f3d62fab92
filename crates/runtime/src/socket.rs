//! A socket that does not wait for its client for ever, and can be reset instead of closed.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    activity::{Activity, Phase},
    connections::Place,
    limits::Limits,
    patience::Patience,
};

/// A connection on its place in the table: it ends with an error when it is silent for too long,
/// when what is written is not read, or when its place is needed. When it is dropped after `reset`,
/// the other side gets a TCP RST.
pub(crate) struct Socket {
    stream: TcpStream,
    place: Arc<Place>,
    limits: Limits,
    requests: Requests,
    silent: Option<Pin<Box<Sleep>>>,
    unread: Patience,
    pub(crate) reset: CancellationToken,
}

/// How requests follow each other on a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Requests {
    /// One after another; who serves them says when each begins and ends.
    InTurn,
    /// At once. The client answers pings, so silence means that it is gone.
    AtOnce,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream, place: Place, limits: Limits, requests: Requests) -> Self {
        let unread = Patience::new(limits.write, limits.rate);
        let reset = CancellationToken::new();
        Self { stream, place: Arc::new(place), limits, requests, silent: None, unread, reset }
    }

    pub(crate) fn place(&self) -> &Arc<Place> {
        &self.place
    }

    fn activity(&self) -> &Activity {
        &self.place.activity
    }

    /// Something was read.
    fn heard(&self) {
        let activity = self.activity();
        match (self.requests, activity.phase()) {
            (Requests::InTurn, Phase::New | Phase::Idle) => activity.enter(Phase::Head),
            (Requests::InTurn, _) => {}
            (Requests::AtOnce, _) => activity.enter(Phase::Idle),
        }
    }

    /// When silence has lasted too long, if there is a limit to it now.
    fn until(&self) -> Option<Instant> {
        let activity = self.activity();
        match activity.phase() {
            Phase::New | Phase::Head => Some(activity.after(self.limits.head)),
            Phase::Idle => Some(activity.after(self.limits.idle)),
            Phase::Busy | Phase::Upgraded => None,
        }
    }

    /// Ready with the reason when nothing more is waited for.
    ///
    /// hyper reads again only when something comes: it does not ask here when an answer has ended and
    /// the connection has become idle. So whatever the phase is, the silence is looked at again when
    /// an idle connection would have to end.
    fn poll_silent(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        if self.activity().is_closed(context) {
            return Poll::Ready(io::ErrorKind::ConnectionAborted.into());
        }
        if self.activity().phase() == Phase::Upgraded {
            return Poll::Pending;
        }
        let (until, idle) = (self.until(), self.limits.idle);
        let look = sooner(until, Instant::now() + idle);
        let timer = self.silent.get_or_insert_with(|| Box::pin(sleep_until(look)));
        // One that ends too early is set anew then, and not with each request.
        if timer.deadline() > look {
            timer.as_mut().reset(look);
        }
        while timer.as_mut().poll(context).is_ready() {
            let now = Instant::now();
            if until.is_some_and(|until| until <= now) {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            timer.as_mut().reset(sooner(until, now + idle));
        }
        Poll::Pending
    }

    /// What came of writing, or an error when the client reads too little.
    fn written(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending => {
                if !self.unread.is_waiting() {
                    self.activity().reads(false);
                }
                if self.activity().is_closed(context) {
                    return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
                }
                let exhausted = self.unread.poll_exhausted(context);
                exhausted.map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Ready(Ok(bytes)) => {
                if self.unread.is_waiting() {
                    self.activity().reads(true);
                }
                self.unread.moved(bytes);
                written
            }
            Poll::Ready(Err(_)) => written,
        }
    }
}

fn sooner(until: Option<Instant>, other: Instant) -> Instant {
    until.map_or(other, |until| until.min(other))
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.reset.is_cancelled() {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        match read {
            Poll::Pending => self.poll_silent(context).map(Err),
            Poll::Ready(_) => {
                if buffer.filled().len() > before {
                    self.heard();
                }
                read
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
