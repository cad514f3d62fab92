//! `/actuator/deadletters`: list, inspect, replay and discard what could not be handled.
//!
//! Anyone who reaches the service may read here, so what that costs is bounded: a list has no bodies and
//! comes in pages, one dead letter is shown at a time, and few answers are held in memory at once.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, RawQuery, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::stream;
use messaging::{DeadLetter, DeadLetters};
use serde_json::{Value, json};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use web::Problem;

/// How many dead letters one answer lists: 50 KiB of JSON, unless somebody makes their fields long.
const LISTED: usize = 50;
/// How many answers are made at once. One may be a body of half a MiB.
const AT_ONCE: usize = 4;
/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much of an answer is handed to the connection at once, in bytes.
const PIECE: usize = 16 * 1024;

#[derive(Clone)]
struct Desk {
    letters: DeadLetters,
    answers: Arc<Semaphore>,
    replays: Arc<Semaphore>,
}

pub(crate) fn routes(letters: DeadLetters) -> Router {
    let (answers, replays) = (Semaphore::new(AT_ONCE).into(), Semaphore::new(1).into());
    Router::new()
        .route("/actuator/deadletters", get(list))
        .route("/actuator/deadletters/replay", post(replay_all))
        .route("/actuator/deadletters/{id}", get(show).delete(discard))
        .route("/actuator/deadletters/{id}/replay", post(replay))
        .with_state(Desk { letters, answers, replays })
}

/// A page: what is behind the number `?after=`, and where the next page is if there is one.
async fn list(State(desk): State<Desk>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let wrong = |_| Problem::bad_request("after: this is not a whole number");
    let after = web::query::value(query.as_deref(), "after").map(|it| it.parse());
    let after = after.transpose().map_err(wrong)?.unwrap_or(0);
    let turn = turn(&desk.answers).await?;
    let total = desk.letters.count().await.map_err(crate::failed)?;
    let mut listed = desk.letters.list(after, LISTED + 1).await.map_err(crate::failed)?;
    let more = listed.len() > LISTED;
    listed.truncate(LISTED);
    let last = listed.last().map(|it| it.id);
    let mut page = json!({ "total": total, "deadLetters": listed });
    if let Some(last) = last.filter(|_| more) {
        page["next"] = format!("/actuator/deadletters?after={last}").into();
    }
    Ok(json_answer(&page, turn))
}

async fn show(State(desk): State<Desk>, Path(id): Path<String>) -> Result<Response, Problem> {
    let turn = turn(&desk.answers).await?;
    Ok(json_answer(&json!(find(&desk, &id).await?), turn))
}

async fn replay(State(desk): State<Desk>, Path(id): Path<String>) -> Result<Response, Problem> {
    let turn = turn(&desk.replays).await?;
    let letter = find(&desk, &id).await?;
    desk.letters.replay(letter).await.map_err(|error| {
        Problem::conflict(format!("it still cannot be handled: {}", messaging::reason(&error)))
            .hint("mend the cause, then replay; DELETE throws it away")
    })?;
    Ok(json_answer(&json!({ "replayed": 1, "failed": 0 }), turn))
}

/// Replays what is there now, oldest first, one after the other; what fails again stays.
async fn replay_all(State(desk): State<Desk>) -> Result<Response, Problem> {
    let turn = turn(&desk.replays).await?;
    let (mut replayed, mut failed, mut last) = (0, 0, 0);
    let latest = desk.letters.latest().await.map_err(crate::failed)?;
    while let Some(letter) = desk.letters.next(last).await.map_err(crate::failed)?
        && letter.id <= latest
    {
        last = letter.id;
        match desk.letters.replay(letter).await {
            Ok(()) => replayed += 1,
            Err(_) => failed += 1,
        }
    }
    Ok(json_answer(&json!({ "replayed": replayed, "failed": failed }), turn))
}

async fn discard(State(desk): State<Desk>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let found = desk.letters.discard(number(&id)?).await.map_err(crate::failed)?;
    if found { Ok(StatusCode::NO_CONTENT) } else { Err(missing(&id)) }
}

/// Waits until it is this request's turn.
async fn turn(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
    let busy = || {
        Problem::unavailable("others are reading or replaying dead letters")
            .hint("ask again in a while")
            .retry_after(2)
    };
    let place = timeout(PATIENCE, places.clone().acquire_owned()).await;
    place.map_err(|_| busy())?.map_err(|_| busy())
}

fn number(id: &str) -> Result<i64, Problem> {
    id.parse().map_err(|_| missing(id))
}

fn missing(id: &str) -> Problem {
    let shown: String = id.chars().take(40).collect();
    Problem::not_found(format!("there is no dead letter {shown}"))
        .hint("GET /actuator/deadletters lists them")
}

async fn find(desk: &Desk, id: &str) -> Result<DeadLetter, Problem> {
    let found = desk.letters.find(number(id)?).await.map_err(crate::failed)?;
    found.ok_or_else(|| missing(id))
}

/// An answer that keeps its turn until the client has taken it, nearly to the end.
fn json_answer(body: &Value, turn: OwnedSemaphorePermit) -> Response {
    let rest = (Bytes::from(body.to_string()), turn);
    let length = rest.0.len();
    let pieces = stream::unfold(rest, |(mut rest, turn)| async move {
        let piece = rest.split_to(rest.len().min(PIECE));
        (!piece.is_empty()).then_some((Ok::<_, std::convert::Infallible>(piece), (rest, turn)))
    });
    let about = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    (about, Body::from_stream(pieces)).into_response()
}
