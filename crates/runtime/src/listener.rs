//! Where connections are accepted: an address, and the other loopback if it is one.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustix::{io::Errno, net::sockopt};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::Instant,
};

use crate::{
    connections::Connections,
    limits::Limits,
    socket::{Requests, Socket},
};

/// How long to wait for a connection that is being closed, so that there is a file for another.
const PAUSE: Duration = Duration::from_millis(10);

/// How often at most to say that there are too many connections.
const REMINDER: Duration = Duration::from_mins(1);

/// When a client that has vanished is noticed although nothing is sent to it: after 30 s and three
/// questions 10 s apart.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(30), Duration::from_secs(10), 3);

/// One port of a service.
pub(crate) struct Listener {
    address: TcpListener,
    /// `localhost` is `127.0.0.1` to some, and `::1` to others.
    other_loopback: Option<TcpListener>,
}

impl Listener {
    /// Listens there. Where that is a loopback, or all addresses, both loopbacks answer, unless
    /// the machine has but one.
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let first = listen(address)?;
        let bound = first.local_addr()?;
        let second = other_loopback(bound.ip()).map(|ip| SocketAddr::new(ip, bound.port()));
        let second = second.and_then(|at| match listen(at) {
            Ok(listener) => Some(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && address.port() != 0 => {
                tracing::warn!(
                    "{at} is in use by another process: localhost:{} may lead there; use {bound}",
                    at.port()
                );
                None
            }
            // There is no IPv6, or no IPv4.
            Err(_) => None,
        });
        Ok(Self { address: first, other_loopback: second })
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.address.local_addr()
    }

    /// The next connection of either address.
    pub(crate) async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        match &self.other_loopback {
            None => self.address.accept().await,
            Some(other) => tokio::select! {
                accepted = self.address.accept() => accepted,
                accepted = other.accept() => accepted,
            },
        }
    }

    /// The same, to be polled by this runtime.
    pub(crate) fn moved_here(self) -> io::Result<Self> {
        let moved = |it: TcpListener| TcpListener::from_std(it.into_std()?);
        let other_loopback = self.other_loopback.map(moved).transpose()?;
        Ok(Self { address: moved(self.address)?, other_loopback })
    }
}

fn other_loopback(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(Ipv4Addr::LOCALHOST | Ipv4Addr::UNSPECIFIED) => Some(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::LOCALHOST) => Some(Ipv4Addr::LOCALHOST.into()),
        // To Linux, all addresses of IPv6 are those of IPv4, too.
        _ => None,
    }
}

/// A queue of 1024: a burst of students must not be refused while two cores catch up.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}

/// Turns what a listener accepts into sockets that have a place among a port's connections.
#[derive(Clone)]
pub(crate) struct Entrance {
    pub(crate) limits: Limits,
    connections: Arc<Connections>,
    requests: Requests,
    /// When it was last said that there are too many.
    said: Arc<Mutex<Option<Instant>>>,
}

impl Entrance {
    pub(crate) fn new(limits: Limits, requests: Requests) -> Self {
        let connections = Connections::new(limits.connections);
        Self { limits, connections, requests, said: Arc::default() }
    }

    /// The socket of a connection that was accepted, if there is room. What could not be accepted
    /// is waited for a little: there may be a file for it then.
    pub(crate) async fn admit(
        &self,
        accepted: io::Result<(TcpStream, SocketAddr)>,
    ) -> Option<(Socket, SocketAddr)> {
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_exhausted(&error) => {
                self.warn(&format!("cannot accept a connection: {error}; raise `ulimit -n`"));
                self.connections.make_room();
                tokio::time::sleep(PAUSE).await;
                return None;
            }
            // Its client has given it up already.
            Err(error) => {
                tracing::debug!(%error, "a connection ended before it was accepted");
                return None;
            }
        };
        let _ = stream.set_nodelay(true);
        let _ = keep_alive(&stream);
        let Some(place) = self.connections.admit() else {
            let most = self.connections.most();
            self.warn(&format!("refused a connection: all {most} are in use (HTTP_CONNECTIONS)"));
            return None;
        };
        Some((Socket::new(stream, place, self.limits, self.requests), peer))
    }

    /// Once a minute: each line would be one more for those who flood us to make.
    fn warn(&self, what: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_none_or(|then| then.elapsed() >= REMINDER) {
            *said = Some(Instant::now());
            tracing::warn!("{what}; for a minute this is not said again");
        }
    }
}

/// Whether there are no files, or no memory, for another connection.
fn is_exhausted(error: &io::Error) -> bool {
    let exhausted = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    Errno::from_io_error(error).is_some_and(|it| exhausted.contains(&it))
}

fn keep_alive(stream: &TcpStream) -> rustix::io::Result<()> {
    let (idle, interval, count) = KEEPALIVE;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, idle)?;
    sockopt::set_tcp_keepintvl(stream, interval)?;
    sockopt::set_tcp_keepcnt(stream, count)
}
