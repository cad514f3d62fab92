//! `/orders`: which request is which use case, and which refusal is which status.

use axum::{Router, extract::State, routing::get};
use hal::{Change, Created, Page, PageRequest, Problem, Property, Resource};
use serde::Serialize;
use storage::Database;
use web::Json;

use crate::{
    order::{Draft, Order},
    orders::{Error, Orders, Taken},
    payments::Reason,
    store::{self, PLACED},
};

impl Resource for Orders {
    const COLLECTION: &'static str = "orders";
    const ITEM: &'static str = "order";
    const SORTABLE: &'static [Property] = store::SORTABLE;
    const POSTPONES: bool = true;
    type Entity = Order;
    type Draft = Draft;

    async fn page(&self, request: &PageRequest) -> Result<Page<Order>, Problem> {
        PLACED.page(self.outbox().db(), request).await.map_err(participant::failed)
    }

    async fn find(&self, id: i64) -> Result<Option<Order>, Problem> {
        PLACED.find(self.outbox().db(), id).await.map_err(participant::failed)
    }

    async fn create(&self, draft: Draft) -> Result<Created<Order>, Problem> {
        Ok(match self.place(draft).await? {
            Taken::Placed(order) => Created::Now(order),
            Taken::Queued(id, reason) => Created::Later { id, detail: waiting(&reason) },
        })
    }

    async fn update(&self, id: i64, change: Change) -> Result<Option<Order>, Problem> {
        Ok(self.change(id, &change).await?)
    }

    async fn delete(&self, id: i64) -> Result<bool, Problem> {
        Ok(self.cancel(id).await?)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::bad_request(refusal.to_string()),
            Error::Unreadable(unreadable) => unreadable.0,
            Error::NotCharged(reason) => Self::unavailable(format!("{reason}; no order was taken"))
                .hint(hint(&reason.reason))
                .retry_after(2),
            Error::Broken(error) => participant::failed(error),
        }
    }
}

fn waiting(reason: &Reason) -> String {
    format!("{reason}; the order is kept, and placed when payment is back; DELETE calls it off")
}

fn hint(reason: &Reason) -> &'static str {
    match reason {
        Reason::Unreachable(_) => "is payment running? PAYMENT_URL says where it is looked for",
        Reason::TimedOut(_) => "payment is slow; PAYMENT_TIMEOUT says how long it may take",
        Reason::Failed(_) | Reason::BrokeOff(_) => "look at payment's log",
        Reason::CircuitOpen | Reason::CircuitHalfOpen => {
            "GET /actuator/circuitbreakers shows why; try again in a while"
        }
        Reason::BulkheadFull(_) => "PAYMENT_BULKHEAD says how many may be; try again in a while",
        Reason::Refused(_) => "order it again: this order's payment was called off",
    }
}

/// `GET /invariants`: how many orders there are, and what they cost, to be held against what
/// ordertrace was told of them.
pub(crate) fn invariants(db: Database) -> Router {
    let show = async |State(db): State<Database>| -> Result<Json<Invariants>, Problem> {
        let totals = store::totals(&db).await.map_err(participant::failed)?;
        Ok(Json(Invariants::of(&totals)))
    };
    Router::new().route("/invariants", get(show)).with_state(db)
}

#[derive(Serialize)]
struct Invariants {
    orders: ByStatus<i64>,
    money: ByStatus<i128>,
}

#[derive(Serialize)]
struct ByStatus<T> {
    placed: T,
    cancelled: T,
    rejected: T,
    pending: T,
    queued: T,
}

impl Invariants {
    fn of(totals: &[(String, i64, i128)]) -> Self {
        let of = |status: &str| totals.iter().find(|(known, ..)| known == status);
        Self {
            orders: ByStatus::of(|status| of(status).map_or(0, |(_, orders, _)| *orders)),
            money: ByStatus::of(|status| of(status).map_or(0, |(.., cost)| *cost)),
        }
    }
}

impl<T> ByStatus<T> {
    fn of(figure: impl Fn(&str) -> T) -> Self {
        Self {
            placed: figure("placed"),
            cancelled: figure("cancelled"),
            rejected: figure("rejected"),
            pending: figure("pending"),
            queued: figure("queued"),
        }
    }
}
