//! A process: its services are bound together, run together and leave in an orderly way.

use std::{net::SocketAddr, time::Duration};

use anyhow::anyhow;
use futures::{FutureExt as _, future::BoxFuture};
use knobs::Startup;
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinSet,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Failure, Mode, ProbeArgs, Service, Shutdown, afflict,
    connection::Server,
    grpc::Probes,
    shutdown::{DrainArgs, Progress},
    told::{Told, told_to_leave},
};

/// How long even those may take whose time is over.
const A_MOMENT: Duration = Duration::from_secs(1);

/// Services that share a process. Those that others call come last, and stop last.
pub struct Process {
    services: Vec<Service>,
    shutdown: Shutdown,
    probes: ProbeArgs,
    told: Option<BoxFuture<'static, Duration>>,
    startup: Option<Startup>,
}

/// Services that own their ports, and begin to answer when run.
pub struct Bound {
    listeners: Vec<TcpListener>,
    probed: Option<TcpListener>,
    process: Process,
}

impl Process {
    pub fn new(services: Vec<Service>, drain: DrainArgs, probes: ProbeArgs) -> Self {
        let states = services.iter().map(|it| (it.health.clone(), it.metrics.clone()));
        let shutdown = Shutdown::new(drain, states.collect());
        Self { services, shutdown, probes, told: None, startup: None }
    }

    /// Leaves when this completes, with how long to keep accepting, rather than on SIGTERM and
    /// Ctrl-C: who gives it listens for signals.
    #[must_use]
    pub fn leaving_when(mut self, told: impl Future<Output = Duration> + Send + 'static) -> Self {
        self.told = Some(told.boxed());
        self
    }

    /// Is not ready, or does not even listen, until this is over.
    #[must_use]
    pub fn starting(mut self, startup: Startup) -> Self {
        self.startup = Some(startup);
        self
    }

    /// What SIGTERM does, for whoever changes it while the process runs.
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    /// What the process was told before this was over, if anything.
    async fn told_while(&mut self, over: impl Future<Output = ()>) -> Option<Told> {
        tokio::select! {
            () = over => None,
            told = told_to_leave(&self.shutdown, &mut self.told) => Some(told),
        }
    }

    /// Takes every port, or none; as soon as the start is over, if ports are closed until then.
    /// Nothing is bound by a process that is told to leave before.
    pub async fn bind(mut self) -> Result<Option<Bound>, Failure> {
        if let Some(startup) = self.startup.take_if(|it| it.is_closed())
            && let Some(told) = self.told_while(startup.over()).await
        {
            if matches!(told, Told::Terminate(Mode::Abrupt)) {
                self.shutdown.cut().await;
            }
            tracing::info!("told to stop before the start was over");
            return Ok(None);
        }
        let take = |service, address| {
            listen(address).map_err(|reason| Failure::Address { service, address, reason })
        };
        let listeners = self.services.iter().map(|it| take(it.name, it.address()));
        let listeners = listeners.collect::<Result<_, _>>()?;
        let host = self.services.first().map(|it| it.args.host);
        let probed = host.zip(self.probes.grpc_health_port);
        let probed = probed.map(|address| take("gRPC health", address.into())).transpose()?;
        Ok(Some(Bound { listeners, probed, process: self }))
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

    /// Runs until SIGTERM or Ctrl-C, unless the process leaves otherwise, or until a task fails;
    /// how it then leaves, [`Mode`] says.
    ///
    /// Draining is, in this order: not ready; keep serving for the delay; service by service stop
    /// accepting and finish what is under way; let relays and reactors finish; end.
    pub async fn run(mut self) -> Result<(), Failure> {
        let shutdown = self.process.shutdown.clone();
        let mut otherwise = self.process.told.take();
        let mut running = Running::start(self);
        let told = tokio::select! {
            told = told_to_leave(&shutdown, &mut otherwise) => Ok(told),
            failed = running.first_failure() => Err(failed),
        };
        let slow = match &told {
            Ok(Told::Terminate(Mode::Abrupt)) => shutdown.cut().await,
            Ok(Told::Terminate(mode)) => {
                let until = shutdown.begin("after SIGTERM", shutdown.args().drain_delay.into());
                time::sleep_until(until.into()).await;
                *mode == Mode::Slow
            }
            Ok(Told::Otherwise(delay)) => {
                let until = shutdown.begin("as it was told", *delay);
                time::sleep_until(until.into()).await;
                false
            }
            Ok(Told::Interrupt) => {
                shutdown.begin("after Ctrl-C", Duration::ZERO);
                false
            }
            Err(_) => {
                shutdown.begin("because a part of it failed", Duration::ZERO);
                false
            }
        };
        running.finish().await;
        if slow {
            let stay = shutdown.args().shutdown_slow;
            tracing::warn!("done, but it stays for {stay}: SHUTDOWN=slow");
            time::sleep(stay.into()).await;
        }
        let Progress { served, cut, .. } = shutdown.progress();
        tracing::info!(served, cut, "drained:");
        told.map(drop)
    }
}

struct Running {
    services: Vec<Handle>,
    tasks: JoinSet<anyhow::Result<()>>,
    ending: CancellationToken,
    stop_tasks: CancellationToken,
    shutdown: Shutdown,
    /// What answers probes, and what says how far a drain is: ended by being dropped.
    probes: JoinSet<()>,
    _report: JoinSet<()>,
}

struct Handle {
    service: Service,
    closing: CancellationToken,
    cutting: CancellationToken,
    serving: JoinSet<()>,
}

impl Running {
    fn start(bound: Bound) -> Self {
        let Bound { listeners, probed, process: Process { services, shutdown, startup, .. } } =
            bound;
        let (mut tasks, stop_tasks) = (JoinSet::new(), CancellationToken::new());
        let (ending, mut handles) = (CancellationToken::new(), Vec::new());
        let mut report = JoinSet::new();
        report.spawn(shutdown.clone().report());
        for (mut service, listener) in services.into_iter().zip(listeners) {
            for task in std::mem::take(&mut service.tasks) {
                tasks.spawn(task(stop_tasks.clone()));
            }
            let (faults, health) = (service.faults(), service.health.clone());
            let stop = stop_tasks.clone();
            tasks.spawn(afflict::follow(faults, health, shutdown.clone(), stop));
            let (closing, cutting) = (CancellationToken::new(), CancellationToken::new());
            let server = Server {
                router: service.router(&shutdown),
                port: service.args.port,
                trusted: service.args.trusted_proxies.clone(),
                traffic: service.metrics.traffic().clone(),
                shutdown: shutdown.clone(),
                ending: ending.clone(),
                closing: closing.clone(),
                cutting: cutting.clone(),
            };
            // Before anything is answered: who can connect finds it ready, unless it is to be late.
            let started = service.started();
            match startup.clone() {
                None => started(),
                Some(startup) => drop(report.spawn(async move {
                    startup.over().await;
                    started();
                })),
            }
            let mut serving = JoinSet::new();
            serving.spawn(server.run(listener));
            handles.push(Handle { service, closing, cutting, serving });
        }
        let mut probes = JoinSet::new();
        if let Some(listener) = probed {
            let health = handles.iter().map(|it| it.service.health.clone());
            probes.spawn(Probes(health.collect()).serve(listener));
        }
        Self { services: handles, tasks, ending, stop_tasks, shutdown, probes, _report: report }
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

    /// Stops serving, then stops the tasks, within the time allowed.
    async fn finish(&mut self) {
        let deadline = Instant::now() + self.shutdown.args().drain_timeout.into();
        self.ending.cancel();
        for handle in &mut self.services {
            handle.finish(deadline).await;
        }
        self.probes.shutdown().await;
        self.stop_tasks.cancel();
        // The tasks get a moment even when requests used up all the time.
        let deadline = deadline.max(Instant::now() + A_MOMENT);
        let stopped = async { while self.tasks.join_next().await.is_some() {} };
        if time::timeout_at(deadline, stopped).await.is_err() {
            tracing::error!("gave up on background tasks; their facts wait in the outbox");
        }
    }
}

impl Handle {
    /// Stops accepting, and finishes what is under way, or cuts it at the deadline.
    async fn finish(&mut self, deadline: Instant) {
        self.closing.cancel();
        if self.served_by(deadline).await {
            return;
        }
        let traffic = self.service.metrics.traffic().clone();
        traffic.give_up();
        self.cutting.cancel();
        // What does not even wait cannot be dropped; it ends with the process.
        if !self.served_by(Instant::now() + A_MOMENT).await {
            traffic.cut_all();
        }
        tracing::error!(service = self.service.name, cut = traffic.cut(), "gave up on requests:");
    }

    async fn served_by(&mut self, deadline: Instant) -> bool {
        let served = async { while self.serving.join_next().await.is_some() {} };
        time::timeout_at(deadline, served).await.is_ok()
    }
}
