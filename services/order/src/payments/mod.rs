//! What order asks of payment: to charge for an order, once, however often it is asked.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::http::{Request, StatusCode, header};
use backon::{ExponentialBuilder, Retryable as _};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use recloser::{AsyncRecloser, Recloser};
use serde::Serialize;
use tower::retry::budget::{Budget as _, TpsBudget};
use trace::{TRACEPARENT, TraceContext};

use crate::{order::Order, settings::ChargeArgs};

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
    #[error("payment refused: it answered {0}")]
    Refused(StatusCode),
}

impl Reason {
    fn may_have_arrived(&self) -> bool {
        matches!(self, Self::TimedOut(_) | Self::Failed(_) | Self::BrokeOff(_))
    }

    fn is_worth_a_retry(&self) -> bool {
        self.may_have_arrived() || matches!(self, Self::Unreachable(_))
    }
}

/// Payment, as seen from here.
#[derive(Clone)]
pub struct Payments(Arc<Inner>);

struct Inner {
    args: ChargeArgs,
    url: String,
    http: Client<HttpConnector, Full<Bytes>>,
    breaker: AsyncRecloser,
    budget: TpsBudget,
    calls: Calls,
}

/// What became of the calls so far.
#[derive(Default)]
struct Calls {
    succeeded: AtomicU64,
    failed: AtomicU64,
    rejected: AtomicU64,
    retried: AtomicU64,
    open: AtomicBool,
}

/// The circuit breaker, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BreakerState {
    pub name: &'static str,
    pub state: &'static str,
    pub succeeded: u64,
    pub failed: u64,
    pub not_permitted: u64,
    pub retried: u64,
}

impl Payments {
    pub fn new(payment_url: &str, args: &ChargeArgs) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(args.payment_timeout.into()));
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .build(connector);
        let breaker = Recloser::custom()
            .error_rate(0.5)
            .closed_len(20)
            .half_open_len(3)
            .open_wait(args.payment_breaker_wait.into())
            .build();
        let budget = TpsBudget::new(Duration::from_secs(10), 10, 0.2);
        let url = format!("{payment_url}/payments");
        let (args, breaker, calls) = (args.clone(), breaker.into(), Calls::default());
        Self(Arc::new(Inner { args, url, http, breaker, budget, calls }))
    }

    /// The longest a charge can take, retries and their pauses included.
    pub fn longest(args: &ChargeArgs) -> Duration {
        let tries = args.payment_retries + 1;
        (Duration::from(args.payment_timeout) + Duration::from_secs(1)) * tries
    }

    /// Asks payment to charge for this order. The order's id makes it the same charge each time.
    pub async fn charge(&self, order: &Order) -> Result<(), NotCharged> {
        let body: Bytes = serde_json::to_vec(&Charge::of(order)).unwrap_or_default().into();
        self.0.budget.deposit();
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(50))
            .with_max_delay(Duration::from_millis(800))
            .with_max_times(self.0.args.payment_retries as usize)
            .with_jitter();
        let may_have_arrived = AtomicBool::new(false);
        let attempt = || async {
            self.attempt(order.id, body.clone()).await.inspect_err(|reason| {
                may_have_arrived.fetch_or(reason.may_have_arrived(), Ordering::Relaxed);
            })
        };
        let outcome = attempt.retry(pauses).when(|reason| self.retry_is_due(reason)).await;
        let may_have_arrived = may_have_arrived.into_inner();
        outcome.map_err(|reason| NotCharged { reason, may_have_arrived })
    }

    /// The breaker as it was at the last call.
    pub fn breaker(&self) -> BreakerState {
        let calls = &self.0.calls;
        let state = match (self.0.args.payment_breaker, calls.open.load(Ordering::Relaxed)) {
            (false, _) => "off",
            (true, true) => "open",
            (true, false) => "closed",
        };
        BreakerState {
            name: "payment",
            state,
            succeeded: calls.succeeded.load(Ordering::Relaxed),
            failed: calls.failed.load(Ordering::Relaxed),
            not_permitted: calls.rejected.load(Ordering::Relaxed),
            retried: calls.retried.load(Ordering::Relaxed),
        }
    }

    fn retry_is_due(&self, reason: &Reason) -> bool {
        let due = reason.is_worth_a_retry() && self.0.budget.withdraw();
        if due {
            self.0.calls.retried.fetch_add(1, Ordering::Relaxed);
        }
        due
    }

    async fn attempt(&self, order_id: i64, body: Bytes) -> Result<(), Reason> {
        let call = self.send(order_id, body);
        let outcome = if self.0.args.payment_breaker {
            // A refusal is an answer: payment is well.
            let failed = |reason: &Reason| reason.is_worth_a_retry();
            self.0.breaker.call_with(failed, call).await.map_err(|error| match error {
                recloser::Error::Inner(reason) => reason,
                recloser::Error::Rejected => Reason::CircuitOpen,
            })
        } else {
            call.await
        };
        self.count(&outcome);
        outcome
    }

    fn count(&self, outcome: &Result<(), Reason>) {
        let calls = &self.0.calls;
        let (counter, open) = match outcome {
            Err(Reason::CircuitOpen) => (&calls.rejected, true),
            Ok(()) | Err(Reason::Refused(_)) => (&calls.succeeded, false),
            Err(_) => (&calls.failed, calls.open.load(Ordering::Relaxed)),
        };
        counter.fetch_add(1, Ordering::Relaxed);
        if calls.open.swap(open, Ordering::Relaxed) != open {
            tracing::warn!(open, "the circuit breaker to payment has changed");
        }
    }

    async fn send(&self, order_id: i64, body: Bytes) -> Result<(), Reason> {
        let trace = TraceContext::current().map_or_else(TraceContext::begin, TraceContext::next);
        let request = Request::post(&self.0.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", order_id)
            .header(TRACEPARENT, trace.to_string())
            .body(Full::new(body))
            .map_err(|error| Reason::Unreachable(error.to_string()))?;
        let exchange = async {
            let response =
                self.0.http.request(request).await.map_err(|error| unreachable(&error))?;
            let status = response.status();
            // Read to the end, so that the connection can serve the next call.
            response.into_body().collect().await.map_err(|_| Reason::Failed(status))?;
            Ok(status)
        };
        let timeout = self.0.args.payment_timeout;
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

fn unreachable(error: &hyper_util::client::legacy::Error) -> Reason {
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

impl<'a> Charge<'a> {
    fn of(order: &'a Order) -> Self {
        Self {
            order_id: order.id,
            product_id: order.product_id,
            qty: order.qty,
            payment_type: order.payment_type.as_deref(),
            payment_status: "Not Pay",
            cost: order.cost,
            product_name: order.product_name.as_deref(),
        }
    }
}
