//! `/actuator/faults`: what is possible, what is in force, who set it, and what it did.

use std::{net::SocketAddr, str::FromStr};

use actuator::{Access, Gate};
use axum::{
    Router,
    extract::{ConnectInfo, Path, State},
    http::StatusCode,
    routing::get,
};
use runtime::Size;
use serde_json::{Map, Value as Json, json};
use web::{Problem, Wanted};

use super::{
    catalogue::{Fault, KINDS},
    force::Force,
    registry::Faults,
    request::{Wish, at_start, keys, rate, unknown},
};

/// Who may set faults and knobs, what they may take, and which are in force from the start.
#[derive(Debug, Clone, clap::Args)]
pub struct FaultArgs {
    /// Who may set faults, knobs, circuit breakers, and what SIGTERM does, under `/actuator`: `open`
    /// (everybody), `token` (who knows `FAULTS_TOKEN`) or `off` (nobody); all may look.
    #[arg(long, env, default_value = "open")]
    pub faults: Access,

    /// The token for `FAULTS=token`, sent as `Authorization: Bearer <token>` [default: none].
    #[arg(long, env, hide_env_values = true, required_if_eq("faults", "token"))]
    pub faults_token: Option<String>,

    /// Faults that are in force from the start, such as `error rate=0.3 value=503; latency
    /// value=200ms`; they stay unless `ttl=2m` says otherwise [default: none].
    #[arg(long, env, default_value = "", hide_default_value = true)]
    pub faults_at_start: AtStart,

    /// The share of requests that are answered with 503 from the start, such as 0.2: what
    /// `FAULTS_AT_START=error rate=0.2` says, in the words of old worksheets [default: none].
    #[arg(long, env, value_parser = rate)]
    pub random_error: Option<f64>,

    /// The most memory that faults and cost knobs may take in this process, in all, such as
    /// `512MiB`.
    #[arg(long, env, default_value = "512MiB")]
    pub memory_cap: Size,

    /// The most cores that the fault `cpu` may keep busy in this process, in all.
    #[arg(long, env, default_value_t = 2.0, value_parser = cores)]
    pub cpu_cap: f64,

    /// The most room on the disk that the fault `disk` may take in this process, in all, such as
    /// `1GiB`.
    #[arg(long, env, default_value = "1GiB")]
    pub disk_cap: Size,
}

fn cores(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(cores) if cores > 0.0 && cores <= 64.0 => Ok(cores),
        _ => Err("write a number of cores up to 64, such as 0.5".to_owned()),
    }
}

/// What is in force from the start.
#[derive(Debug, Clone, Default)]
pub struct AtStart(Vec<Wish>);

impl FromStr for AtStart {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        at_start(text).map(Self)
    }
}

impl FaultArgs {
    /// Puts into force what is to be in force from the start.
    pub fn start(&self, faults: &Faults) -> Result<(), String> {
        if let Some(rate) = self.random_error.filter(|rate| *rate > 0.0) {
            let plain = Wish::plain(Fault::Error);
            faults
                .set(Wish { rate, ttl: None, dosed: true, ..plain }, "RANDOM_ERROR")
                .map_err(|why| why.to_string())?;
        }
        for wish in &self.faults_at_start.0 {
            let name = wish.fault.kind().name;
            let set = faults.set(wish.clone(), "FAULTS_AT_START");
            set.map_err(|why| format!("FAULTS_AT_START: {name}: value: {why}"))?;
        }
        Ok(())
    }

    /// What stands before faults, and before whatever else changes how the process behaves.
    pub fn gate(&self) -> Gate {
        Gate::new(self.faults, self.faults_token.as_deref())
    }

    /// How many cores may be kept busy, in whole ones.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 64")]
    pub fn cores(&self) -> usize {
        self.cpu_cap.ceil() as usize
    }
}

#[derive(Clone)]
struct Api {
    faults: Faults,
    knobs: &'static [&'static str],
}

/// The routes of the control plane; a [`Gate`] belongs before them. Whoever looks for one of `knobs`
/// here is told where they are.
pub(crate) fn routes(faults: Faults, knobs: &'static [&'static str]) -> Router {
    Router::new()
        .route("/actuator/faults", get(list).delete(clear_all))
        .route("/actuator/faults/{name}", get(show).put(set).post(set).delete(clear))
        .with_state(Api { faults, knobs })
}

async fn list(State(api): State<Api>) -> web::Json<Json> {
    let forces = api.faults.forces();
    let possible = KINDS.iter().map(|kind| {
        json!({
            "name": kind.name,
            "about": kind.about,
            "takes": keys(kind),
            "value": if kind.default.is_empty() { Json::Null } else { kind.value.syntax().into() },
        })
    });
    let history = api.faults.history().into_iter().rev().map(|change| {
        json!({
            "at": change.at.to_string(),
            "fault": change.fault,
            "what": change.what,
            "by": change.by,
            "hits": change.hits,
        })
    });
    web::Json(json!({
        "inForce": forces.iter().map(|force| shown(force)).collect::<Vec<_>>(),
        "history": history.collect::<Vec<_>>(),
        "caps": api.faults.budget().shown(),
        "possible": possible.collect::<Vec<_>>(),
    }))
}

async fn show(
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Result<web::Json<Json>, Problem> {
    let fault = api.named(&name)?;
    Ok(one(&api.faults, fault))
}

async fn set(
    State(api): State<Api>,
    Path(name): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Wanted(wanted): Wanted,
) -> Result<web::Json<Json>, Problem> {
    let fault = api.named(&name)?;
    let wrong = |why| Problem::bad_request(why).hint("GET /actuator/faults lists what is possible");
    let wish = Wish::read(fault, &wanted.into_iter().collect()).map_err(wrong)?;
    let set = api.faults.set(wish, &peer.ip().to_string());
    set.map_err(|why| wrong(format!("value: {why}")))?;
    Ok(one(&api.faults, fault))
}

async fn clear(
    State(api): State<Api>,
    Path(name): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
) -> Result<StatusCode, Problem> {
    let fault = api.named(&name)?;
    api.faults.clear(fault, &peer.ip().to_string());
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_all(
    State(api): State<Api>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
) -> StatusCode {
    api.faults.clear_all(&peer.ip().to_string());
    StatusCode::NO_CONTENT
}

impl Api {
    fn named(&self, name: &str) -> Result<Fault, Problem> {
        Fault::named(name).ok_or_else(|| {
            let meant = name.to_lowercase().replace('_', "-");
            let problem = Problem::not_found(unknown(name));
            match self.knobs.iter().find(|knob| **knob == meant) {
                Some(knob) => problem.hint(format!("it is a knob: PUT /actuator/knobs/{knob}")),
                None => problem,
            }
        })
    }
}

fn one(faults: &Faults, fault: Fault) -> web::Json<Json> {
    let forces = faults.forces();
    match forces.iter().find(|force| force.wish.fault == fault) {
        Some(force) => web::Json(shown(force)),
        None => web::Json(json!({ "name": fault.kind().name, "inForce": false })),
    }
}

/// A fault in force, with what was asked for and what was seen.
fn shown(force: &Force) -> Json {
    let (wish, kind) = (&force.wish, force.wish.fault.kind());
    let keys = keys(kind);
    let mut shown = Map::new();
    let mut say = |key: &str, value: Json| drop(shown.insert(key.to_owned(), value));
    say("name", kind.name.into());
    say("inForce", true.into());
    if keys.contains(&"value") {
        say("value", wish.written.clone().into());
    }
    if keys.contains(&"rate") {
        let (asked, hits) = (force.asked(), force.hits());
        say("requested", percent(wish.rate).into());
        say("observed", observed(hits, asked).into());
        say("hits", hits.into());
        say("of", asked.into());
        say("seed", wish.seed.into());
        say("failNext", wish.fail_next.into());
    }
    if keys.contains(&"routes") {
        say("routes", wish.routes.clone().into());
        say("methods", wish.methods.clone().into());
    }
    say("secondsLeft", force.seconds_left().into());
    say("setBy", force.set_by.clone().into());
    say("setAt", force.set_at.to_string().into());
    say("about", kind.about.into());
    Json::Object(shown)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[expect(clippy::cast_precision_loss, reason = "a percentage for people")]
fn observed(hits: u64, asked: u64) -> Option<String> {
    (asked > 0).then(|| percent(hits as f64 / asked as f64))
}
