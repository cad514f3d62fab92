//! Where the replicas of a service are: resolved again and again, and chosen in turn.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::net::lookup_host;

/// After this long a name is resolved again, beside the requests.
const FRESH: Duration = Duration::from_secs(1);

/// After this long no request is sent before its name has been resolved again.
const USABLE: Duration = Duration::from_secs(5);

/// How long the last addresses are used when the name can no longer be resolved: a name server may
/// fail for a moment.
const KEPT: Duration = Duration::from_secs(30);

/// How long an address that took no connection is tried last.
const AVOIDED: Duration = Duration::from_secs(5);

/// The addresses of one name.
pub(crate) struct Addresses {
    host: Box<str>,
    port: u16,
    /// Whether the host is an address itself, and needs no look-up.
    is_literal: bool,
    known: Mutex<Known>,
    changed: AtomicBool,
    turn: AtomicUsize,
    resolving: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    found: Vec<SocketAddr>,
    at: Option<Instant>,
    avoided: Vec<(SocketAddr, Instant)>,
    order: Arc<Order>,
}

/// In which order addresses are tried.
#[derive(Default, PartialEq, Eq)]
struct Order {
    /// Those that take turns.
    near: Vec<SocketAddr>,
    /// Those for when none of the others can be reached: avoided ones, and the other family of a
    /// name that has both, such as `localhost`.
    rest: Vec<SocketAddr>,
}

/// The addresses to try for one request.
pub(crate) struct Candidates {
    order: Arc<Order>,
    turn: usize,
}

impl Addresses {
    pub(crate) fn new(host: &str, port: u16) -> Self {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let literal = host.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, port));
        let mut known = Known { found: literal.into_iter().collect(), ..Known::default() };
        known.arrange();
        Self {
            host: host.into(),
            port,
            is_literal: literal.is_some(),
            known: Mutex::new(known),
            changed: AtomicBool::new(false),
            turn: AtomicUsize::new(0),
            resolving: tokio::sync::Mutex::new(()),
        }
    }

    /// The next in turn, and the others after it.
    pub(crate) async fn choose(self: &Arc<Self>) -> io::Result<Candidates> {
        if !self.is_literal {
            match self.age() {
                Some(age) if age < FRESH => {}
                Some(age) if age < USABLE => self.resolve_beside(),
                _ => self.resolve().await?,
            }
        }
        let order = self.known().order.clone();
        Ok(Candidates { order, turn: self.turn.fetch_add(1, Relaxed) })
    }

    /// Whether other addresses were found since this was last asked.
    pub(crate) fn have_changed(&self) -> bool {
        self.changed.load(Relaxed) && self.changed.swap(false, Relaxed)
    }

    /// Tries this address last for a while: it took no connection.
    pub(crate) fn avoid(&self, address: SocketAddr) {
        let mut known = self.known();
        known.avoided.push((address, Instant::now() + AVOIDED));
        known.arrange();
    }

    fn age(&self) -> Option<Duration> {
        self.known().at.map(|at| at.elapsed())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the request that notices does not wait for it; it ends with the look-up"
    )]
    fn resolve_beside(self: &Arc<Self>) {
        if self.resolving.try_lock().is_ok() {
            let addresses = self.clone();
            tokio::spawn(async move { addresses.resolve().await });
        }
    }

    /// One look-up at a time; those that waited for it use what it found.
    async fn resolve(&self) -> io::Result<()> {
        let _one = self.resolving.lock().await;
        if self.age().is_some_and(|age| age < FRESH) {
            return Ok(());
        }
        match lookup_host((&*self.host, self.port)).await.map(Iterator::collect::<Vec<_>>) {
            Ok(found) if found.is_empty() => Err(io::ErrorKind::AddrNotAvailable.into()),
            Ok(found) => {
                self.learn(found);
                Ok(())
            }
            Err(error) if self.age().is_some_and(|age| age < KEPT) => {
                tracing::warn!(host = &*self.host, %error, "the last known addresses are used:");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) fn learn(&self, mut found: Vec<SocketAddr>) {
        found.sort_unstable();
        found.dedup();
        let mut known = self.known();
        known.at = Some(Instant::now());
        if known.found != found {
            let addresses = found.len();
            tracing::debug!(host = &*self.host, addresses, "the addresses of a service changed");
            self.changed.store(true, Relaxed);
        }
        known.found = found;
        known.arrange();
    }

    /// Nothing that holds the lock can fail half-way.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn arrange(&mut self) {
        let now = Instant::now();
        self.avoided.retain(|(_, until)| *until > now);
        let is_avoided = |it: &SocketAddr| self.avoided.iter().any(|(avoided, _)| avoided == it);
        let first = self.found.iter().find(|it| !is_avoided(it)).or(self.found.first());
        let is_near = |it: &SocketAddr| first.is_some_and(|first| first.is_ipv4() == it.is_ipv4());
        let (mut near, mut rest): (Vec<_>, Vec<_>) =
            self.found.iter().partition(|it| is_near(it) && !is_avoided(it));
        if near.is_empty() {
            std::mem::swap(&mut near, &mut rest);
        }
        let order = Order { near, rest };
        if *self.order != order {
            self.order = Arc::new(order);
        }
    }
}

impl Candidates {
    /// The one whose turn it is.
    pub(crate) fn first(&self) -> Option<SocketAddr> {
        let near = &self.order.near;
        near.get(self.turn % near.len().max(1)).copied()
    }

    /// At most so many, in the order in which to try them.
    pub(crate) fn in_turn(&self, most: usize) -> Vec<SocketAddr> {
        let Order { near, rest } = &*self.order;
        let (before, first) = near.split_at(self.turn % near.len().max(1));
        first.iter().chain(before).chain(rest).take(most).copied().collect()
    }

    /// Whether the service has this address.
    pub(crate) fn have(&self, address: SocketAddr) -> bool {
        let Order { near, rest } = &*self.order;
        near.contains(&address) || rest.contains(&address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(found: &[&str]) -> Known {
        let found = found.iter().map(|it| it.parse().expect("an address")).collect();
        let mut known = Known { found, ..Known::default() };
        known.arrange();
        known
    }

    fn tried(known: &Known, turn: usize, most: usize) -> Vec<String> {
        let candidates = Candidates { order: known.order.clone(), turn };
        let tried = candidates.in_turn(most);
        assert_eq!(candidates.first(), tried.first().copied());
        tried.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn addresses_take_turns_and_stand_in_for_each_other() {
        let known = known(&["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"]);

        assert_eq!(tried(&known, 0, 2), ["10.0.0.1:80", "10.0.0.2:80"]);
        assert_eq!(tried(&known, 1, 2), ["10.0.0.2:80", "10.0.0.3:80"]);
        assert_eq!(tried(&known, 5, 3), ["10.0.0.3:80", "10.0.0.1:80", "10.0.0.2:80"]);
    }

    #[test]
    fn a_name_of_both_families_takes_turns_within_one() {
        let known = known(&["127.0.0.1:80", "[::1]:80"]);

        for turn in 0..3 {
            assert_eq!(tried(&known, turn, 3), ["127.0.0.1:80", "[::1]:80"]);
        }
    }

    #[test]
    fn an_address_that_takes_no_connection_is_tried_last() {
        let mut known = known(&["10.0.0.1:80", "10.0.0.2:80"]);
        known.avoided.push((known.found[0], Instant::now() + AVOIDED));
        known.arrange();
        for turn in 0..3 {
            assert_eq!(tried(&known, turn, 3), ["10.0.0.2:80", "10.0.0.1:80"]);
        }

        known.avoided.push((known.found[1], Instant::now() + AVOIDED));
        known.arrange();
        assert_eq!(tried(&known, 1, 3), ["10.0.0.2:80", "10.0.0.1:80"]);

        known.avoided.clear();
        known.arrange();
        assert_eq!(tried(&known, 0, 1), ["10.0.0.1:80"]);
    }
}
