//! The live feed: every fact as it is heard, with where its order stands now, over SSE.
//!
//! One reader of the database serves all feeds of this process ([`Hub`]). A feed that has fallen
//! behind what the hub keeps, or comes back with an older `Last-Event-ID`, reads on from the table of
//! facts until it has caught up: it misses nothing, and every replica shows what any of them heard.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use futures::{Stream, stream};
use hal::Problem;
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::timeout,
};

use crate::hub::{Hub, Message, Next};

/// How many clients may follow what happens.
#[derive(Debug, Clone, clap::Args)]
pub struct LiveArgs {
    /// How many clients may follow `GET /orderTraces/live` of each replica at once; further ones are
    /// answered with 503.
    #[arg(long, env, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub live_feeds: u32,
}

/// How long a feed is silent before it says that it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const STILL_HERE: Bytes = Bytes::from_static(b":\n\n");
/// After how many seconds another client may have left.
const RETRY_AFTER: u32 = 5;
/// How long to wait for a database that fails.
const PAUSE: Duration = Duration::from_millis(500);

/// `GET /orderTraces/live`, of every order or, with `?orderId=1`, of one.
pub(crate) async fn show(
    State(hub): State<Arc<Hub>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let order = order_of(query.as_deref())?;
    let seat = hub.seat().ok_or_else(|| full(&hub))?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let after = match last {
        Some(id) => id,
        None => hub.latest().await.map_err(participant::failed)?,
    };
    let feed =
        Feed { changes: hub.changes(), hub, after, order, behind: VecDeque::new(), _seat: seat };
    let kind = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
    Ok((kind, Body::from_stream(feed.messages())).into_response())
}

fn order_of(query: Option<&str>) -> Result<Option<i64>, Problem> {
    let wrong = |_| Problem::bad_request("orderId: this is not a whole number");
    web::query::value(query, "orderId").map(|id| id.parse()).transpose().map_err(wrong)
}

fn full(hub: &Hub) -> Problem {
    Problem::unavailable(format!("{} clients follow the live feed already", hub.seats()))
        .hint("close one, or try again in a while; LIVE_FEEDS says how many there may be")
        .retry_after(RETRY_AFTER)
}

/// What one client follows.
struct Feed {
    hub: Arc<Hub>,
    changes: watch::Receiver<u64>,
    /// The last fact that was sent, or passed over.
    after: i64,
    order: Option<i64>,
    /// Some of what the hub no longer keeps.
    behind: VecDeque<Message>,
    /// One of the feeds that there may be.
    _seat: OwnedSemaphorePermit,
}

impl Feed {
    fn messages(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(self, |mut feed| async move {
            let next = timeout(KEEP_ALIVE, feed.next()).await;
            Some((Ok(next.unwrap_or(STILL_HERE)), feed))
        })
    }

    /// The next message. It may be given up at any time and asked for again.
    async fn next(&mut self) -> Bytes {
        loop {
            if let Some(message) = self.behind.pop_front() {
                self.after = message.id;
                return message.text;
            }
            self.changes.mark_unchanged();
            match self.hub.next(self.after, self.order) {
                Next::Message(message) => {
                    self.after = message.id;
                    return message.text;
                }
                Next::Later(last) => {
                    self.after = self.after.max(last);
                    // The hub is gone when the process ends.
                    let _ = self.changes.changed().await;
                }
                Next::Gone(until) => self.catch_up(until).await,
            }
        }
    }

    async fn catch_up(&mut self, until: i64) {
        match self.hub.read(self.after, until, self.order).await {
            Ok(messages) if messages.is_empty() => self.after = until,
            Ok(messages) => self.behind = messages.into(),
            Err(error) => {
                tracing::warn!(%error, "a live feed waits for the database");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
