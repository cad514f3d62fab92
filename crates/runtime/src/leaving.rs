//! `/actuator/shutdown`: what SIGTERM does; `/prestop`: the hook that holds the kubelet.

use std::time::Duration;

use axum::{Router, extract::State, routing::get};
use clap::ValueEnum as _;
use serde_json::{Value, json};
use tokio::time;
use web::{Json, Problem, Wanted};

use crate::shutdown::{DrainArgs, Mode, Progress, Shutdown};

/// Whoever may change what SIGTERM does.
pub(crate) fn modes(shutdown: Shutdown) -> Router {
    Router::new().route("/actuator/shutdown", get(show).put(change)).with_state(shutdown)
}

/// The same hook on a port that everybody reaches: it holds the kubelet for as long, and changes
/// nothing. The pod is out of rotation by then, and SIGTERM begins the drain.
pub(crate) fn hold(shutdown: Shutdown, short: bool) -> Router {
    let hook = get(held).post(held);
    let mut routes = Router::new().route("/actuator/prestop", hook.clone());
    if short {
        routes = routes.route("/prestop", hook);
    }
    routes.with_state(shutdown)
}

/// The kubelet's hook. `short` is for services that have no `/prestop` of their own.
pub(crate) fn hook(shutdown: Shutdown, short: bool) -> Router {
    let hook = get(prestop).post(prestop);
    let mut routes = Router::new().route("/actuator/prestop", hook.clone());
    if short {
        routes = routes.route("/prestop", hook);
    }
    routes.with_state(shutdown)
}

async fn show(State(shutdown): State<Shutdown>) -> Json<Value> {
    let DrainArgs { drain_delay, drain_timeout, shutdown_slow, .. } = shutdown.args();
    let Progress { in_flight, served, cut } = shutdown.progress();
    Json(json!({
        "mode": shutdown.mode().to_string(),
        "modes": Mode::names().collect::<Vec<_>>(),
        "drainDelay": drain_delay.to_string(),
        "drainTimeout": drain_timeout.to_string(),
        "shutdownSlow": shutdown_slow.to_string(),
        "draining": shutdown.is_leaving(),
        "secondsLeft": shutdown.seconds_left(),
        "requests": { "inFlight": in_flight, "served": served, "cut": cut },
    }))
}

/// `?mode=slow`, or `{"mode": "slow"}` as httpie sends it.
async fn change(State(shutdown): State<Shutdown>, wanted: Wanted) -> Result<Json<Value>, Problem> {
    let possible = || format!("mode is one of {}", Mode::names().collect::<Vec<_>>().join(", "));
    let mode = wanted.of("mode").ok_or_else(|| {
        Problem::bad_request("it does not say which mode")
            .hint(format!("?mode=… or {{\"mode\": …}}; {}", possible()))
    })?;
    let mode = Mode::from_str(mode, true)
        .map_err(|_| Problem::bad_request(format!("there is no mode {mode:?}")).hint(possible()))?;
    shutdown.set(mode);
    Ok(show(State(shutdown)).await)
}

/// Begins to leave, and answers when the delay has passed: for clusters whose preStop hooks can
/// ask but not sleep. The SIGTERM that follows does not wait again; if none follows, the process is
/// ready again `GRACE` later.
async fn prestop(State(shutdown): State<Shutdown>) -> Json<Value> {
    let delay: Duration = shutdown.args().drain_delay.into();
    let until = shutdown.prepare("after /prestop", delay);
    time::sleep_until(until.into()).await;
    let Progress { in_flight, served, .. } = shutdown.progress();
    Json(json!({
        "status": "OUT_OF_SERVICE",
        "reason": "draining after /prestop: SIGTERM may come",
        "requests": { "inFlight": in_flight, "served": served },
    }))
}

async fn held(State(shutdown): State<Shutdown>) -> Json<Value> {
    time::sleep(shutdown.args().drain_delay.into()).await;
    Json(json!({
        "status": "UP",
        "reason": "waited for DRAIN_DELAY; SIGTERM begins the drain",
    }))
}
