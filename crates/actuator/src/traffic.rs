//! Requests under way, and what becomes of them when a process leaves.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Instant,
};

use prometheus::{Gauge, IntCounter, IntGauge, Registry, core::Collector};

/// The requests of one service, without those to the control plane.
#[derive(Clone)]
pub struct Traffic(Arc<Inner>);

struct Inner {
    in_flight: IntGauge,
    served: IntCounter,
    cut: IntCounter,
    draining: IntGauge,
    seconds: Gauge,
    since: Mutex<Option<Instant>>,
    giving_up: AtomicBool,
}

impl Traffic {
    pub(crate) fn new(registry: &Registry) -> Self {
        let gauge = |name, help| IntGauge::new(name, help).expect("a valid name");
        let counter = |name, help| IntCounter::new(name, help).expect("a valid name");
        let inner = Inner {
            in_flight: gauge(
                "requests_in_flight",
                "Requests taken and not yet answered to the last byte, live feeds among them.",
            ),
            served: counter(
                "drain_requests_served_total",
                "Requests answered since the process began to leave.",
            ),
            cut: counter("drain_requests_cut_total", "Requests given up because the process left."),
            draining: gauge("draining", "1 while the process leaves."),
            seconds: Gauge::new("drain_seconds", "Since when the process leaves, in seconds.")
                .expect("a valid name"),
            since: Mutex::default(),
            giving_up: AtomicBool::new(false),
        };
        let all: [Box<dyn Collector>; 5] = [
            Box::new(inner.in_flight.clone()),
            Box::new(inner.served.clone()),
            Box::new(inner.cut.clone()),
            Box::new(inner.draining.clone()),
            Box::new(inner.seconds.clone()),
        ];
        for collector in all {
            registry.register(collector).expect("each name once");
        }
        Self(Arc::new(inner))
    }

    /// Counts a request until it is answered, or dropped.
    pub fn begin(&self) -> InFlight {
        self.0.in_flight.inc();
        InFlight { traffic: self.clone(), answered: false }
    }

    /// How many requests are under way.
    pub fn in_flight(&self) -> u64 {
        self.0.in_flight.get().try_into().unwrap_or(0)
    }

    /// How many were answered since the process began to leave.
    pub fn served(&self) -> u64 {
        self.0.served.get()
    }

    /// How many were given up.
    pub fn cut(&self) -> u64 {
        self.0.cut.get()
    }

    /// From now on what is answered is counted.
    pub fn drain(&self) {
        self.0
            .since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert_with(Instant::now);
        self.0.draining.set(1);
    }

    /// Takes [`Self::drain`] back.
    pub fn resume(&self) {
        *self.0.since.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.0.draining.set(0);
    }

    /// From now on what is dropped is cut.
    pub fn give_up(&self) {
        self.0.giving_up.store(true, Relaxed);
    }

    /// Counts all that is under way as cut: the process ends before it can be dropped.
    pub fn cut_all(&self) {
        self.0.cut.inc_by(self.in_flight());
    }

    pub(crate) fn refresh(&self) {
        let since = *self.0.since.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.seconds.set(since.map_or(0.0, |since| since.elapsed().as_secs_f64()));
    }
}

/// A request under way. Dropping it means that nobody waits for its answer any more.
pub struct InFlight {
    traffic: Traffic,
    answered: bool,
}

impl InFlight {
    /// It was answered to the end.
    pub fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let inner = &self.traffic.0;
        inner.in_flight.dec();
        if self.answered {
            if inner.draining.get() != 0 {
                inner.served.inc();
            }
        } else if inner.giving_up.load(Relaxed) {
            inner.cut.inc();
        }
    }
}
