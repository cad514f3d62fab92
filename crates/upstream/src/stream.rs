//! A socket on which an early answer can still be read when the request can no longer be written.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// A service that refuses an upload may answer and close without reading it all: then writing
/// fails, and the answer lies in the socket. So from a write that fails on, what is written is
/// dropped, and reading says what became of the exchange.
pub(crate) struct Stream {
    socket: TcpStream,
    /// Why writing failed, until something has been read after that.
    refused: Option<io::Error>,
    drops_writes: bool,
}

impl Stream {
    pub(crate) fn new(socket: TcpStream) -> Self {
        Self { socket, refused: None, drops_writes: false }
    }

    /// Takes an error of writing for success, if it means that the other side reads no more.
    fn forgive<T>(&mut self, written: io::Result<T>, as_if: T) -> io::Result<T> {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        match written {
            Err(error)
                if matches!(error.kind(), BrokenPipe | ConnectionReset | ConnectionAborted) =>
            {
                self.drops_writes = true;
                self.refused = Some(error);
                Ok(as_if)
            }
            written => written,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.socket).poll_read(context, buffer));
        let is_end = buffer.filled().len() == before;
        match self.refused.take() {
            // Without an answer the end is what writing has met.
            Some(error) if is_end => Poll::Ready(read.and(Err(error))),
            _ => Poll::Ready(read),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.drops_writes {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = ready!(Pin::new(&mut self.socket).poll_write(context, bytes));
        Poll::Ready(self.forgive(written, bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = slices.iter().map(|slice| slice.len()).sum();
        if self.drops_writes {
            return Poll::Ready(Ok(length));
        }
        let written = ready!(Pin::new(&mut self.socket).poll_write_vectored(context, slices));
        Poll::Ready(self.forgive(written, length))
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
