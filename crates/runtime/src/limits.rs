//! How much of a process its clients may hold, and for how long.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{Size, grpc::GONE};

/// What a connection may cost before it is closed.
#[derive(Debug, Clone, clap::Args)]
pub struct ConnectionArgs {
    /// How many connections each port keeps open, or fewer where the process may open few files.
    /// For one more, the connection is closed that has waited longest for a request; where all are
    /// in use, requests on further ones get a 503, and only `/actuator` is answered.
    #[arg(long, env, default_value_t = 1000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub http_connections: u32,

    /// How many connections the port for gRPC health checks keeps open; for one more, the one is
    /// closed that has been silent longest.
    #[arg(long, env, default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub grpc_health_connections: u32,

    /// How long a new connection may take to send its first byte, and a request its whole head,
    /// before the connection is closed, at most 1h.
    #[arg(long, env, default_value = "10s", value_parser = time)]
    pub http_header_timeout: humantime::Duration,

    /// The size of the longest head of a request (its first line and its headers), from `8KiB` to
    /// `1MiB`; a longer one gets a 431.
    #[arg(long, env, default_value = "16KiB", value_parser = head)]
    pub http_header_size: Size,

    /// How long a connection may wait for its next request before it is closed, at most 1h; longer
    /// than clients and proxies keep one.
    #[arg(long, env, default_value = "75s", value_parser = time)]
    pub http_idle_timeout: humantime::Duration,

    /// How long a request's body may let us wait before the request gets a 408, at most 1h.
    #[arg(long, env, default_value = "10s", value_parser = time)]
    pub http_body_timeout: humantime::Duration,

    /// How long a client may leave an answer unread before its connection is closed, at most 1h;
    /// also within a live feed.
    #[arg(long, env, default_value = "30s", value_parser = time)]
    pub http_write_timeout: humantime::Duration,

    /// How many bytes a second a slow client has to send or read: so many make up for a second of
    /// the two time-outs for bodies and answers, such as `4KiB`.
    #[arg(long, env, default_value = "4KiB", value_parser = rate)]
    pub http_minimum_rate: Size,
}

/// The same, ready to use for one port.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How many connections the port keeps.
    pub(crate) connections: usize,
    pub(crate) head: Duration,
    pub(crate) head_bytes: usize,
    pub(crate) idle: Duration,
    pub(crate) body: Duration,
    pub(crate) write: Duration,
    /// Bytes a second.
    pub(crate) rate: u64,
}

/// The most files that a process of ours has use for.
const FILES: u64 = 65_536;

/// What a port keeps however few files there are.
const FEWEST: usize = 4;

impl ConnectionArgs {
    /// The limits of each of so many ports. Half of the files that the process may open stay for
    /// databases, other services and Kafka.
    pub(crate) fn each_of(&self, ports: usize) -> Limits {
        let files = usize::try_from(files() / 2).unwrap_or(usize::MAX);
        let share = (files / ports.max(1)).max(FEWEST);
        Limits {
            connections: usize::try_from(self.http_connections).unwrap_or(usize::MAX).min(share),
            head: self.http_header_timeout.into(),
            head_bytes: usize::try_from(self.http_header_size.0).unwrap_or(usize::MAX),
            idle: self.http_idle_timeout.into(),
            body: self.http_body_timeout.into(),
            write: self.http_write_timeout.into(),
            rate: self.http_minimum_rate.0,
        }
    }
}

impl Limits {
    /// The same for the port of gRPC health checks, which keeps so many connections, and pings them.
    pub(crate) fn for_grpc(self, connections: u32) -> Self {
        let most = usize::try_from(connections).unwrap_or(usize::MAX);
        Self { connections: most.min(self.connections), idle: GONE, ..self }
    }
}

/// How many files this process may open, after raising that as far as it may itself: shells set
/// 1024, for programs that wait with `select`.
fn files() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(FILES).min(FILES);
    let current = current.unwrap_or(FILES);
    if current < wanted
        && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).is_ok()
    {
        return wanted;
    }
    current
}

fn time(text: &str) -> Result<humantime::Duration, String> {
    let read: Option<humantime::Duration> = text.parse().ok();
    let possible = Duration::from_millis(1)..=Duration::from_hours(1);
    read.filter(|it| possible.contains(it))
        .ok_or_else(|| "write a number with its unit, such as 10s, from 1ms to 1h".to_owned())
}

fn head(text: &str) -> Result<Size, String> {
    sized(text, 8 << 10, 1 << 20).ok_or_else(|| "write a size from 8KiB to 1MiB".to_owned())
}

fn rate(text: &str) -> Result<Size, String> {
    sized(text, 1, 1 << 30).ok_or_else(|| "write a size from 1B to 1GiB".to_owned())
}

fn sized(text: &str, least: u64, most: u64) -> Option<Size> {
    let size: Size = text.parse().ok()?;
    (least..=most).contains(&size.0).then_some(size)
}
