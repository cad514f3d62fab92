//! What the timeline of an order says: at once if it is short, and otherwise as the client reads it.

use axum::body::Body;
use futures::{StreamExt as _, stream};
use hal::Problem;
use serde_json::json;
use storage::Database;

use crate::{
    retention,
    store::{self, Fact},
    trace::Trace,
};

/// The facts of an order that are to be written next, and what stands before them.
struct Next {
    before: String,
    order: i64,
    facts: Vec<Fact>,
    db: Database,
}

/// The timeline of the order of this trace.
///
/// # Errors
/// When the database fails, or too many large answers are being sent.
pub(crate) async fn body(trace: &Trace, db: Database) -> Result<Body, Problem> {
    let Some(order) = trace.order_id else {
        let empty = json!({ "orderId": null, "status": trace.status, "removed": 0, "facts": [] });
        return Ok(Body::from(empty.to_string()));
    };
    let removed = retention::removed(order, &db).await.map_err(participant::failed)?;
    let before = json!({ "orderId": order, "status": trace.status, "removed": removed });
    let mut before = before.to_string();
    before.pop();
    before.push_str(",\"facts\":[");
    let facts = store::timeline(order, None, &db).await.map_err(participant::failed)?;
    let (first, rest) = Next { before, order, facts, db }.written().await?;
    if rest.is_none() {
        return Ok(Body::from(first));
    }
    let rest = stream::try_unfold(rest, |next| async {
        match next {
            Some(next) => next.written().await.map(Some),
            None => Ok(None),
        }
    });
    web::large(stream::once(async { Ok(first) }).chain(rest).boxed()).await
}

impl Next {
    /// These facts as they are sent, and those that follow them.
    async fn written(self) -> Result<(Vec<u8>, Option<Self>), Problem> {
        let Self { before, order, facts, db } = self;
        let mut out = before.into_bytes();
        for (place, fact) in facts.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            serde_json::to_writer(&mut out, fact).map_err(Problem::broken)?;
        }
        let following = match facts.last() {
            last @ Some(_) => store::timeline(order, last, &db).await,
            None => Ok(Vec::new()),
        };
        let facts = following.map_err(participant::failed)?;
        if facts.is_empty() {
            out.extend_from_slice(b"]}");
            return Ok((out, None));
        }
        Ok((out, Some(Self { before: ",".to_owned(), order, facts, db })))
    }
}
