//! Payments: money is taken once per order, and given back when the order is called off.

mod http;
pub mod payment;
pub mod payments;
pub mod policy;
pub mod store;

use participant::Membership;
use runtime::{Failure, HttpArgs, Service, Settings};

pub use payments::Payments;
pub use policy::{Approval, Cashier};

/// How payments are approved.
#[derive(Debug, Clone, clap::Args)]
pub struct ApprovalArgs {
    /// Who approves payments: `auto` takes the money as soon as the order is placed, `manual`
    /// waits for `PUT /payments/{id}` with `paymentStatus: END`.
    #[arg(long, env, default_value = "auto")]
    pub payment_approval: Approval,
}

/// The payment service, ready to run.
pub async fn service(
    http: HttpArgs,
    args: &ApprovalArgs,
    membership: &Membership,
    settings: Settings,
) -> Result<Service, Failure> {
    let outbox = membership.outbox("payment", store::MIGRATIONS).await?;
    let (guards, bugs) = (membership.messaging.guards, membership.bugs);
    let payments = Payments::new(outbox.clone(), guards, bugs);
    let service = Service::new("payment", http, settings).serve(
        hal::router(payments),
        &["/payments"],
        openapi(),
    );
    let service = membership.retain(service, "payment", &outbox, None);
    let service = membership.tell(service, &outbox);
    let cashier = Cashier { approval: args.payment_approval, guards, bugs };
    Ok(membership.hear(service, cashier, &outbox).await?)
}

/// The API, as it is committed in `openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let title = "Takes money once per order, and gives it back.";
    hal::openapi::<Payments>("payment", title, env!("CARGO_PKG_VERSION"))
}
