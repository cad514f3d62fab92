//! `/actuator/health` and its groups over HTTP, and the switch.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use web::Wanted;

use crate::{Actuator, Group, Health, Status, health::Verdict};

/// The longest reason that somebody may give.
const LONGEST: usize = 200;

fn code(status: Status) -> StatusCode {
    match status {
        Status::Up => StatusCode::OK,
        Status::Down | Status::OutOfService | Status::Maintenance => {
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// Old worksheets compare the bare body, so reasons come only to those who ask: `?details`.
fn wants_details(uri: &Uri) -> bool {
    web::query::value(uri.query(), "details").is_some_and(|wanted| wanted != "false")
}

pub(crate) async fn show(
    State(Actuator(actuator)): State<Actuator>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let Verdict { status, reason, .. } = actuator.health.whole();
    let mut body = Map::from_iter([("status".to_owned(), json!(status))]);
    if wants_details(&uri) {
        let mut components = actuator.health.components().await;
        let switch = json!({ "status": status, "details": { "reason": reason } });
        components.insert("switch".to_owned(), switch);
        body.insert("components".to_owned(), components.into());
        body.insert("groups".to_owned(), json!(Group::ALL.map(Group::name)));
    }
    answer(status, &body.into(), &headers)
}

pub(crate) async fn show_group(
    State(Actuator(actuator)): State<Actuator>,
    Path(group): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let Some(group) = Group::named(&group) else {
        return (StatusCode::NOT_FOUND, ()).into_response();
    };
    let Verdict { status, reason, details: more } = actuator.health.group(group).await;
    let mut body = Map::from_iter([("status".to_owned(), json!(status))]);
    if wants_details(&uri) {
        let mut details = Map::from_iter([("reason".to_owned(), json!(reason))]);
        details.extend(more);
        body.insert("details".to_owned(), details.into());
    }
    answer(status, &body.into(), &headers)
}

pub(crate) async fn down(State(Actuator(actuator)): State<Actuator>) -> Response {
    throw_switch(&actuator.health, Status::Down, "PUT /actuator/down")
}

/// Not ready as well, but alive: nobody restarts what is being mended.
pub(crate) async fn maintenance(
    State(Actuator(actuator)): State<Actuator>,
    wanted: Wanted,
) -> Response {
    let why: String = wanted.of("reason").unwrap_or_default().chars().take(LONGEST).collect();
    let told = if why.is_empty() { why } else { format!("{why}: ") };
    let told = format!("{told}PUT /actuator/maintenance");
    throw_switch(&actuator.health, Status::Maintenance, &told)
}

pub(crate) async fn up(State(Actuator(actuator)): State<Actuator>) -> Response {
    throw_switch(&actuator.health, Status::Up, "PUT /actuator/up")
}

/// Throws the switch and answers the new health, with 200: asking worked.
fn throw_switch(health: &Health, status: Status, told: &str) -> Response {
    let at = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
    health.declare(status, format!("{told} at {at}; PUT /actuator/up heals it"));
    crate::json("application/json", &json!({ "status": status }))
}

fn answer(status: Status, body: &Value, headers: &HeaderMap) -> Response {
    let asked = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let plain = asked.is_some_and(|accept| accept.trim_start().starts_with("application/json"));
    let content_type =
        if plain { "application/json" } else { "application/vnd.spring-boot.actuator.v3+json" };
    (code(status), crate::json(content_type, body)).into_response()
}
