//! One door: forwards each path to the service that owns it, and nothing else.

mod answer;
mod args;
mod backend;
mod cors;
mod failure;
mod forward;
mod headers;
mod openapi;
mod routes;
mod trailers;
mod upgrade;
mod upload;

use std::sync::Arc;

use axum::{Router, extract::Request, routing};

pub use self::{
    args::{Backends, GatewayArgs},
    backend::BackendUrl,
    openapi::openapi,
};
use self::{forward::Door, routes::ROUTES};

/// The four routes; everything else is a 404 that says what was probably meant.
///
/// Needs `web::problem::render` around it, and `ConnectInfo<SocketAddr>` in each request for the
/// client's address to be passed on.
pub fn router(backends: &Backends, args: &GatewayArgs) -> Router {
    let mut router = Router::new();
    for route in &ROUTES {
        let door = Arc::new(Door::new(route, backends, args));
        let enter = routing::any(move |request: Request| door.clone().enter(request));
        // Patterns rather than one fallback, so that metrics can tell the routes by `MatchedPath`.
        for below in ["", "/", "/{*rest}"] {
            router = router.route(&format!("{}{below}", route.prefix), enter.clone());
        }
        // The links of a collection lead there.
        router = router.route(&format!("/profile{}", route.prefix), enter);
    }
    router.fallback(routes::nowhere)
}
