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
use futures::future::BoxFuture;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use web::{TrustedProxies, problem};

use crate::{
    Settings, Version,
    control::Control,
    leaving,
    observe::{Observer, observe},
    openapi, overload,
    shutdown::Shutdown,
    version::VersionArgs,
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
    Box<dyn FnOnce(Shutdown, CancellationToken) -> BoxFuture<'static, anyhow::Result<()>> + Send>;
type Layer = Box<dyn FnOnce(Router) -> Router + Send>;
type Call = Box<dyn FnOnce() + Send>;

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
    layers: Vec<Layer>,
    when_started: Vec<Call>,
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
            layers: Vec::new(),
            when_started: Vec::new(),
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
    pub fn spawn<F>(self, task: impl FnOnce(CancellationToken) -> F + Send + 'static) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.spawn_with_shutdown(move |_, drain| task(drain))
    }

    /// The same for a task that changes what SIGTERM does.
    pub fn spawn_with_shutdown<F>(
        mut self,
        task: impl FnOnce(Shutdown, CancellationToken) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.tasks.push(Box::new(move |shutdown, drain| Box::pin(task(shutdown, drain))));
        self
    }

    /// Puts something around the business routes, and around nothing else.
    pub fn layered(mut self, layer: impl FnOnce(Router) -> Router + Send + 'static) -> Self {
        self.layers.push(Box::new(layer));
        self
    }

    /// Adds business routes to those that it serves.
    pub fn with_routes(mut self, routes: Router) -> Self {
        self.routes = self.routes.merge(routes);
        self
    }

    /// Calls this when the start is over.
    pub fn when_started(mut self, call: impl FnOnce() + Send + 'static) -> Self {
        self.when_started.push(Box::new(call));
        self
    }

    /// To be called when its start is over: it is ready.
    pub(crate) fn started(&mut self) -> impl FnOnce() + Send + 'static {
        let (calls, health) = (std::mem::take(&mut self.when_started), self.health.clone());
        move || {
            for call in calls {
                call();
            }
            health.started();
        }
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its health, for whatever makes a probe fail.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// The settings that are in force for its process.
    pub fn settings(&self) -> &Settings {
        &self.settings
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
        let entry = control.entry.clone();
        let (beside, management) = control.planes(actuator);
        let mut routes = std::mem::take(&mut self.routes);
        if let Some(patience) = self.patience {
            routes = routes.layer(middleware::from_fn_with_state(patience, overload::in_time));
        }
        for layer in std::mem::take(&mut self.layers) {
            routes = layer(routes);
        }
        let mut routes = routes.merge(openapi::routes(&self.api)).merge(beside);
        // The gateway says itself what it does not have.
        if !known.is_empty() {
            routes = routes.fallback(async move |request: Request| {
                web::not_found(known, request.uri().path())
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
    web::Problem::broken(text).into_response()
}
