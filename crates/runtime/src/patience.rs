//! How long a slow client is waited for, in all.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// Adds up how long a client lets us wait; bytes that come or go make up for it. So neither one that
/// stops nor one that sends a byte now and then can hold a connection, and one that is merely slow
/// can take as long as it needs.
pub(crate) struct Patience {
    limit: Duration,
    /// How many bytes make up for a second.
    rate: u64,
    waited: Duration,
    since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    pub(crate) fn new(limit: Duration, rate: u64) -> Self {
        Self { limit, rate, waited: Duration::ZERO, since: None, timer: None }
    }

    /// To be called when the client has to be waited for; ready when that is too long.
    pub(crate) fn poll_exhausted(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.since.is_none() {
            let now = Instant::now();
            let until = now + self.limit.saturating_sub(self.waited);
            self.since = Some(now);
            match &mut self.timer {
                Some(timer) => timer.as_mut().reset(until),
                none => *none = Some(Box::pin(sleep_until(until))),
            }
        }
        self.timer.as_mut().map_or(Poll::Pending, |timer| timer.as_mut().poll(context))
    }

    /// So many bytes came or went.
    pub(crate) fn moved(&mut self, bytes: usize) {
        let waited = self.since.take().map_or(Duration::ZERO, |since| since.elapsed());
        self.waited += waited;
        if !self.waited.is_zero() {
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            let worth = bytes.saturating_mul(1_000_000) / self.rate;
            self.waited = self.waited.saturating_sub(Duration::from_micros(worth));
        }
    }

    /// Whether the client is being waited for.
    pub(crate) fn is_waiting(&self) -> bool {
        self.since.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Waits for a client that lets so many bytes through after each pause, until it has been too
    /// long, or for 1000 pauses.
    async fn given_up_after(pause: Duration, bytes: usize) -> Option<Duration> {
        let (began, mut patience) = (Instant::now(), Patience::new(10 * SECOND, 4096));
        for _ in 0..1000 {
            let exhausted = poll_fn(|context| patience.poll_exhausted(context));
            if tokio::time::timeout(pause, exhausted).await.is_ok() {
                return Some(began.elapsed());
            }
            patience.moved(bytes);
        }
        None
    }

    #[tokio::test(start_paused = true)]
    async fn who_stops_or_trickles_is_given_up_after_the_limit_and_who_is_slow_is_not() {
        let stopped = given_up_after(100 * SECOND, 0).await.expect("it has stopped");
        assert_eq!(stopped.as_secs(), 10);
        let trickles = given_up_after(SECOND / 2, 1).await.expect("that is too slow");
        assert!((10..=11).contains(&trickles.as_secs()), "{trickles:?}");
        assert_eq!(given_up_after(SECOND, 4096).await, None, "as fast as it has to be");
        assert_eq!(given_up_after(9 * SECOND, 64 << 10).await, None, "in large pieces");
    }
}
