//! A service: routes, control plane and background tasks that start, drain and stop together.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use actuator::{Actuator, Component, Family, Health, Metrics};
use axum::{
    Router,
    extract::Request,
    http::HeaderValue,
    middleware,
    response::{IntoResponse as _, Response},
};
use faults::{Access, Budget, FaultArgs, Faults};
use futures::future::BoxFuture;
use hal::{TrustedProxies, problem};
use knobs::{Knobs, Startup};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;

use crate::{
    Failure, Settings, Version,
    control::Control,
    figures, leaving,
    misbehave::Victim,
    observe::{Observer, observe},
    on_demand::OnDemandLayer,
    openapi, overload,
    shutdown::Shutdown,
    version::VersionArgs,
    worksheets::Worksheets,
};

/// Where a service listens, and whom it believes.
#[derive(Debug, Clone, clap::Args)]
pub struct HttpArgs {
    /// The address to listen on; `0.0.0.0` in a container.
    // Not `HOST`, which some shells set to the machine's name.
    #[arg(long, env = "LISTEN_HOST", default_value = "127.0.0.1")]
    pub host: IpAddr,

    /// The TCP port to listen on.
    #[arg(long, env, default_value_t = 8080)]
    pub port: u16,

    /// Whose Forwarded and X-Forwarded-* headers decide the links: `gateway` (our own), `private`
    /// (any peer in a private network), `none`, or networks such as `10.0.0.0/8,192.168.1.7`.
    #[arg(long, env, default_value = "gateway")]
    pub trusted_proxies: TrustedProxies,
}

pub(crate) type Task =
    Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, anyhow::Result<()>> + Send>;

/// One service of a process.
#[must_use = "a service does nothing until a process runs it"]
pub struct Service {
    pub(crate) name: &'static str,
    pub(crate) args: HttpArgs,
    pub(crate) health: Health,
    pub(crate) metrics: Metrics,
    pub(crate) tasks: Vec<Task>,
    pub(crate) summary: String,
    dialect: problem::Dialect,
    settings: Settings,
    version: Version,
    app_version: Option<HeaderValue>,
    routes: Router,
    pub(crate) control: Control,
    known: &'static [&'static str],
    api: OpenApi,
    patience: Option<Duration>,
    answers_prestop: bool,
    faults: Faults,
    pub(crate) worksheets: Worksheets,
    knobs: Option<Knobs>,
    hittable: bool,
}

impl Service {
    /// A service that serves nothing yet but its control plane.
    pub fn new(name: &'static str, args: HttpArgs, settings: Settings) -> Self {
        Self {
            name,
            args,
            health: Health::default(),
            metrics: Metrics::new(name),
            tasks: Vec::new(),
            summary: String::new(),
            dialect: problem::Dialect::Mvc,
            settings,
            version: Version { version: env!("CARGO_PKG_VERSION"), revision: "unknown" },
            app_version: None,
            routes: Router::new(),
            control: Control::default(),
            known: &[],
            api: OpenApi::default(),
            patience: None,
            answers_prestop: false,
            faults: Faults::default(),
            worksheets: Worksheets::default(),
            knobs: None,
            hittable: false,
        }
    }

    /// Serves these routes, described by `api`. `known` are the paths to suggest for a slip.
    pub fn serve(mut self, routes: Router, known: &'static [&'static str], api: OpenApi) -> Self {
        self.routes = routes;
        self.known = known;
        self.api = api;
        self
    }

    /// Answers with 503 whoever would have to wait longer than this. What they asked for is given
    /// up where it stands, as if the process had died there.
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// Writes error bodies as Spring `WebFlux` does, for the gateway.
    pub fn as_webflux(mut self) -> Self {
        self.dialect = problem::Dialect::WebFlux;
        self
    }

    /// Leaves `/prestop` to its own routes; `/actuator/prestop` stays.
    pub fn answers_prestop(mut self) -> Self {
        self.answers_prestop = true;
        self
    }

    /// Runs this task until the token it is given is cancelled.
    pub fn spawn<F>(mut self, task: impl FnOnce(CancellationToken) -> F + Send + 'static) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.tasks.push(Box::new(move |drain| Box::pin(task(drain))));
        self
    }

    /// Makes it bad on demand, slow and hungry: what these settings say is in force from the start,
    /// and the rest can be set under `/actuator/faults` and `/actuator/knobs`. All services of a
    /// process share the startup, and the budget.
    pub fn on_demand(
        mut self,
        args: &FaultArgs,
        budget: Arc<Budget>,
        startup: &Startup,
    ) -> Result<Self, Failure> {
        let faults = self.faults();
        faults.share(budget);
        args.start(&faults).map_err(Failure::Setting)?;
        let settings = self.settings.0.iter().map(|it| (&*it.name, &*it.value, &*it.source));
        let knobs = Knobs::new(settings, startup.memory()).map_err(Failure::Setting)?;
        // Where nobody can set anything and nothing is set, requests do not even look.
        self.hittable = args.faults != Access::Off || faults.any() || knobs.any();
        self.knobs = Some(knobs.clone());
        self.control.gate = args.gate();
        self.worksheets.cores = args.cores();
        Ok(self
            .sample(figures::of_knobs(&knobs))
            .control(faults::api::routes(faults.clone(), knobs::NAMES), &["faults"])
            .control(knobs::api::routes(knobs), &["knobs"])
            .spawn(|drain| async move {
                faults::process::run(faults, drain).await;
                Ok(())
            }))
    }

    /// To be called when its start is over: it is ready, and requests cost what they do.
    pub(crate) fn started(&self) -> impl FnOnce() + Send + 'static {
        let (knobs, health) = (self.knobs.clone(), self.health.clone());
        move || {
            knobs.iter().for_each(Knobs::begin);
            health.started();
        }
    }

    /// The faults of this service, for whatever else they hit than requests.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// Says which build this is, and what a lab calls it.
    pub fn built(mut self, version: Version, called: &VersionArgs) -> Self {
        self.version = version;
        self.app_version.clone_from(&called.app_version);
        if let Some(called) = &called.app_version {
            self.summary = format!("{}; {}", called.to_str().unwrap_or_default(), self.summary);
        }
        self
    }

    /// What the start-up table says of this service besides its name and address.
    pub fn described(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Shows a part in health alone; it makes no probe fail.
    pub fn show(self, component: Component) -> Self {
        self.health.watch(component);
        self
    }

    /// Shows a part in health and a figure in metrics; neither makes a probe fail.
    pub fn watch(self, component: Component, metric: &str, help: &str) -> Self {
        self.metrics.ask(metric, help, component.check.clone());
        self.health.watch(component);
        self
    }

    /// Makes readiness depend on a part; liveness never does.
    pub fn include(self, component: Component) -> Self {
        self.health.include(component);
        self
    }

    /// Shows figures in metrics that a part keeps by itself.
    pub fn sample(self, families: impl IntoIterator<Item = Family>) -> Self {
        families.into_iter().for_each(|family| self.metrics.sample(family));
        self
    }

    /// Where it will listen.
    pub fn address(&self) -> SocketAddr {
        (self.args.host, self.args.port).into()
    }

    /// Everything the service answers, on its port and on its management port if it has one.
    /// Business routes and control plane are separate routers: a layer of the one cannot reach the
    /// other.
    pub(crate) fn routers(&mut self, shutdown: &Shutdown) -> (Router, Option<Router>) {
        let known = self.known;
        let mut info = self.version.info(self.name, self.app_version.as_ref());
        info["settings"] = json!(self.settings);
        let actuator =
            |paths| Actuator::new(self.health.clone(), self.metrics.clone(), info.clone(), paths);
        let mut control = std::mem::take(&mut self.control);
        control.hook(shutdown, !self.answers_prestop);
        control.guard(leaving::modes(shutdown.clone()), &["shutdown"]);
        let (gate, entry) = (control.gate.clone(), control.entry.clone());
        let (beside, management) = control.planes(actuator, &self.faults);
        let mut routes = std::mem::take(&mut self.routes);
        if self.knobs.is_some() {
            routes = routes.merge(self.worksheets.routes(self.faults(), gate));
        }
        if let Some(patience) = self.patience {
            routes = routes.layer(middleware::from_fn_with_state(patience, overload::in_time));
        }
        if let Some(knobs) = self.knobs.clone().filter(|_| self.hittable) {
            let victim = Victim { faults: self.faults(), knobs };
            routes = routes.layer(OnDemandLayer(Arc::new(victim)));
        }
        let mut routes = routes.merge(openapi::routes(&self.api)).merge(beside);
        // The gateway says itself what it does not have.
        if !known.is_empty() {
            routes = routes.fallback(async move |request: Request| {
                hal::not_found(known, request.uri().path())
            });
        }
        let observer = Arc::new(Observer {
            service: self.name,
            metrics: self.metrics.clone(),
            dialect: self.dialect,
            app_version: self.app_version.clone(),
            entry,
        });
        let under_watch = |routes: Router| {
            routes
                .layer(CatchPanicLayer::custom(panicked))
                .layer(middleware::from_fn_with_state(observer.clone(), observe))
        };
        (under_watch(routes), management.map(under_watch))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
    hal::Problem::broken(text).into_response()
}
