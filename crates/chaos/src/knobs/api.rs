//! `/actuator/knobs`: what is in force, where that came from, what it has done, and how to turn it.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::{ConnectInfo, Path, State},
    routing::get,
};
use serde_json::{Value as Json, json};
use web::{Problem, Wanted};

use super::{
    Knobs,
    registry::Written,
    table::{KINDS, Kind},
};

#[derive(Clone)]
struct Api {
    knobs: Knobs,
}

/// The routes of the control plane; a [`faults::Gate`] belongs before them.
pub(crate) fn routes(knobs: Knobs) -> Router {
    Router::new()
        .route("/actuator/knobs", get(list).delete(reset_all))
        .route("/actuator/knobs/{name}", get(show).put(set).post(set).delete(reset))
        .with_state(Api { knobs })
}

async fn list(State(api): State<Api>) -> web::Json<Json> {
    web::Json(api.listed())
}

async fn show(
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Result<web::Json<Json>, Problem> {
    Ok(web::Json(api.shown(named(&name)?)))
}

async fn set(
    State(api): State<Api>,
    Path(name): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    wanted: Wanted,
) -> Result<web::Json<Json>, Problem> {
    let kind = named(&name)?;
    changeable(kind)?;
    let wrong =
        |why: String| Problem::bad_request(why).hint("GET /actuator/knobs lists what is possible");
    let value = value_of(&wanted).map_err(wrong)?;
    let by = format!("set by {}", peer.ip());
    api.turned(move |knobs| knobs.set(kind, &value, by))
        .await
        .map_err(|why| wrong(format!("{}: {why}", kind.name)))?;
    Ok(web::Json(api.shown(kind)))
}

async fn reset(
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Result<web::Json<Json>, Problem> {
    let kind = named(&name)?;
    changeable(kind)?;
    api.turned(move |knobs| knobs.reset(kind)).await.map_err(Problem::conflict)?;
    Ok(web::Json(api.shown(kind)))
}

async fn reset_all(State(api): State<Api>) -> Result<web::Json<Json>, Problem> {
    let all = |knobs: &Knobs| {
        let mut all = KINDS.iter().filter(|it| !it.is_of_start());
        all.try_for_each(|kind| knobs.reset(kind))
    };
    api.turned(all).await.map_err(Problem::conflict)?;
    Ok(web::Json(api.listed()))
}

impl Api {
    /// Turns knobs off the workers: memory takes a while.
    async fn turned(
        &self,
        how: impl FnOnce(&Knobs) -> Result<(), String> + Send + 'static,
    ) -> Result<(), String> {
        let knobs = self.knobs.clone();
        let turned = tokio::task::spawn_blocking(move || how(&knobs)).await;
        turned.unwrap_or_else(|error| Err(error.to_string()))
    }

    fn listed(&self) -> Json {
        let paid = self.knobs.paid();
        json!({
            "knobs": KINDS.iter().map(|kind| self.shown(kind)).collect::<Vec<_>>(),
            "paid": {
                "requests": paid.requests,
                "cpuSeconds": paid.cpu.as_secs_f64(),
                "bytesOfBase": paid.base,
                "bytesOfRequests": paid.held,
                "bytesLeaked": paid.leaked,
            },
            "caps": self.knobs.budget().shown(),
        })
    }

    fn shown(&self, kind: &Kind) -> Json {
        let Written { text, source } = self.knobs.written(kind);
        json!({
            "name": kind.name,
            "setting": kind.setting,
            "value": text,
            "source": source,
            "default": kind.default,
            "changeable": !kind.is_of_start(),
            "about": kind.about,
        })
    }
}

fn named(name: &str) -> Result<&'static Kind, Problem> {
    let meant = name.to_lowercase().replace('_', "-");
    let fault = crate::faults::KINDS.iter().find(|fault| fault.name == meant);
    Kind::named(name).map_err(|why| match fault {
        Some(fault) => Problem::not_found(why)
            .hint(format!("it is a fault: PUT /actuator/faults/{}", fault.name)),
        None => Problem::not_found(why),
    })
}

fn changeable(kind: &Kind) -> Result<(), Problem> {
    if !kind.is_of_start() {
        return Ok(());
    }
    let setting = &kind.setting;
    Err(Problem::conflict(format!("{setting} matters while a process starts, and this one has"))
        .hint(format!("set {setting} in its environment, and start it anew")))
}

fn value_of(wanted: &Wanted) -> Result<String, String> {
    if let Some((other, _)) = wanted.0.iter().find(|(name, _)| name != "value") {
        return Err(format!("{other}: a knob does not take this, only value"));
    }
    wanted.of("value").map(str::to_owned).ok_or_else(|| "value: write one".to_owned())
}
