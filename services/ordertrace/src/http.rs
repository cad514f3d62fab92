//! `/orderTraces`: the read model as a resource, and each order's timeline.

use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use hal::{Change, Created, Page, PageRequest, Problem, Property, Resource, Search};
use serde_json::json;

use crate::{
    store::{self, TRACES},
    trace::{Draft, Trace},
    traces::{Error, Traces},
};

impl Resource for Traces {
    const COLLECTION: &'static str = "orderTraces";
    const ITEM: &'static str = "orderTrace";
    const PAGED: bool = false;
    const SORTABLE: &'static [Property] = &[];
    const SEARCHES: &'static [Search] = &[Search::reads("findByOrderId", "OrderId")];
    type Entity = Trace;
    type Draft = Draft;

    async fn page(&self, request: &PageRequest) -> Result<Page<Trace>, Problem> {
        TRACES.page(self.outbox().db(), request).await.map_err(participant::failed)
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

    async fn search(&self, _: &'static Search, value: &str) -> Result<Vec<Trace>, Problem> {
        let Ok(order) = value.parse() else { return Ok(Vec::new()) };
        TRACES.select(self.outbox().db(), "order_id", order).await.map_err(participant::failed)
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
    let facts = match trace.order_id {
        Some(order) => store::timeline(order, traces.outbox().db()).await,
        None => Ok(Vec::new()),
    };
    let facts = facts.map_err(participant::failed)?;
    let body = json!({ "orderId": trace.order_id, "status": trace.status, "facts": facts });
    Ok(([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response())
}
