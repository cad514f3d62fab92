//! The read model: where each order stands, how it came there, and a live feed of both.

mod api;
mod http;
mod hub;
mod invariants;
mod live;
mod progress;
pub mod projection;
mod retention;
pub mod store;
mod timeline;
pub mod trace;
pub mod traces;
mod unguarded;

use std::sync::Arc;

use axum::{Router, routing::get};
use messaging::retention::Sweep;
use participant::Membership;
use runtime::{Failure, HttpArgs, Service, Settings};
use tokio::sync::watch;

use hub::Hub;
use unguarded::UnguardedProjection;

pub use api::openapi;
pub use invariants::books;
pub use live::LiveArgs;
pub use projection::Projection;
pub use retention::TimelineSweep;
pub use traces::Traces;

/// The ordertrace service, ready to run.
pub async fn service(
    http: HttpArgs,
    live: &LiveArgs,
    membership: &Membership,
    settings: Settings,
) -> Result<Service, Failure> {
    let outbox = membership.outbox("ordertrace", store::MIGRATIONS).await?;
    let guards = membership.guards;
    let service = Service::new("ordertrace", http, settings)
        .manage(invariants::routes(outbox.db().clone(), guards), &[]);
    let (heard, receiver) = watch::channel(0);
    let hub = Arc::new(Hub::new(outbox.db().clone(), receiver, live.live_feeds));
    let traces = Traces::new(outbox.clone());
    let routes = Router::new()
        .route("/orderTraces/{id}/timeline", get(http::timeline))
        .with_state(traces.clone())
        .merge(Router::new().route("/orderTraces/live", get(live::show)).with_state(hub.clone()))
        .merge(hal::router(traces));
    let service = service.serve(routes, &["/orderTraces"], openapi()).spawn(|drain| hub.run(drain));
    // Where a guard is off or a defect is back, what happened is looked into: the facts stay.
    let sweep = TimelineSweep::new(outbox.db().clone());
    let own = membership.is_whole().then(|| Box::new(sweep) as Box<dyn Sweep>);
    let service = membership.retain(service, "ordertrace", &outbox, own);
    let service = membership.tell(service, &outbox);
    let right = Projection { heard };
    Ok(if membership.is_whole() {
        membership.hear(service, right, &outbox).await?
    } else {
        let projection = UnguardedProjection { right, guards, bugs: membership.bugs };
        membership.hear(service, projection, &outbox).await?
    })
}
