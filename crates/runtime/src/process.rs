//! A process: its services are bound together, run together and leave in an orderly way.

use std::{net::SocketAddr, time::Duration};

use anyhow::anyhow;
use futures::{FutureExt as _, future::BoxFuture};
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::SignalKind,
    task::JoinSet,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;

use crate::{Failure, Service, connection::Server};

/// How a process leaves after SIGTERM. Ctrl-C leaves the same way, without the delay.
#[derive(Debug, Clone, clap::Args)]
pub struct DrainArgs {
    /// How long to keep accepting after SIGTERM, so that load balancers notice that we leave;
    /// `0s` for none.
    #[arg(long, env, default_value = "5s")]
    pub drain_delay: humantime::Duration,

    /// How long requests and reactions under way may take after that.
    #[arg(long, env, default_value = "20s")]
    pub drain_timeout: humantime::Duration,
}

/// Services that share a process. Those that others call come last, and stop last.
pub struct Process {
    services: Vec<Service>,
    drain: DrainArgs,
    told: Option<BoxFuture<'static, Duration>>,
}

/// Services that own their ports, and begin to answer when run.
pub struct Bound {
    listeners: Vec<TcpListener>,
    process: Process,
}

impl Process {
    pub fn new(services: Vec<Service>, drain: DrainArgs) -> Self {
        Self { services, drain, told: None }
    }

    /// Leaves when this completes, with how long to keep accepting, rather than on SIGTERM and
    /// Ctrl-C: who gives it listens for signals.
    #[must_use]
    pub fn leaving_when(mut self, told: impl Future<Output = Duration> + Send + 'static) -> Self {
        self.told = Some(told.boxed());
        self
    }

    /// Takes every port, or none.
    pub fn bind(self) -> Result<Bound, Failure> {
        let mut listeners = Vec::new();
        for service in &self.services {
            let address = service.address();
            let listener = listen(address).map_err(|reason| Failure::Address {
                service: service.name,
                address,
                reason,
            })?;
            listeners.push(listener);
        }
        Ok(Bound { listeners, process: self })
    }
}

/// A queue of 1024: a burst of students must not be refused while two cores catch up.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}

impl Bound {
    /// Name, address and summary of each service, for whoever shows them.
    pub fn services(&self) -> Vec<(&'static str, SocketAddr, String)> {
        let addresses = self.listeners.iter().map(TcpListener::local_addr);
        let addresses =
            addresses.map(|address| address.unwrap_or_else(|_| ([0, 0, 0, 0], 0).into()));
        let services = self.process.services.iter();
        services
            .zip(addresses)
            .map(|(it, address)| (it.name, address, it.summary.clone()))
            .collect()
    }

    /// Runs until SIGTERM or Ctrl-C, unless the process leaves otherwise, or until a task fails.
    ///
    /// Then, in this order: not ready; keep serving for the delay; service by service stop
    /// accepting and finish what is under way; let relays and reactors finish; end.
    pub async fn run(mut self) -> Result<(), Failure> {
        let delay = self.process.drain.drain_delay.into();
        let told = self.process.told.take().unwrap_or_else(|| told_to_stop(delay).boxed());
        let mut running = Running::start(self);
        let outcome = tokio::select! {
            delay = told => {
                running.leave(delay).await;
                Ok(())
            }
            failed = running.first_failure() => Err(failed),
        };
        running.finish().await;
        outcome
    }
}

struct Running {
    services: Vec<Handle>,
    tasks: JoinSet<anyhow::Result<()>>,
    ending: CancellationToken,
    stop_tasks: CancellationToken,
    drain: DrainArgs,
}

struct Handle {
    service: Service,
    leaving: CancellationToken,
    closing: CancellationToken,
    serving: JoinSet<()>,
}

impl Running {
    fn start(bound: Bound) -> Self {
        let Bound { listeners, process: Process { services, drain, .. } } = bound;
        let (mut tasks, stop_tasks) = (JoinSet::new(), CancellationToken::new());
        let (ending, mut handles) = (CancellationToken::new(), Vec::new());
        for (mut service, listener) in services.into_iter().zip(listeners) {
            for task in std::mem::take(&mut service.tasks) {
                tasks.spawn(task(stop_tasks.clone()));
            }
            let (leaving, closing) = (CancellationToken::new(), CancellationToken::new());
            let server = Server {
                router: service.router(),
                port: service.args.port,
                trusted: service.args.trusted_proxies.clone(),
                leaving: leaving.clone(),
                ending: ending.clone(),
                closing: closing.clone(),
            };
            let mut serving = JoinSet::new();
            serving.spawn(server.run(listener));
            service.health.started();
            handles.push(Handle { service, leaving, closing, serving });
        }
        Self { services: handles, tasks, ending, stop_tasks, drain }
    }

    /// A task that ends by itself has failed: all of them run until told to stop.
    async fn first_failure(&mut self) -> Failure {
        match self.tasks.join_next().await {
            Some(Ok(Err(error))) => Failure::Broken(error),
            Some(Ok(Ok(()))) => Failure::Broken(anyhow!("a task ended before its time")),
            Some(Err(panic)) => Failure::Broken(panic.into()),
            None => std::future::pending().await,
        }
    }

    async fn leave(&mut self, delay: Duration) {
        for Handle { service, leaving, .. } in &self.services {
            service.health.drain();
            leaving.cancel();
        }
        let until = Instant::now() + delay;
        while Instant::now() < until {
            tracing::info!(in_flight = self.in_flight(), "draining: still accepting");
            time::sleep_until(until.min(Instant::now() + Duration::from_secs(1))).await;
        }
    }

    /// Stops serving, then stops the tasks, within the time allowed.
    async fn finish(mut self) {
        let deadline = Instant::now() + self.drain.drain_timeout.into();
        self.ending.cancel();
        for index in 0..self.services.len() {
            self.services[index].closing.cancel();
            while !self.services[index].serving.is_empty() {
                let step = deadline.min(Instant::now() + Duration::from_secs(1));
                let ended = self.services[index].serving.join_next();
                if time::timeout_at(step, ended).await.is_ok() {
                    continue;
                }
                let (name, in_flight) = (self.services[index].service.name, self.in_flight());
                if Instant::now() >= deadline {
                    tracing::error!(service = name, cut = in_flight, "gave up on requests");
                    break;
                }
                tracing::info!(service = name, in_flight, "draining: finishing");
            }
        }
        self.stop_tasks.cancel();
        // The tasks get a moment even when requests used up all the time.
        let deadline = deadline.max(Instant::now() + Duration::from_secs(1));
        let stopped = async { while self.tasks.join_next().await.is_some() {} };
        if time::timeout_at(deadline, stopped).await.is_err() {
            tracing::error!("gave up on background tasks; their facts wait in the outbox");
        }
        tracing::info!("drained");
    }

    fn in_flight(&self) -> i64 {
        self.services.iter().map(|it| it.service.metrics.count_in_flight()).sum()
    }
}

/// Completes on SIGTERM (from Kubernetes) with the delay, on SIGINT (Ctrl-C) with none.
async fn told_to_stop(delay: Duration) -> Duration {
    let on = |kind| tokio::signal::unix::signal(kind).expect("signals can be listened for");
    let (mut terminate, mut interrupt) = (on(SignalKind::terminate()), on(SignalKind::interrupt()));
    tokio::select! {
        _ = terminate.recv() => delay,
        _ = interrupt.recv() => Duration::ZERO,
    }
}
