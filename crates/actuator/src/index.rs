//! `GET /actuator`: what there is; `GET /actuator/info`: which version, with which settings.

use axum::{extract::State, response::Response};
use serde_json::{Map, Value, json};
use web::Base;

use crate::Actuator;

const PATHS: &[&str] = &[
    "health",
    "health/liveness",
    "health/readiness",
    "health/startup",
    "info",
    "echo",
    "prometheus",
];

pub(crate) async fn show(State(actuator): State<Actuator>, base: Base) -> Response {
    let mut links = Map::new();
    let mut link = |name: &str, path: &str| {
        links.insert(
            name.to_owned(),
            json!({ "href": format!("{}{path}", base.as_str()), "templated": false }),
        );
    };
    link("self", "/actuator");
    for path in PATHS.iter().chain(&actuator.0.extra) {
        link(&path.replace('/', "-"), &format!("/actuator/{path}"));
    }
    crate::json("application/vnd.spring-boot.actuator.v3+json", &json!({ "_links": links }))
}

pub(crate) async fn info(State(actuator): State<Actuator>) -> Response {
    let info: &Value = &actuator.0.info;
    crate::json("application/vnd.spring-boot.actuator.v3+json", info)
}
