//! `/deliveries`: which request is which use case.

use hal::{Change, Created, Page, PageRequest, Problem, Property, Resource, Rows, Search};

use crate::{
    deliveries::{Deliveries, Error},
    delivery::{Delivery, Draft},
    store::{self, SHOWN},
};

impl Resource for Deliveries {
    const COLLECTION: &'static str = "deliveries";
    const ITEM: &'static str = "delivery";
    const SORTABLE: &'static [Property] = store::SORTABLE;
    const SEARCHES: &'static [Search] = &[
        Search { name: "findByPaymentId", parameter: "PaymentId", unsafe_method: false },
        Search { name: "findByOrderId", parameter: "orderId", unsafe_method: false },
    ];
    type Entity = Delivery;
    type Draft = Draft;

    async fn page(&self, request: &PageRequest) -> Result<Page<Delivery>, Problem> {
        SHOWN.page(self.outbox().db(), request).await.map_err(participant::failed)
    }

    async fn find(&self, id: i64) -> Result<Option<Delivery>, Problem> {
        SHOWN.find(self.outbox().db(), id).await.map_err(participant::failed)
    }

    async fn create(&self, draft: Draft) -> Result<Created<Delivery>, Problem> {
        Ok(Created::Now(self.start(draft).await?))
    }

    async fn update(&self, id: i64, change: Change) -> Result<Option<Delivery>, Problem> {
        Ok(self.change(id, &change).await?)
    }

    async fn delete(&self, id: i64) -> Result<bool, Problem> {
        Ok(Self::delete(self, id).await?)
    }

    async fn search(&self, by: &'static Search, id: i64) -> Result<Rows<Delivery>, Problem> {
        let db = self.outbox().db();
        let found = match by.name {
            "findByOrderId" => store::of_order(id, db).await,
            _ => store::of_payment(id, db).await,
        };
        found.map_err(participant::failed)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Unreadable(problem) => problem,
            Error::Broken(error) => participant::failed(error),
        }
    }
}
