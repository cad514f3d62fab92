//! The control plane of a service: what operators and probes ask of it and tell it, and on which of
//! its ports.

use std::{net::SocketAddr, sync::Arc};

use actuator::{Actuator, Gate};
use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
    routing::any,
};
use futures::future::BoxFuture;
use web::Problem;

use crate::{HostArgs, Service, Shutdown, entry::Entry, leaving, target::Slashes};

/// What comes before the answer to each probe, over HTTP and gRPC.
pub type BeforeProbe = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// The parts of a control plane.
#[derive(Clone, Default)]
pub(crate) struct Control {
    open: Plane,
    /// What makes the service behave otherwise.
    guarded: Plane,
    /// Who may change something there.
    pub(crate) gate: Gate,
    /// The port on which alone the guarded part is served, if it is not the service's.
    pub(crate) port: Option<u16>,
    /// What the service's port has of what changes it, if everybody reaches that port.
    public: Option<Plane>,
    /// Which requests it lets in at all.
    pub(crate) entry: Entry,
    pub(crate) slashes: Slashes,
    pub(crate) before_probe: Option<BeforeProbe>,
}

/// Routes, and what they are called below `/actuator`.
#[derive(Clone, Default)]
struct Plane {
    routes: Router,
    paths: Vec<&'static str>,
}

impl Plane {
    fn add(&mut self, routes: Router, paths: &[&'static str]) {
        self.routes = std::mem::take(&mut self.routes).merge(routes);
        self.paths.extend(paths);
    }
}

impl Control {
    /// Adds what everybody may use.
    pub(crate) fn add(&mut self, routes: Router, paths: &[&'static str]) {
        self.open.add(routes, paths);
    }

    /// Adds what makes the service behave otherwise.
    pub(crate) fn guard(&mut self, routes: Router, paths: &[&'static str]) {
        self.guarded.add(routes, paths);
    }

    /// Adds the hook that holds the kubelet; on a public port it changes nothing.
    pub(crate) fn hook(&mut self, shutdown: &Shutdown, short: bool) {
        self.open.add(leaving::hook(shutdown.clone(), short), &["prestop"]);
        if let Some(public) = &mut self.public {
            public.add(leaving::hold(shutdown.clone(), short), &["prestop"]);
        }
    }

    /// The routes beside the business ones, and those of the management port, if there is one.
    ///
    /// Probes and all that old worksheets ask for are on both, for they know one port; where that is
    /// public, nothing on it changes the service.
    pub(crate) fn planes(
        self,
        actuator: impl Fn(Vec<&'static str>) -> Actuator,
    ) -> (Router, Option<Router>) {
        let asked = |paths, changes| {
            let actuator = actuator(paths);
            let mut probes = actuator.probes();
            if let Some(before) = &self.before_probe {
                probes = probes.layer(middleware::from_fn_with_state(before.clone(), wait));
            }
            let switch = if changes { actuator.switch() } else { Router::new() };
            probes.merge(switch).merge(actuator.routes())
        };
        let open = |paths: &[&'static str]| {
            let paths = [&actuator::SWITCH, paths].concat();
            asked(paths, true).merge(self.open.routes.clone())
        };
        let all = [self.open.paths.clone(), self.guarded.paths.clone()].concat();
        let whole = open(&all).merge(self.gate.before(self.guarded.routes));
        let main = match (self.public, self.port) {
            (Some(public), port) => {
                let moved = [&actuator::SWITCH, &*self.guarded.paths].concat();
                asked(public.paths, false).merge(public.routes).merge(elsewhere(&moved, port))
            }
            (None, Some(_)) => {
                open(&self.open.paths).merge(elsewhere(&self.guarded.paths, self.port))
            }
            (None, None) => return (whole, None),
        };
        let fallback = async || Problem::not_found("nothing but /actuator is served here");
        (main, self.port.map(|_| whole.fallback(fallback)))
    }
}

impl Service {
    /// Adds routes to the control plane, which index it as `paths`.
    pub fn manage(mut self, routes: Router, paths: &[&'static str]) -> Self {
        self.control.add(routes, paths);
        self
    }

    /// Adds routes to the control plane that make the service behave otherwise: who may change
    /// something there, [`Self::guarded_by`] says, and all may look.
    pub fn control(mut self, routes: Router, paths: &[&'static str]) -> Self {
        self.control.guard(routes, paths);
        self
    }

    /// Lets this decide who may change something there.
    pub fn guarded_by(mut self, gate: Gate) -> Self {
        self.control.gate = gate;
        self
    }

    /// Waits for this before each answer to a probe; the rest of the control plane answers at once.
    pub fn before_each_probe(mut self, before: BeforeProbe) -> Self {
        self.control.before_probe = Some(before);
        self
    }

    /// Serves what [`Self::control`] adds on this port alone, and the control plane there, too.
    pub fn managed_at(mut self, port: Option<u16>) -> Self {
        self.control.port = port;
        self
    }

    /// Serves nothing on its own port that changes the service: everybody reaches that.
    pub fn public(mut self) -> Self {
        self.control.public = Some(Plane::default());
        self
    }

    /// Leaves paths as they are, but for slashes before them: another service reads them.
    pub fn forwards(mut self) -> Self {
        self.control.slashes = Slashes::Leading;
        self
    }

    /// Lets in requests for these hosts, and changes by pages of these sites.
    pub fn asked_as(mut self, hosts: &HostArgs) -> Self {
        self.control.entry = hosts.entry(self.args.host);
        self
    }

    /// Where its management port will be, if it has one.
    pub(crate) fn management_address(&self) -> Option<SocketAddr> {
        self.control.port.map(|port| (self.args.host, port).into())
    }
}

async fn wait(State(before): State<BeforeProbe>, request: Request, next: Next) -> Response {
    before().await;
    next.run(request).await
}

/// Says on the service's port where these are.
fn elsewhere(paths: &[&'static str], port: Option<u16>) -> Router {
    let hint = match port {
        Some(port) => format!("it is on port {port}: MANAGEMENT_PORT"),
        None => "MANAGEMENT_PORT opens a port for it; GATEWAY_CONTROLS=true has it here".to_owned(),
    };
    let moved = any(async move || Problem::not_found("this is not served on this port").hint(hint));
    paths.iter().fold(Router::new(), |routes, path| {
        let below = format!("/actuator/{path}/{{*rest}}");
        routes.route(&format!("/actuator/{path}"), moved.clone()).route(&below, moved.clone())
    })
}
