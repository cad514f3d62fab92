//! CPU time, really spent.

use std::{
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

/// Steps of work between two looks at the clock: the fewest, and the most, which is less than a
/// millisecond.
const FEWEST: u128 = 50;
const MOST: u128 = 100_000;

/// Spends this much CPU time of this thread, or less if `gone` becomes true; the answer is what was
/// spent. However many share the core, and whatever a limit allows: it is the work that is the same.
pub(crate) fn burn(cost: Duration, gone: &AtomicBool) -> Duration {
    let (began, mut done, mut state) = (thread_time(), 0, 1_u64);
    loop {
        let spent = thread_time().saturating_sub(began);
        if spent >= cost || gone.load(Ordering::Relaxed) {
            return spent;
        }
        // A quarter of what is left: few looks at the clock, and little more than was asked for.
        let left = cost.saturating_sub(spent).as_nanos();
        let quarter = done * left / 4 / spent.as_nanos().max(1);
        let steps = quarter.clamp(FEWEST, MOST);
        for _ in 0..steps {
            state = black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
        done += steps;
    }
}

/// The CPU time of this thread so far.
fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_burnt_is_what_was_asked_for() {
        let cost = Duration::from_millis(20);
        let spent = burn(cost, &AtomicBool::new(false));
        assert!(spent >= cost && spent < cost.mul_f64(1.05), "{spent:?}");
    }

    #[test]
    fn who_is_gone_costs_nothing_more() {
        let spent = burn(Duration::from_secs(10), &AtomicBool::new(true));
        assert!(spent < Duration::from_secs(1), "{spent:?}");
    }
}
