//! What operators and probes ask a service, and tell it. Nothing here is reached by business
//! routes, layers or faults: the control plane is a router of its own.

mod echo;
mod gate;
mod health;
mod index;
pub mod metrics;
mod probes;
mod sampled;
mod traffic;

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, put},
};
use futures::future::BoxFuture;
use serde_json::Value;

/// What [`Actuator::switch`] answers, as it is called below `/actuator`.
pub const SWITCH: [&str; 3] = ["down", "up", "maintenance"];

pub use gate::{Access, Gate};
pub use health::{Component, Group, Health, Status, Verdict, seconds_until};
pub use metrics::Metrics;
pub use sampled::{Family, Kind};
pub use traffic::{InFlight, Traffic};

/// The control plane of one service.
#[derive(Clone)]
pub struct Actuator(Arc<Inner>);

struct Inner {
    health: Health,
    metrics: Metrics,
    info: Value,
    extra: Vec<&'static str>,
}

impl Actuator {
    /// `info` is what `GET /actuator/info` answers; `extra` names further paths for the index.
    pub fn new(health: Health, metrics: Metrics, info: Value, extra: Vec<&'static str>) -> Self {
        Self(Arc::new(Inner { health, metrics, info, extra }))
    }

    /// The health and its groups: what kubelets ask.
    pub fn probes(&self) -> Router {
        Router::new()
            .route("/actuator/health", get(probes::show))
            .route("/actuator/health/{group}", get(probes::show_group))
            .method_not_allowed_fallback(not_allowed)
            .with_state(self.clone())
    }

    /// What declares the service well, not well, or in maintenance.
    pub fn switch(&self) -> Router {
        Router::new()
            .route("/actuator/down", put(probes::down))
            .route("/actuator/up", put(probes::up))
            .route("/actuator/maintenance", put(probes::maintenance))
            .method_not_allowed_fallback(not_allowed)
            .with_state(self.clone())
    }

    /// Every other route below `/actuator`, and `/metrics`: they change nothing.
    pub fn routes(self) -> Router {
        let prometheus = get(metrics::show);
        Router::new()
            .route("/actuator", get(index::show))
            .route("/actuator/", get(index::show))
            .route("/actuator/echo", get(echo::show))
            .route("/actuator/info", get(index::info))
            .route("/actuator/prometheus", prometheus.clone())
            .route("/metrics", prometheus)
            .method_not_allowed_fallback(not_allowed)
            .with_state(self)
    }
}

/// A figure that is asked for when somebody looks, rather than counted all the time.
pub type Question = Arc<dyn Fn() -> BoxFuture<'static, Result<i64, String>> + Send + Sync>;

async fn not_allowed() -> web::Problem {
    web::Problem::new(
        axum::http::StatusCode::METHOD_NOT_ALLOWED,
        "this method is not supported here; the Allow header says which are",
    )
}

fn json(content_type: &'static str, body: &impl serde::Serialize) -> Response {
    let body = serde_json::to_vec(body).unwrap_or_default();
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response()
}
