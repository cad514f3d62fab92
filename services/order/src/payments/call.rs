//! One call to payment, and what may come of it.

use std::time::Duration;

use axum::http::{HeaderValue, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use serde::Serialize;
use trace::{TRACEPARENT, TraceContext};
use upstream::Upstream;

use super::window::Failure;
use crate::order::Order;

/// There is no yes from payment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotCharged {
    /// What came of the last try.
    pub reason: Reason,
    /// Whether any try may have charged although we had no answer.
    pub may_have_arrived: bool,
}

/// Why there is no yes. Each is told apart, because each is mended elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("payment could not be reached: {0}")]
    Unreachable(String),
    #[error("payment broke off: {0}")]
    BrokeOff(String),
    #[error("payment did not answer within {0}")]
    TimedOut(humantime::Duration),
    #[error("payment failed: it answered {0}")]
    Failed(StatusCode),
    #[error("payment was not asked: it kept failing, so the circuit breaker is open")]
    CircuitOpen,
    #[error("payment was not asked: the circuit breaker is half-open, and others are trying")]
    CircuitHalfOpen,
    #[error("payment was not asked: {0} calls to it are under way, as many as the bulkhead lets")]
    BulkheadFull(u32),
    #[error("payment refused: it answered {0}")]
    Refused(StatusCode),
}

impl Reason {
    pub(crate) fn may_have_arrived(&self) -> bool {
        matches!(self, Self::TimedOut(_) | Self::Failed(_) | Self::BrokeOff(_))
    }

    pub(crate) fn is_worth_a_retry(&self) -> bool {
        self.failure().is_some()
    }

    /// What the circuit breaker counts. A refusal is an answer: payment is well.
    pub(crate) fn failure(&self) -> Option<Failure> {
        match self {
            Self::Unreachable(_) => Some(Failure::Unreachable),
            Self::BrokeOff(_) => Some(Failure::BrokeOff),
            Self::TimedOut(_) => Some(Failure::TimedOut),
            Self::Failed(status) => Some(Failure::Status(status.as_u16())),
            Self::CircuitOpen
            | Self::CircuitHalfOpen
            | Self::BulkheadFull(_)
            | Self::Refused(_) => None,
        }
    }
}

/// How long connecting may take; the time-out of a call may end it before.
const CONNECT: Duration = Duration::from_secs(2);

/// The way to payment.
pub(crate) struct Line {
    host: HeaderValue,
    path: String,
    payment: Upstream<Full<Bytes>>,
}

impl Line {
    /// `payment_url` was checked when it was read.
    pub(crate) fn to(payment_url: &str) -> Self {
        let url: Uri = payment_url.parse().expect("a URL");
        let authority = url.authority().expect("a URL with a host");
        Self {
            host: HeaderValue::from_str(authority.as_str()).expect("an authority is visible ASCII"),
            path: format!("{}/payments", url.path().trim_end_matches('/')),
            payment: Upstream::new(authority, CONNECT),
        }
    }

    /// Asks once, and waits for the whole answer.
    pub(crate) async fn send(
        &self,
        order_id: i64,
        body: Bytes,
        timeout: humantime::Duration,
    ) -> Result<(), Reason> {
        let trace = TraceContext::current().map_or_else(TraceContext::begin, TraceContext::next);
        let request = Request::post(&self.path)
            .header(header::HOST, &self.host)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", order_id)
            .header(TRACEPARENT, trace.to_string())
            .body(Full::new(body))
            .map_err(|error| Reason::Unreachable(error.to_string()))?;
        let exchange = async {
            let response = self.payment.send(request).await.map_err(|error| unreachable(&error))?;
            let status = response.status();
            // Read to the end, so that the connection can serve the next call.
            response.into_body().collect().await.map_err(|_| Reason::Failed(status))?;
            Ok(status)
        };
        let status = tokio::time::timeout(timeout.into(), exchange)
            .await
            .map_err(|_| Reason::TimedOut(timeout))??;
        match status {
            status if status.is_success() => Ok(()),
            status if status.is_client_error() => Err(Reason::Refused(status)),
            status => Err(Reason::Failed(status)),
        }
    }
}

fn unreachable(error: &upstream::Error) -> Reason {
    let mut reason = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        reason = cause.to_string();
        source = cause.source();
    }
    if error.is_connect() { Reason::Unreachable(reason) } else { Reason::BrokeOff(reason) }
}

/// The question to payment: the same resource that a worksheet posts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Charge<'a> {
    order_id: i64,
    product_id: Option<i64>,
    qty: Option<i32>,
    payment_type: Option<&'a str>,
    payment_status: &'static str,
    cost: Option<i64>,
    product_name: Option<&'a str>,
}

/// The question about this order.
pub(crate) fn question(order: &Order) -> Bytes {
    let charge = Charge {
        order_id: order.id,
        product_id: order.product_id,
        qty: order.qty,
        payment_type: order.payment_type.as_deref(),
        payment_status: "Not Pay",
        cost: order.cost,
        product_name: order.product_name.as_deref(),
    };
    serde_json::to_vec(&charge).unwrap_or_default().into()
}
