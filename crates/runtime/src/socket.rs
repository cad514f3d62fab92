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

    /// When to look at the silence again, if there may ever be a limit to it, and whether it has
    /// lasted too long then. While a request is answered silence is right; but hyper reads again only
    /// when something comes, so the time for that silence has to be running when the answer ends.
    fn until(&self) -> Option<(Instant, bool)> {
        let activity = self.activity();
        match activity.phase() {
            Phase::New | Phase::Head => Some((activity.after(self.limits.head), true)),
            Phase::Idle => Some((activity.after(self.limits.idle), true)),
            Phase::Busy => Some((activity.after(self.limits.idle), false)),
            Phase::Upgraded => None,
        }
    }

    /// Ready with the reason when nothing more is waited for.
    fn poll_silent(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        if self.activity().is_closed(context) {
            return Poll::Ready(io::ErrorKind::ConnectionAborted.into());
        }
        let Some((until, is_the_end)) = self.until() else { return Poll::Pending };
        let idle = self.limits.idle;
        let timer = self.silent.get_or_insert_with(|| Box::pin(sleep_until(until)));
        // One that ends too early is set anew then, and not with each request.
        if timer.deadline() > until {
            timer.as_mut().reset(until);
        }
        while timer.as_mut().poll(context).is_ready() {
            match (timer.deadline() >= until, is_the_end) {
                (true, true) => return Poll::Ready(io::ErrorKind::TimedOut.into()),
                (true, false) => timer.as_mut().reset(Instant::now() + idle),
                (false, _) => timer.as_mut().reset(until),
            }
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
