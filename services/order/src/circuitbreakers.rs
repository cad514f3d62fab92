//! `/actuator/circuitbreakers`: how the calls to payment go, and how they are made from now on.

use std::convert::Infallible;

use actuator::{Family, Kind};
use axum::{
    Router,
    extract::{Path, State},
    response::{
        IntoResponse,
        sse::{self, KeepAlive, Sse},
    },
    routing::{get, put},
};
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use web::{Json, Problem, Wanted};

use crate::payments::{Payments, State as Breaker};

pub(crate) fn routes(payments: Payments) -> Router {
    Router::new()
        .route("/actuator/circuitbreakers", get(list))
        .route("/actuator/circuitbreakers/live", get(live))
        .route("/actuator/circuitbreakers/{name}", get(show).put(switch).delete(reset))
        .route("/actuator/circuitbreakers/{name}/reset", put(reset))
        .with_state(payments)
}

async fn list(State(payments): State<Payments>) -> Json<Value> {
    Json(json!({ "circuitBreakers": [payments.summary()] }))
}

async fn show(
    State(payments): State<Payments>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    known(&name)?;
    Ok(Json(payments.everything()))
}

/// Switches the settings that are named.
async fn switch(
    State(payments): State<Payments>,
    Path(name): Path<String>,
    Wanted(wanted): Wanted,
) -> Result<Json<Value>, Problem> {
    known(&name)?;
    payments.switch(&wanted)?;
    Ok(Json(payments.everything()))
}

async fn reset(
    State(payments): State<Payments>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    known(&name)?;
    payments.reset();
    Ok(Json(payments.everything()))
}

fn known(name: &str) -> Result<(), Problem> {
    if name == "payment" {
        return Ok(());
    }
    let shown: String = name.chars().take(40).collect();
    Err(Problem::not_found(format!("there is no circuit breaker {shown:?}"))
        .hint("there is /actuator/circuitbreakers/payment, and …/live"))
}

/// `GET /actuator/circuitbreakers/live`: the breaker as it is, and again at each transition.
async fn live(State(payments): State<Payments>) -> impl IntoResponse {
    let changes = payments.changes();
    let first = changes.first();
    let rest = stream::unfold(changes, async |mut changes| Some((changes.next().await, changes)));
    let told = stream::once(async { first }).chain(rest.boxed()).map(|change| {
        let event = sse::Event::default().event("circuitbreaker").id(change.number.to_string());
        Ok::<_, Infallible>(event.json_data(change).unwrap_or_default())
    });
    Sse::new(told).keep_alive(KeepAlive::default())
}

/// The same for Prometheus.
pub(crate) fn figures(payments: &Payments) -> Vec<Family> {
    use Breaker::{Closed, HalfOpen, Off, Open};
    let family = |name, help, kind, label, read: fn(&Payments) -> Vec<(&'static str, f64)>| {
        let payments = payments.clone();
        Family { name, help, kind, label, read: Box::new(move || read(&payments)) }
    };
    vec![
        family(
            "payment_breaker_state",
            "The circuit breaker to payment: 0 closed, 1 half-open, 2 open, -1 off.",
            Kind::Gauge,
            "",
            |payments| {
                let figure = match payments.state() {
                    Closed => 0.0,
                    HalfOpen => 1.0,
                    Open => 2.0,
                    Off => -1.0,
                };
                vec![("", figure)]
            },
        ),
        family(
            "payment_breaker_transitions_total",
            "Changes of the circuit breaker's state, by the state it changed to.",
            Kind::Counter,
            "to",
            |payments| {
                let to = |state: Breaker| (state.name(), payments.transitions_to(state));
                Breaker::ALL.map(to).map(figure).into()
            },
        ),
        family(
            "payment_calls_total",
            "Calls to payment by outcome; not_permitted and bulkhead_full were not sent.",
            Kind::Counter,
            "outcome",
            |payments| {
                let counted = payments.counted();
                let all = [
                    ("succeeded", counted.succeeded),
                    ("failed", counted.failed),
                    ("timed_out", counted.timed_out),
                    ("not_permitted", counted.not_permitted),
                    ("bulkhead_full", counted.bulkhead_full),
                ];
                all.map(figure).into()
            },
        ),
        family(
            "payment_charges_total",
            "Times that payment was asked about an order, however many calls each took.",
            Kind::Counter,
            "",
            |payments| vec![figure(("", payments.counted().asked))],
        ),
        family(
            "payment_retries_total",
            "Calls to payment that repeated a failed one.",
            Kind::Counter,
            "",
            |payments| vec![figure(("", payments.counted().retried))],
        ),
        family(
            "payment_fallbacks_total",
            "Orders that were queued because payment could not be asked.",
            Kind::Counter,
            "",
            |payments| vec![figure(("", payments.counted().fallbacks))],
        ),
        family(
            "payment_amplification_ratio",
            "Calls sent to payment per order: of the last orders, and since the start.",
            Kind::Gauge,
            "over",
            |payments| {
                let amplification = payments.amplification();
                vec![("window", amplification.window), ("total", amplification.total)]
            },
        ),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "figures are doubles")]
fn figure((label, count): (&'static str, u64)) -> (&'static str, f64) {
    (label, count as f64)
}
