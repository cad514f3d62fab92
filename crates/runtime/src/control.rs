//! The control plane of a service: what operators and probes ask of it and tell it, and on which of
//! its ports.

use std::net::SocketAddr;

use actuator::Actuator;
use axum::{Router, middleware, routing::any};
use faults::{Faults, Gate};
use hal::Problem;

use crate::{Service, afflict};

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

    /// The routes beside the business ones, and those of the management port, if there is one.
    ///
    /// Probes and all that old worksheets ask for are on both: they know one port.
    pub(crate) fn planes(
        self,
        actuator: impl Fn(Vec<&'static str>) -> Actuator,
        faults: &Faults,
    ) -> (Router, Option<Router>) {
        let asked = |paths| {
            let actuator = actuator(paths);
            let hang = middleware::from_fn_with_state(faults.clone(), afflict::hang);
            let probes = actuator.probes().layer(hang);
            probes.merge(actuator.routes()).merge(self.open.routes.clone())
        };
        let all = [self.open.paths.clone(), self.guarded.paths.clone()].concat();
        let whole = asked(all).merge(self.gate.before(self.guarded.routes));
        match self.port {
            None => (whole, None),
            Some(port) => {
                let elsewhere = elsewhere(&self.guarded.paths, port);
                let fallback = async || Problem::not_found("nothing but /actuator is served here");
                (asked(self.open.paths.clone()).merge(elsewhere), Some(whole.fallback(fallback)))
            }
        }
    }
}

impl Service {
    /// Adds routes to the control plane, which index it as `paths`.
    pub fn manage(mut self, routes: Router, paths: &[&'static str]) -> Self {
        self.control.add(routes, paths);
        self
    }

    /// Adds routes to the control plane that make the service behave otherwise: who may change
    /// something there, `FAULTS` says, and all may look.
    pub fn control(mut self, routes: Router, paths: &[&'static str]) -> Self {
        self.control.guard(routes, paths);
        self
    }

    /// Serves what [`Self::control`] adds on this port alone, and the control plane there, too.
    pub fn managed_at(mut self, port: Option<u16>) -> Self {
        self.control.port = port;
        self
    }

    /// Where its management port will be, if it has one.
    pub(crate) fn management_address(&self) -> Option<SocketAddr> {
        self.control.port.map(|port| (self.args.host, port).into())
    }
}

/// Says on the service's port where these are.
fn elsewhere(paths: &[&'static str], port: u16) -> Router {
    let told = any(async move || {
        Problem::not_found("this is not served on this port")
            .hint(format!("it is on port {port}: MANAGEMENT_PORT"))
    });
    paths.iter().fold(Router::new(), |routes, path| {
        let below = format!("/actuator/{path}/{{*rest}}");
        routes.route(&format!("/actuator/{path}"), told.clone()).route(&below, told.clone())
    })
}
