//! `/actuator/deadletters`: list, inspect, replay and discard what could not be handled.

use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use hal::Problem;
use messaging::{DeadLetter, DeadLetters};
use serde_json::{Value, json};

/// How many letters one answer lists.
const LISTED: i64 = 100;

pub(crate) fn routes(letters: DeadLetters) -> Router {
    Router::new()
        .route("/actuator/deadletters", get(list))
        .route("/actuator/deadletters/replay", post(replay_all))
        .route("/actuator/deadletters/{id}", get(show).delete(discard))
        .route("/actuator/deadletters/{id}/replay", post(replay))
        .with_state(letters)
}

async fn list(State(letters): State<DeadLetters>) -> Result<Response, Problem> {
    let total = letters.count().await.map_err(crate::failed)?;
    let listed = letters.list(LISTED).await.map_err(crate::failed)?;
    Ok(json_answer(&json!({ "total": total, "deadLetters": listed })))
}

async fn show(
    State(letters): State<DeadLetters>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    Ok(json_answer(&json!(find(&letters, &id).await?)))
}

async fn replay(
    State(letters): State<DeadLetters>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let letter = find(&letters, &id).await?;
    letters.replay(letter).await.map_err(|error| {
        Problem::conflict(format!("it still cannot be handled: {error:#}"))
            .hint("mend the cause, then replay; DELETE throws it away")
    })?;
    Ok(json_answer(&json!({ "replayed": 1, "failed": 0 })))
}

/// Replays what is there now, oldest first; what fails again stays.
async fn replay_all(State(letters): State<DeadLetters>) -> Result<Response, Problem> {
    let (mut replayed, mut failed) = (0, 0);
    for letter in letters.list(i64::MAX).await.map_err(crate::failed)? {
        match letters.replay(letter).await {
            Ok(()) => replayed += 1,
            Err(_) => failed += 1,
        }
    }
    Ok(json_answer(&json!({ "replayed": replayed, "failed": failed })))
}

async fn discard(
    State(letters): State<DeadLetters>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let letter = find(&letters, &id).await?;
    letters.discard(letter.id).await.map_err(crate::failed)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(letters: &DeadLetters, id: &str) -> Result<DeadLetter, Problem> {
    let missing = || {
        Problem::not_found(format!("there is no dead letter {id}"))
            .hint("GET /actuator/deadletters lists them")
    };
    let number = id.parse().map_err(|_| missing())?;
    letters.find(number).await.map_err(crate::failed)?.ok_or_else(missing)
}

fn json_answer(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
