//! What order asks of payment: to charge for an order, once, however often it is asked.
//!
//! Around each try are a bulkhead, a circuit breaker and a timeout; around them retries, which a
//! budget limits. Each can be switched while it runs.

mod breaker;
mod budget;
mod call;
mod show;
mod switches;
mod tally;
mod window;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use hal::Problem;
use hyper::body::Bytes;
use jiff::Timestamp;
use tokio::sync::watch;

pub use call::{NotCharged, Reason};
pub(crate) use show::State;

use crate::{
    order::Order,
    settings::{ChargeArgs, Fallback},
};
use breaker::{Barred, Breaker, Ended, Pass, Rules};
use budget::Budget;
use call::Line;
use tally::{Asking, Tally};

/// Payment, as seen from here.
#[derive(Clone)]
pub struct Payments(Arc<Inner>);

struct Inner {
    start: ChargeArgs,
    args: RwLock<ChargeArgs>,
    line: Line,
    // Never held across an await: a few dozen nanoseconds a call.
    breaker: Mutex<Breaker>,
    /// How many transitions the breaker has made, for those who watch it.
    transitions: watch::Sender<u64>,
    budget: Budget,
    tally: Tally,
}

impl Payments {
    pub fn new(payment_url: &str, args: &ChargeArgs) -> Self {
        let breaker = Breaker::new(rules(args), (Instant::now(), Timestamp::now()));
        Self(Arc::new(Inner {
            start: *args,
            args: RwLock::new(*args),
            line: Line::to(payment_url),
            breaker: Mutex::new(breaker),
            transitions: watch::Sender::new(0),
            budget: Budget::default(),
            tally: Tally::default(),
        }))
    }

    /// The longest a charge can take by the settings in force, retries and their pauses included.
    pub fn longest(&self) -> Duration {
        let args = self.args();
        let tries = args.payment_retries + 1;
        (Duration::from(args.payment_timeout) + Duration::from_secs(1)) * tries
    }

    /// Asks payment to charge for this order. The order's id makes it the same charge each time.
    pub async fn charge(&self, order: &Order) -> Result<(), NotCharged> {
        let args = self.args();
        let body = call::question(order);
        if let Some(share) = args.payment_retry_budget.0 {
            self.0.budget.deposit(share);
        }
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(50))
            .with_max_delay(Duration::from_millis(800))
            .with_max_times(args.payment_retries as usize)
            .with_jitter()
            .build();
        let asking = self.0.tally.ask(args.payment_breaker_window);
        let mut may_have_arrived = false;
        loop {
            let Err(reason) = self.attempt(&args, &asking, order.id, body.clone()).await else {
                return Ok(());
            };
            may_have_arrived |= reason.may_have_arrived();
            // A try that would be the last anyhow must not take from the budget.
            let pause = pauses.next().filter(|_| self.retry_is_due(&args, &reason));
            let Some(pause) = pause else { return Err(NotCharged { reason, may_have_arrived }) };
            tokio::time::sleep(pause).await;
        }
    }

    /// Whether an order without a yes for this reason is kept, to be placed later.
    pub(crate) fn keeps(&self, reason: &Reason) -> bool {
        let queue = self.args().payment_fallback == Fallback::Queue;
        queue && !matches!(reason, Reason::Refused(_))
    }

    /// Counts an order that was kept.
    pub(crate) fn kept(&self) {
        self.0.tally.fallbacks.fetch_add(1, Relaxed);
    }

    /// Switches settings, given as names and values: all of them, or none.
    pub(crate) fn switch(&self, wanted: &[(String, String)]) -> Result<(), Problem> {
        let mut args = self.0.args.write().unwrap_or_else(PoisonError::into_inner);
        *args = switches::changed(*args, wanted)?;
        self.obey(&args);
        Ok(())
    }

    /// Goes back to the settings of the start.
    pub(crate) fn reset(&self) {
        let mut args = self.0.args.write().unwrap_or_else(PoisonError::into_inner);
        *args = self.0.start;
        self.obey(&args);
    }

    /// Called with the settings locked, so that the breaker goes by the last ones.
    fn obey(&self, args: &ChargeArgs) {
        self.with_breaker(|breaker, now| breaker.configure(rules(args), now));
        let switched = serde_json::Value::Object(switches::differing(&self.0.start, args));
        tracing::info!(%switched, "how payment is asked was switched");
    }

    fn args(&self) -> ChargeArgs {
        *self.0.args.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn retry_is_due(&self, args: &ChargeArgs, reason: &Reason) -> bool {
        let affordable = || args.payment_retry_budget.0.is_none() || self.0.budget.withdraw();
        let due = reason.is_worth_a_retry() && affordable();
        if due {
            self.0.tally.retried.fetch_add(1, Relaxed);
        }
        due
    }

    async fn attempt(
        &self,
        args: &ChargeArgs,
        asking: &Asking<'_>,
        order_id: i64,
        body: Bytes,
    ) -> Result<(), Reason> {
        let tally = &self.0.tally;
        // First the bulkhead: a call that finds no room must not take a half-open breaker's try.
        let Some(_entered) = tally.enter(args.payment_bulkhead) else {
            tally.bulkhead_full.fetch_add(1, Relaxed);
            return Err(Reason::BulkheadFull(args.payment_bulkhead));
        };
        let permit = self.admit()?;
        asking.sends();
        let outcome = self.0.line.send(order_id, body, args.payment_timeout).await;
        permit.settle(&outcome);
        outcome
    }

    fn admit(&self) -> Result<Permit<'_>, Reason> {
        match self.with_breaker(Breaker::admit) {
            Ok(pass) => Ok(Permit { payments: self, pass: Some(pass) }),
            Err(barred) => {
                self.0.tally.not_permitted.fetch_add(1, Relaxed);
                Err(match barred {
                    Barred::Open => Reason::CircuitOpen,
                    Barred::Probing => Reason::CircuitHalfOpen,
                })
            }
        }
    }

    /// Does something with the breaker, and tells those who watch when that changed its state.
    fn with_breaker<T>(&self, act: impl FnOnce(&mut Breaker, Instant) -> T) -> T {
        let mut breaker = self.lock();
        let before = breaker.transitions();
        let done = act(&mut breaker, Instant::now());
        let after = breaker.transitions();
        if after == before {
            return done;
        }
        if let Some(last) = breaker.history().next_back() {
            let (from, to, reason) = (last.from.name(), last.to.name(), &*last.reason);
            tracing::warn!(from, to, reason, "the circuit breaker to payment has changed");
        }
        // While locked, so that the number never goes back.
        self.0.transitions.send_replace(after);
        done
    }

    fn lock(&self) -> MutexGuard<'_, Breaker> {
        self.0.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn rules(args: &ChargeArgs) -> Rules {
    Rules {
        on: args.payment_breaker,
        window: args.payment_breaker_window,
        rate: args.payment_breaker_rate,
        wait: args.payment_breaker_wait.into(),
        probes: args.payment_breaker_probes,
    }
}

/// A call that the breaker let pass. When it is dropped before it ended, because nobody waits for
/// it any more, the breaker hears that too: otherwise it would wait for it half-open for ever.
struct Permit<'a> {
    payments: &'a Payments,
    pass: Option<Pass>,
}

impl Permit<'_> {
    fn settle(mut self, outcome: &Result<(), Reason>) {
        let failure = outcome.as_ref().err().and_then(Reason::failure);
        let tally = &self.payments.0.tally;
        let counter = match failure {
            None => &tally.succeeded,
            Some(window::Failure::TimedOut) => &tally.timed_out,
            Some(_) => &tally.failed,
        };
        counter.fetch_add(1, Relaxed);
        self.end(failure.map_or(Ended::Well, Ended::Badly));
    }

    fn end(&mut self, ended: Ended) {
        if let Some(pass) = self.pass.take() {
            self.payments.with_breaker(|breaker, now| breaker.settle(pass, ended, now));
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.end(Ended::GivenUp);
    }
}
