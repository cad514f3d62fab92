//! Deliveries: goods leave when they are paid, and come back when the order is called off.

pub mod deliveries;
pub mod delivery;
mod http;
pub mod policy;
pub mod store;
mod unguarded;

use participant::Membership;
use runtime::{Failure, HttpArgs, Service, Settings};

pub use deliveries::Deliveries;
pub use policy::Dispatch;
use unguarded::UnguardedDispatch;

/// The delivery service, ready to run.
pub async fn service(
    http: HttpArgs,
    membership: &Membership,
    settings: Settings,
) -> Result<Service, Failure> {
    let outbox = membership.outbox("delivery", store::MIGRATIONS).await?;
    let deliveries = Deliveries::new(outbox.clone());
    let service = Service::new("delivery", http, settings).serve(
        hal::router(deliveries),
        &["/deliveries"],
        openapi(),
    );
    let service = membership.retain(service, "delivery", &outbox, None);
    let service = membership.tell(service, &outbox);
    Ok(if membership.is_whole() {
        membership.hear(service, Dispatch, &outbox).await?
    } else {
        let (guards, bugs) = (membership.guards, membership.bugs);
        membership.hear(service, UnguardedDispatch { guards, bugs }, &outbox).await?
    })
}

/// The API, as it is committed in `openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let title = "Sends goods when they are paid, and recalls them.";
    hal::openapi::<Deliveries>("delivery", title, env!("CARGO_PKG_VERSION"))
}
