//! HTTP/1.1 requests to one service, spread over its replicas (docs/adr/0021).
//!
//! A name that resolves to several addresses, as that of a headless Service does, gets its requests
//! in turn at each of them. A name with one address, as that of a plain Service has, is balanced per
//! connection by whatever is behind it: so no connection is used for long, and new ones reach new
//! replicas.

mod addresses;
mod pool;
mod stream;

use std::{error::Error as StdError, io, sync::Arc, time::Duration};

use hyper::{
    Request, Response,
    body::{Body, Incoming},
    client::conn::{TrySendError, http1},
    http::uri::Authority,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};

use self::{
    addresses::{Addresses, Candidates},
    pool::{Connection, Pool},
    stream::Stream,
};

/// At most this many addresses are tried for one connection.
const TRIES: usize = 3;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection: not a byte of the request was sent.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// The connection failed with the request, or before its answer.
    #[error("the exchange failed")]
    Exchange(#[source] hyper::Error),
}

impl Error {
    /// Whether the request was certainly not sent.
    pub fn is_connect(&self) -> bool {
        matches!(self, Self::Connect(_))
    }
}

/// The connections to one service.
pub struct Upstream<B>(Arc<Inner<B>>);

struct Inner<B> {
    addresses: Arc<Addresses>,
    pool: Arc<Pool<B>>,
    connect_timeout: Duration,
}

impl<B> Clone for Upstream<B> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<B> Upstream<B>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    /// The service at this authority, on port 80 unless it names one. Connecting may take
    /// `connect_timeout`, all addresses that are tried together.
    pub fn new(authority: &Authority, connect_timeout: Duration) -> Self {
        let port = authority.port_u16().unwrap_or(80);
        let addresses = Arc::new(Addresses::new(authority.host(), port));
        Self(Arc::new(Inner { addresses, pool: Arc::default(), connect_timeout }))
    }

    /// Sends a request, whose target is in origin form and which has a `Host`, over any connection.
    ///
    /// One that has ended before the request was written is replaced.
    pub async fn send(&self, mut request: Request<B>) -> Result<Response<Incoming>, Error> {
        loop {
            let candidates = self.candidates().await?;
            let Some(connection) = self.0.pool.take(candidates.first()) else {
                let connection = self.connect(&candidates).await?;
                return self.exchange(connection, request).await.map_err(failed);
            };
            match self.exchange(connection, request).await {
                Ok(response) => return Ok(response),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(Error::Exchange(error.into_error())),
                },
            }
        }
    }

    /// The same over a connection made for it: when one of the pool failed, others may have, too.
    pub async fn send_fresh(&self, request: Request<B>) -> Result<Response<Incoming>, Error> {
        let connection = self.connect(&self.candidates().await?).await?;
        self.exchange(connection, request).await.map_err(failed)
    }

    async fn candidates(&self) -> Result<Candidates, Error> {
        let candidates = self.0.addresses.choose().await.map_err(Error::Connect)?;
        if self.0.addresses.have_changed() {
            self.0.pool.retain(|address| candidates.have(address));
        }
        Ok(candidates)
    }

    async fn exchange(
        &self,
        mut connection: Connection<B>,
        request: Request<B>,
    ) -> Result<Response<Incoming>, TrySendError<Request<B>>> {
        let response = connection.sender.try_send_request(request).await?;
        self.0.pool.clone().put_when_ready(connection);
        Ok(response)
    }

    /// A new connection, to the first of these that takes it.
    async fn connect(&self, candidates: &Candidates) -> Result<Connection<B>, Error> {
        let addresses = candidates.in_turn(TRIES);
        let share = u32::try_from(addresses.len()).unwrap_or(1).max(1);
        let mut refused = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in addresses {
            let connecting = timeout(self.0.connect_timeout / share, TcpStream::connect(address));
            match connecting.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
                Ok(stream) => {
                    let _ = stream.set_nodelay(true);
                    let stream = TokioIo::new(Stream::new(stream));
                    let (sender, connection) =
                        http1::handshake(stream).await.map_err(Error::Exchange)?;
                    pool::drive(connection);
                    return Ok(Connection::new(address, sender));
                }
                Err(error) => {
                    self.0.addresses.avoid(address);
                    refused = error;
                }
            }
        }
        Err(Error::Connect(refused))
    }
}

fn failed<B>(error: TrySendError<Request<B>>) -> Error {
    Error::Exchange(error.into_error())
}

#[cfg(test)]
mod tests;
