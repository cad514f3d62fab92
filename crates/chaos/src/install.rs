//! How a process gets its faults and knobs.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use actuator::Access;
use futures::FutureExt as _;
use participant::Interceptors;
use runtime::{Failure, Process, Service, Setting, Settings};
use tokio::time::Instant;

use crate::{
    FaultArgs, KnobArgs,
    dose::Budget,
    faults::{self, Faults},
    http::{OnDemandLayer, Victim, metrics, probes, worksheets},
    knobs::{self, Knobs, Startup},
    servers::FaultyServers,
};

/// The faults and knobs of one process: each service has its own, and all share the start and the
/// budget.
#[derive(Clone)]
pub struct Chaos {
    args: FaultArgs,
    budget: Arc<Budget>,
    startup: Startup,
    faults: Arc<Mutex<BTreeMap<&'static str, Faults>>>,
}

impl Chaos {
    /// Begins the start that the knobs want. `began` is when the process did.
    pub fn begin(
        faults: &FaultArgs,
        knobs: &KnobArgs,
        settings: &Settings,
        began: Instant,
    ) -> Result<Self, Failure> {
        log_knobs(settings);
        let budget = Budget::of(faults);
        let startup = Startup::begin(began, knobs, budget.clone()).map_err(Failure::Setting)?;
        Ok(Self { args: faults.clone(), budget, startup, faults: Arc::default() })
    }

    /// Makes a service bad, slow and hungry on demand: what its settings say is in force from now
    /// on, and the rest can be set under `/actuator/faults` and `/actuator/knobs`.
    pub fn install(&self, service: Service) -> Result<Service, Failure> {
        let (args, faults, gate) = (&self.args, self.faults(service.name()), self.args.gate());
        args.start(&faults).map_err(Failure::Setting)?;
        let settings = service.settings().0.iter().map(|it| (&*it.name, &*it.value, &*it.source));
        let knobs = Knobs::new(settings, self.startup.memory()).map_err(Failure::Setting)?;
        let harm = worksheets::routes(service.name(), faults.clone(), gate.clone(), args.cores());
        let (health, hung, started) = (service.health(), faults.clone(), knobs.clone());
        let (probed, process) = (faults.clone(), faults.clone());
        let service = service
            .guarded_by(gate)
            .with_routes(harm)
            .sample(metrics::of_knobs(&knobs))
            .control(faults::api::routes(faults.clone(), knobs::NAMES), &["faults"])
            .control(knobs::api::routes(knobs.clone()), &["knobs"])
            .before_each_probe(Arc::new(move || probes::hang(hung.clone()).boxed()))
            .when_started(move || started.begin())
            .spawn_with_shutdown(|shutdown, stop| probes::follow(probed, health, shutdown, stop))
            .spawn(|stop| faults::process::run(process, stop).map(Ok));
        // Where nobody can set anything and nothing is set, requests do not even look.
        if args.faults == Access::Off && !faults.any() && !knobs.any() {
            return Ok(service);
        }
        let layer = OnDemandLayer(Arc::new(Victim { faults, knobs }));
        Ok(service.layered(|routes| routes.layer(layer)))
    }

    /// Makes the process start as slowly as the knobs want.
    #[must_use]
    pub fn delay(&self, process: Process) -> Process {
        process.starting(self.startup.clone().over(), self.startup.is_closed())
    }

    /// What stands between the services of the process and what is behind them.
    pub fn interceptors(&self) -> Interceptors {
        let chaos = self.clone();
        Arc::new(move |service| Arc::new(FaultyServers(chaos.faults(service))))
    }

    fn faults(&self, service: &'static str) -> Faults {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.entry(service).or_insert_with(|| Faults::of(self.budget.clone())).clone()
    }
}

/// Logs which knobs are set, or given by a profile.
fn log_knobs(settings: &Settings) {
    let name = |it: &Setting| it.name.to_lowercase().replace('_', "-");
    let knobs = settings.0.iter().filter(|it| knobs::NAMES.contains(&&*name(it)));
    let set = knobs.filter(|it| it.source != "default");
    let set: Vec<String> = set.map(|it| format!("{}={}", it.name, it.value)).collect();
    if !set.is_empty() {
        tracing::info!("knobs in force: {}", set.join(" "));
    }
}
