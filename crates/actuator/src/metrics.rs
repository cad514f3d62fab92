//! Figures for Prometheus: requests by route, and what the service's parts answer when asked.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures::future::join_all;
use prometheus::{
    Encoder as _, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

use tokio::time::timeout;

use crate::{Actuator, Family, Question, Traffic, health::SHOWN_WITHIN, sampled::Sampled};

/// Upper bounds in seconds: 0.5 ms for a read, 10 s for what a lab makes slow.
const BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The figures of one service.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    traffic: Traffic,
    asked: Mutex<Vec<(IntGauge, Question)>>,
}

impl Metrics {
    /// The figures of the service called `service`, which every one of them carries as a label.
    pub fn new(service: &str) -> Self {
        let labels = [("service".to_owned(), service.to_owned())].into();
        let registry = Registry::new_custom(None, Some(labels)).expect("a valid label");
        let requests = Opts::new("http_requests_total", "Requests answered.");
        let requests =
            IntCounterVec::new(requests, &["method", "route", "status"]).expect("valid names");
        let durations = HistogramOpts::new(
            "http_request_duration_seconds",
            "Time from a request's head to its answer's head.",
        );
        let durations =
            HistogramVec::new(durations.buckets(BUCKETS.to_vec()), &["method", "route"])
                .expect("valid names");
        let all: [Box<dyn prometheus::core::Collector>; 2] =
            [Box::new(requests.clone()), Box::new(durations.clone())];
        for collector in all {
            registry.register(collector).expect("each name once");
        }
        let (traffic, asked) = (Traffic::new(&registry), Mutex::default());
        Self(Arc::new(Inner { registry, requests, durations, traffic, asked }))
    }

    /// Counts one answered request.
    pub fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let mut digits = [0; 3];
        let status = status_text(status, &mut digits);
        self.0.requests.with_label_values(&[method, route, status]).inc();
        self.0.durations.with_label_values(&[method, route]).observe(took.as_secs_f64());
    }

    /// The requests under way.
    pub fn traffic(&self) -> &Traffic {
        &self.0.traffic
    }

    /// A figure that is asked for when somebody looks.
    pub fn ask(&self, name: &str, help: &str, question: Question) {
        let gauge = IntGauge::new(name, help).expect("a valid name");
        self.0.registry.register(Box::new(gauge.clone())).expect("each name once");
        self.0.asked.lock().unwrap_or_else(PoisonError::into_inner).push((gauge, question));
    }

    /// Figures that are read off when somebody looks.
    pub fn sample(&self, family: Family) {
        self.0.registry.register(Box::new(Sampled::new(family))).expect("each name once");
    }

    async fn text(&self) -> Vec<u8> {
        let asked = self.0.asked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // A part that hangs costs its own figure, and not the scrape.
        join_all(asked.into_iter().map(|(gauge, question)| async move {
            let answer = timeout(SHOWN_WITHIN, question()).await;
            gauge.set(answer.ok().and_then(Result::ok).unwrap_or(-1));
        }))
        .await;
        self.0.traffic.refresh();
        let mut text = Vec::new();
        let written = TextEncoder::new().encode(&self.0.registry.gather(), &mut text);
        written.expect("writing to memory");
        text
    }
}

fn status_text(status: u16, digits: &mut [u8; 3]) -> &str {
    for (digit, power) in digits.iter_mut().zip([100, 10, 1]) {
        *digit = b'0' + u8::try_from(status / power % 10).unwrap_or(0);
    }
    std::str::from_utf8(digits).unwrap_or("000")
}

pub(crate) async fn show(State(Actuator(actuator)): State<Actuator>) -> Response {
    let text = actuator.metrics.text().await;
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
