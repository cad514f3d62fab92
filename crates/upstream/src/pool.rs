//! Connections that wait for the next request, and how long one is used.

use std::{
    collections::{HashMap, VecDeque},
    error::Error as StdError,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use hyper::{
    body::Body,
    client::conn::http1::{self, SendRequest},
    rt::{Read, Write},
};

/// For how long a connection is used. What balances connections sends the next one to any of the
/// replicas that there are then; so even what comes over one connection reaches all of them within
/// seconds, in shares that are hardly left to chance.
const AGE: Duration = Duration::from_millis(100);

/// The least time between two connections that end for their age: 100 a second, so that many of
/// them do not use up the ports of this machine, each of which rests for a minute.
const PACE: Duration = Duration::from_millis(10);

/// How long a connection may wait for its next request: less than a service that leaves goes on
/// accepting, and much less than any keeps an idle one.
const IDLE: Duration = Duration::from_secs(2);

/// A connection to one address.
pub(crate) struct Connection<B> {
    pub(crate) sender: SendRequest<B>,
    address: SocketAddr,
    made: Instant,
    idle_since: Instant,
}

/// Those that wait, by their address.
pub(crate) struct Pool<B>(Mutex<Idle<B>>);

struct Idle<B> {
    connections: HashMap<SocketAddr, VecDeque<Connection<B>>>,
    /// When the next may end for its age.
    next_end: Instant,
}

impl<B> Default for Pool<B> {
    fn default() -> Self {
        let idle = Idle { connections: HashMap::new(), next_end: Instant::now() };
        Self(Mutex::new(idle))
    }
}

impl<B> Connection<B> {
    pub(crate) fn new(address: SocketAddr, sender: SendRequest<B>) -> Self {
        let now = Instant::now();
        Self { sender, address, made: now, idle_since: now }
    }
}

impl<B: Send + 'static> Pool<B> {
    /// A connection to this address that can be used, if there is one.
    pub(crate) fn take(&self, address: Option<SocketAddr>) -> Option<Connection<B>> {
        let now = Instant::now();
        let mut idle = self.idle();
        let Idle { connections, next_end } = &mut *idle;
        let waiting = connections.get_mut(&address?)?;
        while let Some(connection) = waiting.pop_back() {
            let is_old = now - connection.made >= AGE && now >= *next_end;
            if is_old {
                *next_end = now + PACE;
            }
            let is_usable = connection.sender.is_ready() && now - connection.idle_since < IDLE;
            if is_usable && !is_old {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps the connection for the next request as soon as its answer has been read to the end.
    #[expect(
        clippy::disallowed_methods,
        reason = "it waits for the answer's body, and ends with its connection at the latest"
    )]
    pub(crate) fn put_when_ready(self: Arc<Self>, mut connection: Connection<B>) {
        if connection.sender.is_ready() {
            return self.put(connection);
        }
        tokio::spawn(async move {
            if connection.sender.ready().await.is_ok() {
                self.put(connection);
            }
        });
    }

    /// Forgets the connections to addresses that the service no longer has.
    pub(crate) fn retain(&self, is_known: impl Fn(SocketAddr) -> bool) {
        self.idle().connections.retain(|address, _| is_known(*address));
    }

    fn put(&self, mut connection: Connection<B>) {
        let now = Instant::now();
        connection.idle_since = now;
        let mut idle = self.idle();
        let waiting = idle.connections.entry(connection.address).or_default();
        while waiting.front().is_some_and(|it| now - it.idle_since >= IDLE) {
            waiting.pop_front();
        }
        waiting.push_back(connection);
    }

    /// Nothing that holds the lock can fail half-way.
    fn idle(&self) -> MutexGuard<'_, Idle<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Moves the bytes of a connection until it ends.
#[expect(
    clippy::disallowed_methods,
    reason = "a connection serves one request after another, and ends when no one holds its sender"
)]
pub(crate) fn drive<T, B>(connection: http1::Connection<T, B>)
where
    T: Read + Write + Unpin + Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    tokio::spawn(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!(%error, "a connection to a service ended early");
        }
    });
}
