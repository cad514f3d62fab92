//! `/payments`: which request is which use case, and which refusal is which status.

use hal::{Change, Created, Page, PageRequest, Problem, Property, Resource, Rows, Search};

use crate::{
    payment::{Draft, Payment, Refusal},
    payments::{Error, Payments},
    store::{self, SHOWN},
};

impl Resource for Payments {
    const COLLECTION: &'static str = "payments";
    const ITEM: &'static str = "payment";
    const SORTABLE: &'static [Property] = store::SORTABLE;
    const SEARCHES: &'static [Search] = &[
        Search { name: "findByOrderId", parameter: "OrderId", unsafe_method: false },
        Search { name: "deleteByOrderId", parameter: "OrderId", unsafe_method: true },
    ];
    type Entity = Payment;
    type Draft = Draft;

    async fn page(&self, request: &PageRequest) -> Result<Page<Payment>, Problem> {
        SHOWN.page(self.outbox().db(), request).await.map_err(participant::failed)
    }

    async fn find(&self, id: i64) -> Result<Option<Payment>, Problem> {
        SHOWN.find(self.outbox().db(), id).await.map_err(participant::failed)
    }

    async fn create(&self, draft: Draft) -> Result<Created<Payment>, Problem> {
        Ok(Created::Now(self.charge(draft).await?))
    }

    async fn update(&self, id: i64, change: Change) -> Result<Option<Payment>, Problem> {
        Ok(self.change(id, &change).await?)
    }

    async fn delete(&self, id: i64) -> Result<bool, Problem> {
        Ok(Self::delete(self, id).await?)
    }

    async fn search(&self, _: &'static Search, order: i64) -> Result<Rows<Payment>, Problem> {
        store::of_order(order, self.outbox().db()).await.map_err(participant::failed)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal @ Refusal::NegativeCost(_)) => {
                Self::bad_request(refusal.to_string())
            }
            Error::Refused(refusal @ Refusal::CalledOff) => Self::conflict(refusal.to_string()),
            Error::Unreadable(problem) => problem,
            Error::Broken(error) => participant::failed(error),
        }
    }
}
