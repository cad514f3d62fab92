//! A process: its services are bound together, run together and leave in an orderly way.

use std::{net::SocketAddr, time::Duration};

use anyhow::anyhow;
use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use tokio::{
    task::JoinSet,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;

use crate::{
    ConnectionArgs, Failure, Mode, ProbeArgs, Service, Shutdown,
    connection::Server,
    grpc::Probes,
    listener::{Entrance, Listener},
    management::Management,
    shutdown::{DrainArgs, Progress},
    socket::Requests,
    told::{Signals, Told},
};

/// How long even those may take whose time is over.
const A_MOMENT: Duration = Duration::from_secs(1);

/// Services that share a process. Those that others call come last, and stop last.
pub struct Process {
    pub(crate) services: Vec<Service>,
    pub(crate) shutdown: Shutdown,
    pub(crate) probes: ProbeArgs,
    pub(crate) connections: ConnectionArgs,
    pub(crate) told: BoxFuture<'static, Told>,
    pub(crate) start: Option<Start>,
}

/// A start that takes a while.
pub(crate) struct Start {
    pub(crate) over: Shared<BoxFuture<'static, ()>>,
    /// Whether nothing listens until then.
    pub(crate) closed: bool,
}

/// Services that own their ports, and begin to answer when run.
pub struct Bound {
    pub(crate) listeners: Vec<Listener>,
    pub(crate) managed: Vec<Option<Listener>>,
    pub(crate) probed: Option<Listener>,
    pub(crate) process: Process,
}

impl Process {
    pub fn new(
        services: Vec<Service>,
        drain: DrainArgs,
        probes: ProbeArgs,
        connections: ConnectionArgs,
        mut signals: Signals,
    ) -> Self {
        let states = services.iter().map(|it| (it.health.clone(), it.metrics.clone()));
        let shutdown = Shutdown::new(drain, states.collect());
        let leaving = shutdown.clone();
        let told = async move { signals.told_to_stop(&leaving).await }.boxed();
        Self { services, shutdown, probes, connections, told, start: None }
    }

    /// Leaves when this completes, with how long to keep accepting, rather than on SIGTERM and
    /// Ctrl-C: who gives it listens for signals.
    #[must_use]
    pub fn leaving_when(mut self, told: impl Future<Output = Duration> + Send + 'static) -> Self {
        self.told = told.map(Told::Otherwise).boxed();
        self
    }

    /// Is not ready until this is over; if `closed`, it does not even listen.
    #[must_use]
    pub fn starting(
        mut self,
        over: impl Future<Output = ()> + Send + 'static,
        closed: bool,
    ) -> Self {
        self.start = Some(Start { over: over.boxed().shared(), closed });
        self
    }

    /// What SIGTERM does, for whoever changes it while the process runs.
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }
}

impl Bound {
    /// Name, address and summary of each service, for whoever shows them.
    pub fn services(&self) -> Vec<(&'static str, SocketAddr, String)> {
        let addresses = self.listeners.iter().map(Listener::local_addr);
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
    pub async fn run(self) -> Result<(), Failure> {
        let shutdown = self.process.shutdown.clone();
        let mut running = Running::start(self)?;
        let told = tokio::select! {
            told = &mut running.told => Ok(told),
            failed = first_failure(&mut running.tasks) => Err(failed),
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
    told: BoxFuture<'static, Told>,
    ending: CancellationToken,
    stop_tasks: CancellationToken,
    shutdown: Shutdown,
    /// What answers probes, and what says how far a drain is: ended by being dropped.
    probes: JoinSet<()>,
    _report: JoinSet<()>,
    _management: Management,
}

struct Handle {
    service: Service,
    closing: CancellationToken,
    cutting: CancellationToken,
    serving: JoinSet<()>,
}

impl Running {
    fn start(bound: Bound) -> Result<Self, Failure> {
        let Bound { listeners, managed, probed, process } = bound;
        let Process { services, shutdown, start, told, connections, .. } = process;
        let ports = listeners.len() + managed.iter().flatten().count() + probed.iter().count();
        let limits = connections.each_of(ports);
        let (mut tasks, stop_tasks) = (JoinSet::new(), CancellationToken::new());
        let (ending, mut handles) = (CancellationToken::new(), Vec::new());
        let (mut planes, mut states) = (Vec::new(), Vec::new());
        let mut report = JoinSet::new();
        report.spawn(shutdown.clone().report());
        report.spawn(shutdown.clone().recover());
        for ((mut service, listener), managed) in services.into_iter().zip(listeners).zip(managed) {
            for task in std::mem::take(&mut service.tasks) {
                tasks.spawn(task(shutdown.clone(), stop_tasks.clone()));
            }
            let (closing, cutting) = (CancellationToken::new(), CancellationToken::new());
            let managed_at = service.management_address().map(|it| it.port());
            let slashes = service.control.slashes;
            // Before its control plane becomes a router.
            states.push((service.health(), service.control.before_probe.clone()));
            let (router, plane) = service.routers(&shutdown);
            let server = Server {
                router,
                port: service.args.port,
                slashes,
                trusted: service.args.trusted_proxies.clone(),
                entrance: Entrance::new(limits, Requests::InTurn),
                traffic: Some(service.metrics.traffic().clone()),
                shutdown: shutdown.clone(),
                ending: ending.clone(),
                closing: closing.clone(),
                cutting: cutting.clone(),
            };
            let plane = plane.zip(managed_at);
            planes.extend(
                plane
                    .zip(managed)
                    .map(|((router, port), listener)| (server.managing(router, port), listener)),
            );
            // Before anything is answered: who can connect finds it ready, unless it is to be late.
            let started = service.started();
            match &start {
                None => started(),
                Some(start) => drop(report.spawn(start.over.clone().map(|()| started()))),
            }
            let mut serving = JoinSet::new();
            serving.spawn(server.run(listener));
            handles.push(Handle { service, closing, cutting, serving });
        }
        let mut probes = JoinSet::new();
        if let Some(listener) = probed {
            let limits = limits.for_grpc(connections.grpc_health_connections);
            let entrance = Entrance::new(limits, Requests::AtOnce);
            probes.spawn(Probes(states).serve(listener, entrance));
        }
        let management = Management::start(planes)?;
        Ok(Self {
            services: handles,
            tasks,
            told,
            ending,
            stop_tasks,
            shutdown,
            probes,
            _report: report,
            _management: management,
        })
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

/// A task that ends by itself has failed: all of them run until told to stop.
async fn first_failure(tasks: &mut JoinSet<anyhow::Result<()>>) -> Failure {
    match tasks.join_next().await {
        Some(Ok(Err(error))) => Failure::Broken(error),
        Some(Ok(Ok(()))) => Failure::Broken(anyhow!("a task ended before its time")),
        Some(Err(panic)) => Failure::Broken(panic.into()),
        None => std::future::pending().await,
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
