//! `/orderTraces`: the read model as a resource, and each order's timeline.

use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use hal::{Change, Created, Page, PageRequest, Problem, Property, Resource, Rows, Search};

use crate::{
    store::{self, TRACES},
    timeline,
    trace::{Draft, Trace},
    traces::{Error, Traces},
};

impl Resource for Traces {
    const COLLECTION: &'static str = "orderTraces";
    const ITEM: &'static str = "orderTrace";
    const PAGED: bool = false;
    const SORTABLE: &'static [Property] = &[];
    const SEARCHES: &'static [Search] = &[Search::reads("findByOrderId", "orderId")];
    type Entity = Trace;
    type Draft = Draft;

    async fn page(&self, _: &PageRequest) -> Result<Page<Trace>, Problem> {
        let items = TRACES.list(self.outbox().db(), None).await.map_err(participant::failed)?;
        // Nobody is shown how many there are.
        Ok(Page { items, total: 0 })
    }

    async fn find(&self, id: i64) -> Result<Option<Trace>, Problem> {
        TRACES.find(self.outbox().db(), id).await.map_err(participant::failed)
    }

    async fn create(&self, draft: Draft) -> Result<Created<Trace>, Problem> {
        Ok(Created::Now(self.note(draft).await?))
    }

    async fn update(&self, id: i64, change: Change) -> Result<Option<Trace>, Problem> {
        Ok(self.change(id, &change).await?)
    }

    async fn delete(&self, id: i64) -> Result<bool, Problem> {
        Ok(Self::delete(self, id).await?)
    }

    async fn search(&self, _: &'static Search, order: i64) -> Result<Rows<Trace>, Problem> {
        store::of_order(order, self.outbox().db()).await.map_err(participant::failed)
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

/// `GET /orderTraces/{id}/timeline`: every fact about the order of this trace, with its times.
pub(crate) async fn timeline(
    State(traces): State<Traces>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found(format!("there is no trace {id}"));
    let number = id.parse().map_err(|_| missing())?;
    let trace: Trace = traces.find(number).await?.ok_or_else(missing)?;
    let body = timeline::body(&trace, traces.outbox().db().clone()).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}
