//! Payments: money is taken once per order, and given back when the order is called off.

mod http;
pub mod payment;
pub mod payments;
pub mod policy;
pub mod store;
mod unguarded;

use participant::Membership;
use runtime::{Failure, HttpArgs, Service, Settings};

pub use payments::Payments;
pub use policy::{Approval, Cashier};
use unguarded::UnguardedCashier;

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
    let (guards, bugs) = (membership.guards, membership.bugs);
    let mut payments = Payments::new(outbox.clone());
    if unguarded::charges_again(guards, bugs) {
        payments = payments.charging_again();
    }
    let service = Service::new("payment", http, settings).serve(
        hal::router(payments),
        &["/payments"],
        openapi(),
    );
    let service = membership.retain(service, "payment", &outbox, None);
    let service = membership.tell(service, &outbox);
    let approval = args.payment_approval;
    Ok(if membership.is_whole() {
        membership.hear(service, Cashier { approval }, &outbox).await?
    } else {
        let cashier = UnguardedCashier { approval, guards, bugs };
        membership.hear(service, cashier, &outbox).await?
    })
}

/// The API, as it is committed in `openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let title = "Takes money once per order, and gives it back.";
    hal::openapi::<Payments>("payment", title, env!("CARGO_PKG_VERSION"))
}
