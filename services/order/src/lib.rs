//! Orders: where a customer's wish becomes a fact.

mod circuitbreakers;
mod defects;
mod http;
pub mod order;
pub mod orders;
pub mod payments;
mod settings;
pub mod store;

use std::time::Duration;

use actuator::Component;
use participant::{Bug, Membership};
use runtime::{Failure, HttpArgs, Service, Settings};
use tokio_util::sync::CancellationToken;

pub use orders::Orders;
pub use payments::Payments;
pub use settings::{ChargeArgs, Fallback, PaymentArgs, Percent, RetryBudget};

/// How often orders that were left pending are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// The order service, ready to run.
pub async fn service(
    http: HttpArgs,
    payment_url: &str,
    charge: &ChargeArgs,
    membership: &Membership,
    settings: Settings,
) -> Result<Service, Failure> {
    let outbox = membership.outbox("order", store::MIGRATIONS).await?;
    let payments = Payments::new(payment_url, charge);
    let mut orders = Orders::new(outbox.clone(), payments.clone());
    if membership.bugs.has(Bug::TellsWhatFailed) {
        orders = orders.publishing(defects::publish_what_failed);
    }
    let sweep = sweep(orders.clone(), payments.clone());
    let pending = participant::question({
        let outbox = outbox.clone();
        move || store::count_pending(outbox.db().clone())
    });
    let service = Service::new("order", http, settings)
        .watch(
            Component { name: "pending", check: pending, unit: "orders to finish", about: None },
            "orders_pending",
            "Orders that payment is being asked about, or that the sweep will finish.",
        )
        .serve(hal::router(orders), &["/orders"], openapi())
        .sample(circuitbreakers::figures(&payments))
        .control(circuitbreakers::routes(payments), &["circuitbreakers"])
        .manage(http::invariants(outbox.db().clone()), &[])
        .spawn(sweep);
    let service = membership.retain(service, "order", &outbox, None);
    Ok(membership.tell(service, &outbox))
}

/// The API, as it is committed in `openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    hal::openapi::<Orders>("order", "Takes orders and calls them off.", env!("CARGO_PKG_VERSION"))
}

/// Finishes orders that are queued, or whose process died between asking payment and keeping its
/// answer.
fn sweep(
    orders: Orders,
    payments: Payments,
) -> impl FnOnce(CancellationToken) -> futures::future::BoxFuture<'static, anyhow::Result<()>> {
    move |drain| {
        Box::pin(async move {
            loop {
                match orders.sweep(payments.longest()).await {
                    // There may be more, and payment is well.
                    Ok(store::BATCH) if !drain.is_cancelled() => continue,
                    Ok(_) => {}
                    Err(error) => tracing::warn!(%error, "orders wait for the next sweep"),
                }
                tokio::select! {
                    () = drain.cancelled() => return Ok(()),
                    () = tokio::time::sleep(SWEEP_INTERVAL) => {}
                }
            }
        })
    }
}
