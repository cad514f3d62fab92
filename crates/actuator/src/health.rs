//! Health: the whole, its groups for the kubelet's probes, and the switch that labs throw.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{Actuator, Question};

/// How a part is, in Spring Boot's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Up,
    Down,
    OutOfService,
}

impl Status {
    fn code(self) -> StatusCode {
        match self {
            Self::Up => StatusCode::OK,
            Self::Down | Self::OutOfService => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// A part that is shown, without deciding anything: no probe fails because a database is away.
#[derive(Clone)]
pub struct Component {
    pub name: &'static str,
    /// Answers a figure when the part is well, and why not when it is not.
    pub check: Question,
    /// What the figure counts: `facts waiting`.
    pub unit: &'static str,
    /// What it is and where, if there is a choice.
    pub about: Option<String>,
}

/// How one service is. A restart forgets it all, which is what the self-healing lab shows.
#[derive(Clone, Default)]
pub struct Health(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Why the service was declared down, if it was.
    down: Mutex<Option<String>>,
    started: AtomicBool,
    draining: AtomicBool,
    components: Mutex<Vec<Component>>,
}

impl Health {
    /// Shows another part.
    pub fn watch(&self, component: Component) {
        self.0.components.lock().unwrap_or_else(PoisonError::into_inner).push(component);
    }

    /// Start-up is over; this is never taken back.
    pub fn started(&self) {
        self.0.started.store(true, Ordering::Relaxed);
    }

    /// From now on not ready, though alive.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    fn switch(&self, reason: Option<String>) {
        *self.0.down.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }

    fn down_because(&self) -> Option<String> {
        self.0.down.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The whole: only the switch brings it down. Probes of old worksheets ask here.
    fn whole(&self) -> (Status, Option<String>) {
        match self.down_because() {
            Some(reason) => (Status::Down, Some(reason)),
            None => (Status::Up, None),
        }
    }

    fn group(&self, name: &str) -> Option<(Status, Option<String>)> {
        let started = self.0.started.load(Ordering::Relaxed);
        let draining = self.0.draining.load(Ordering::Relaxed);
        let because = |reason: &str| (Status::OutOfService, Some(reason.to_owned()));
        match name {
            "readiness" if draining => Some(because("draining after SIGTERM")),
            "readiness" | "startup" if !started => Some(because("still starting")),
            "liveness" | "readiness" | "startup" => Some((Status::Up, None)),
            _ => None,
        }
    }

    async fn components(&self) -> Value {
        let components = self.0.components.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut shown = Map::new();
        for Component { name, check, unit, about } in components {
            let (status, mut details) = match check().await {
                Ok(figure) => (Status::Up, json!({ unit: figure })),
                Err(why) => (Status::Down, json!({ "reason": why })),
            };
            if let Some(about) = about {
                details["about"] = about.into();
            }
            shown.insert(name.to_owned(), json!({ "status": status, "details": details }));
        }
        Value::Object(shown)
    }
}

/// Old worksheets compare the bare body, so reasons come only to those who ask: `?details`.
fn wants_details(uri: &Uri) -> bool {
    uri.query().is_some_and(|query| query.split('&').any(|it| it == "details"))
}

pub(crate) async fn show(
    State(Actuator(actuator)): State<Actuator>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let (status, reason) = actuator.health.whole();
    let mut body = Map::from_iter([("status".to_owned(), json!(status))]);
    if wants_details(&uri) {
        let mut components = actuator.health.components().await;
        let switch = json!({ "status": status, "details": { "reason": reason } });
        components["switch"] = switch;
        body.insert("components".to_owned(), components);
        body.insert("groups".to_owned(), json!(["liveness", "readiness", "startup"]));
    }
    answer(status, &Value::Object(body), &headers)
}

pub(crate) async fn show_group(
    State(Actuator(actuator)): State<Actuator>,
    Path(group): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let Some((status, reason)) = actuator.health.group(&group) else {
        return (StatusCode::NOT_FOUND, ()).into_response();
    };
    let mut body = Map::from_iter([("status".to_owned(), json!(status))]);
    if wants_details(&uri) {
        body.insert("details".to_owned(), json!({ "reason": reason }));
    }
    answer(status, &Value::Object(body), &headers)
}

pub(crate) async fn down(State(Actuator(actuator)): State<Actuator>) -> Response {
    throw_switch(&actuator.health, true)
}

pub(crate) async fn up(State(Actuator(actuator)): State<Actuator>) -> Response {
    throw_switch(&actuator.health, false)
}

/// Throws the switch and answers the new health, with 200: asking worked.
fn throw_switch(health: &Health, down: bool) -> Response {
    let at = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
    health.switch(down.then(|| format!("PUT /actuator/down at {at}; PUT /actuator/up heals it")));
    let status = if down { Status::Down } else { Status::Up };
    crate::json("application/json", &json!({ "status": status }))
}

fn answer(status: Status, body: &Value, headers: &HeaderMap) -> Response {
    let asked = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let plain = asked.is_some_and(|accept| accept.trim_start().starts_with("application/json"));
    let content_type =
        if plain { "application/json" } else { "application/vnd.spring-boot.actuator.v3+json" };
    (status.code(), crate::json(content_type, body)).into_response()
}
