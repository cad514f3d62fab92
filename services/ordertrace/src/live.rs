//! The live feed: every fact as it is heard, with where its order stands now, over SSE.
//!
//! It reads the table of facts on from the last one it sent, so a client that reconnects with
//! `Last-Event-ID` misses nothing, and every replica shows what any of them heard.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{
        IntoResponse,
        sse::{self, KeepAlive, Sse},
    },
};
use futures::{Stream, stream};
use hal::Problem;
use serde::Serialize;
use storage::Database;
use tokio::sync::watch;

use crate::{
    store::{self, Fact},
    trace::Trace,
};

/// How long a fact that another replica heard may go unnoticed.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// What a live feed needs.
#[derive(Clone)]
pub(crate) struct Live {
    pub(crate) db: Database,
    pub(crate) heard: watch::Receiver<u64>,
}

/// One message of the feed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    #[serde(flatten)]
    fact: &'a Fact,
    trace: Option<Trace>,
}

/// `GET /orderTraces/live`, of every order or, with `?orderId=1`, of one.
pub(crate) async fn show(
    State(live): State<Live>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let after = match last {
        Some(id) => id,
        None => store::latest(&live.db).await.map_err(participant::failed)?,
    };
    let feed = Feed { live, after, order: order_of(query.as_deref())?, ready: VecDeque::new() };
    Ok(Sse::new(feed.events()).keep_alive(KeepAlive::default()))
}

fn order_of(query: Option<&str>) -> Result<Option<i64>, Problem> {
    let wrong = |_| Problem::bad_request("orderId: this is not a whole number");
    hal::query::value(query, "orderId").map(|id| id.parse()).transpose().map_err(wrong)
}

struct Feed {
    live: Live,
    after: i64,
    order: Option<i64>,
    ready: VecDeque<Fact>,
}

impl Feed {
    fn events(self) -> impl Stream<Item = Result<sse::Event, Infallible>> {
        stream::unfold(self, |mut feed| async move {
            let fact = feed.next().await;
            let event = feed.event(&fact).await;
            Some((Ok(event), feed))
        })
    }

    async fn next(&mut self) -> Fact {
        loop {
            while let Some(fact) = self.ready.pop_front() {
                if self.order.is_none_or(|order| order == fact.order_id) {
                    return fact;
                }
            }
            self.live.heard.mark_unchanged();
            match store::heard_since(self.after, &self.live.db).await {
                Ok(facts) if !facts.is_empty() => {
                    self.after = facts.last().map_or(self.after, |fact| fact.id);
                    self.ready = facts.into();
                }
                Ok(_) => {
                    let _ = tokio::time::timeout(POLL_INTERVAL, self.live.heard.changed()).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "the live feed waits for the database");
                    tokio::time::sleep(POLL_INTERVAL).await;
                }
            }
        }
    }

    async fn event(&self, fact: &Fact) -> sse::Event {
        let traces = store::TRACES.select(&self.live.db, "order_key", fact.order_id).await;
        let trace = traces.ok().and_then(|mut traces| traces.pop());
        let event = sse::Event::default().event("fact").id(fact.id.to_string());
        event.json_data(Message { fact, trace }).unwrap_or_default()
    }
}
