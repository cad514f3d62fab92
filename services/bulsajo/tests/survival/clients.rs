//! Clients that ask all the time, and can tell what became of each request.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
};

use testkit::{Connection, Metrics, Response, http};

/// What one client saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) answered: usize,
    /// Answers that closed their connection: the service was leaving.
    pub(crate) leaving: usize,
    /// Requests that were taken, and never answered to the end.
    pub(crate) cut: usize,
    /// Requests that were not taken: the connection was reset, or refused.
    pub(crate) refused: usize,
    /// Answers that say that the service is broken.
    pub(crate) failed: Vec<String>,
}

impl Seen {
    /// Counts an answer; whether its connection can be used again.
    pub(crate) fn answered_by(&mut self, answer: &Response, keep_alive: bool) -> bool {
        let close = answer.header("connection") == Some("close");
        self.answered += 1;
        self.leaving += usize::from(close && keep_alive);
        keep_alive && !close
    }

    fn add(mut self, other: Self) -> Self {
        self.answered += other.answered;
        self.leaving += other.leaving;
        self.cut += other.cut;
        self.refused += other.refused;
        self.failed.extend(other.failed);
        self
    }
}

/// Clients that ask one service until it is gone, or they are told to stop.
pub(crate) struct Clients {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Seen>>,
}

impl Clients {
    /// Every other one keeps its connection, every third one orders.
    pub(crate) fn start(address: SocketAddr, count: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let client = |index: usize| {
            let stop = stop.clone();
            let (keep_alive, post) = (index.is_multiple_of(2), index.is_multiple_of(3));
            thread::spawn(move || ask_on(address, &stop, keep_alive, post))
        };
        let clients = (0..count).map(client).collect();
        Self { stop, clients }
    }

    /// Lets them finish what they are about.
    pub(crate) fn stop(self) -> Seen {
        self.stop.store(true, Relaxed);
        self.gone()
    }

    /// What they saw until the service was gone.
    pub(crate) fn gone(self) -> Seen {
        let seen = self.clients.into_iter().map(|it| it.join().expect("a client ends"));
        seen.fold(Seen::default(), Seen::add)
    }
}

fn ask_on(address: SocketAddr, stop: &AtomicBool, keep_alive: bool, post: bool) -> Seen {
    let mut seen = Seen::default();
    let mut open: Option<Connection> = None;
    while !stop.load(Relaxed) {
        let Ok(mut connection) =
            open.take().filter(Connection::is_open).map_or_else(|| Connection::open(address), Ok)
        else {
            seen.refused += 1;
            break;
        };
        match ask(&mut connection, keep_alive, post) {
            Ok(answer) if answer.status < 500 => {
                open = seen.answered_by(&answer, keep_alive).then_some(connection);
            }
            Ok(answer) => seen.failed.push(format!("{}: {}", answer.status, answer.text())),
            // What had been read ends with the process; what had not is reset by the kernel.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => seen.cut += 1,
            Err(_) => seen.refused += 1,
        }
    }
    seen
}

/// One request as a shop sends it.
pub(crate) fn ask(
    connection: &mut Connection,
    keep_alive: bool,
    post: bool,
) -> io::Result<Response> {
    let wish = if keep_alive { "keep-alive" } else { "close" };
    let headers = [("Connection", wish), ("Accept", "*/*"), ("Content-Type", "application/json")];
    if post {
        connection.send("POST", "/orders", &headers, Some(r#"{"productId":1,"qty":1,"cost":10}"#))
    } else {
        connection.send("GET", "/orders?size=5", &headers, None)
    }
}

/// Whether the service has answered many requests.
pub(crate) fn busy(order: SocketAddr) -> Result<(), String> {
    let total = figure(order, "http_requests_total", "route=\"/orders\"")?;
    if total > 500 { Ok(()) } else { Err(format!("{total} requests so far")) }
}

/// A figure of a service's metrics, zero if it is not there yet.
pub(crate) fn figure(address: SocketAddr, metric: &str, label: &str) -> Result<i64, String> {
    Ok(Metrics::of(address)?.count(metric, label).unwrap_or(0))
}

/// Whether a probe is answered like this.
pub(crate) fn status(address: SocketAddr, group: &str, expected: u16) -> Result<(), String> {
    match http::send(address, "GET", &format!("/actuator/health/{group}"), &[], None) {
        Ok(answer) if answer.status == expected => Ok(()),
        other => Err(format!("{other:?}")),
    }
}
