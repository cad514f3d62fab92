//! The breaker with made-up time: each step says what time it is.

mod lab;
mod model;

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Barred, Breaker, Ended, Pass, Rules, State};
use crate::{payments::window::Failure, settings::Percent};

const WAIT: Duration = Duration::from_secs(5);

/// The settings of a start that changes none.
const RULES: Rules = Rules { on: true, window: 20, rate: Percent(50), wait: WAIT, probes: 3 };

/// A breaker and its time.
struct Lab {
    breaker: Breaker,
    now: Instant,
}

impl Lab {
    fn new(rules: Rules) -> Self {
        let now = Instant::now();
        Self { breaker: Breaker::new(rules, (now, Timestamp::UNIX_EPOCH)), now }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    fn admit(&mut self) -> Result<Pass, Barred> {
        self.breaker.admit(self.now)
    }

    fn settle(&mut self, pass: Pass, ended: Ended) {
        self.breaker.settle(pass, ended, self.now);
    }

    fn call(&mut self, ended: Ended) {
        let pass = self.admit().unwrap();
        self.settle(pass, ended);
    }

    fn calls(&mut self, count: usize, ended: Ended) {
        (0..count).for_each(|_| self.call(ended));
    }

    fn state(&mut self) -> State {
        self.breaker.refresh(self.now);
        self.breaker.state()
    }

    /// Opened by eleven time-outs and three answers of 500.
    fn opened() -> Self {
        let mut lab = Self::new(RULES);
        lab.calls(7, Ended::Well);
        lab.calls(3, Ended::Badly(Failure::Status(500)));
        lab.calls(10, Ended::Badly(Failure::TimedOut));
        assert_eq!(lab.state(), State::Open);
        lab
    }
}

const TIMED_OUT: Ended = Ended::Badly(Failure::TimedOut);

#[test]
fn it_opens_at_the_rate_and_says_which_failures_opened_it() {
    let mut lab = Lab::new(RULES);
    lab.calls(10, Ended::Well);
    lab.calls(2, Ended::Badly(Failure::Status(500)));
    lab.calls(7, TIMED_OUT);
    assert_eq!(lab.state(), State::Closed);
    assert_eq!(
        lab.breaker.reason(),
        "9 of 19 calls failed: 7 timed out, 2 answered 500; it opens at 10 of 20"
    );

    lab.call(TIMED_OUT);

    assert_eq!(lab.state(), State::Open);
    assert_eq!(lab.breaker.reason(), "10 of 20 calls failed: 8 timed out, 2 answered 500");
    assert_eq!(lab.admit(), Err(Barred::Open));
    assert_eq!(lab.breaker.next_try_in(lab.now), Some(WAIT));
}

#[test]
fn fewer_calls_than_the_window_never_open_it() {
    let mut lab = Lab::new(RULES);
    lab.calls(19, TIMED_OUT);
    assert_eq!(lab.state(), State::Closed);
    lab.call(TIMED_OUT);
    assert_eq!(lab.state(), State::Open);
}

#[test]
fn after_the_wait_a_few_calls_try_and_close_it() {
    let mut lab = Lab::opened();
    lab.pass(WAIT.checked_sub(Duration::from_millis(1)).unwrap());
    assert_eq!(lab.admit(), Err(Barred::Open));
    lab.pass(Duration::from_millis(1));

    let passes: Vec<Pass> = (0..3).map(|_| lab.admit().unwrap()).collect();
    assert_eq!(lab.state(), State::HalfOpen);
    assert_eq!(lab.admit(), Err(Barred::Probing));
    assert_eq!(lab.breaker.next_try_in(lab.now), None);
    for pass in passes {
        assert_eq!(lab.state(), State::HalfOpen);
        lab.settle(pass, Ended::Well);
    }

    assert_eq!(lab.state(), State::Closed);
    assert_eq!(lab.breaker.window().len(), 0);
    let told: Vec<_> =
        lab.breaker.history().map(|it| (it.from, it.to, it.at.as_second())).collect();
    let (closed, open, half_open) = (State::Closed, State::Open, State::HalfOpen);
    assert_eq!(told, [(closed, open, 0), (open, half_open, 5), (half_open, closed, 5)]);
}

#[test]
fn tries_that_fail_open_it_again_for_the_whole_wait() {
    let mut lab = Lab::opened();
    lab.pass(WAIT);
    lab.call(Ended::Badly(Failure::Unreachable));
    assert_eq!(lab.state(), State::HalfOpen);
    lab.call(Ended::Badly(Failure::Unreachable));

    assert_eq!(lab.state(), State::Open);
    let reason = lab.breaker.reason();
    assert!(
        reason.starts_with("13 of 20 calls failed: 10 timed out, 3 answered 500; then"),
        "{reason}"
    );
    assert!(
        reason.ends_with("2 of 3 tries failed again, the last one could not reach payment"),
        "{reason}"
    );
    lab.pass(WAIT.checked_sub(Duration::from_millis(1)).unwrap());
    assert_eq!(lab.state(), State::Open);
    lab.pass(Duration::from_millis(1));
    assert_eq!(lab.state(), State::HalfOpen);
}

#[test]
fn a_try_that_nobody_waited_for_makes_room_for_another() {
    let mut lab = Lab::opened();
    lab.pass(WAIT);
    for _ in 0..10 {
        lab.call(Ended::GivenUp);
    }
    lab.calls(3, Ended::Well);
    assert_eq!(lab.state(), State::Closed);
}

#[test]
fn answers_that_come_late_say_nothing_about_the_state_since() {
    let mut lab = Lab::new(RULES);
    let late: Vec<Pass> = (0..9).map(|_| lab.admit().unwrap()).collect();
    lab.calls(20, TIMED_OUT);
    lab.pass(WAIT);
    assert_eq!(lab.state(), State::HalfOpen);
    for pass in late {
        lab.settle(pass, Ended::Well);
    }
    assert_eq!(lab.state(), State::HalfOpen);
}

#[test]
fn it_becomes_half_open_when_it_is_due_and_not_when_somebody_looks() {
    let mut lab = Lab::opened();
    lab.pass(Duration::from_mins(1));
    assert_eq!(lab.state(), State::HalfOpen);
    assert_eq!(lab.breaker.since().as_second(), 5);
}

#[test]
fn switched_off_it_lets_everything_pass_and_switched_on_it_begins_anew() {
    let mut lab = Lab::opened();
    lab.breaker.configure(Rules { on: false, ..RULES }, lab.now);
    lab.calls(100, TIMED_OUT);
    assert_eq!(lab.state(), State::Off);

    lab.breaker.configure(RULES, lab.now);
    assert_eq!((lab.state(), lab.breaker.window().len()), (State::Closed, 0));
    lab.calls(20, TIMED_OUT);
    assert_eq!(lab.state(), State::Open);
}

#[test]
fn another_wait_holds_at_once_and_other_tries_start_over() {
    let mut lab = Lab::opened();
    lab.breaker.configure(Rules { wait: Duration::from_secs(1), ..RULES }, lab.now);
    lab.pass(Duration::from_secs(1));
    let early = lab.admit().unwrap();

    let rules = Rules { wait: Duration::from_secs(1), probes: 1, ..RULES };
    lab.breaker.configure(rules, lab.now);
    lab.settle(early, TIMED_OUT);
    assert_eq!(lab.state(), State::HalfOpen);
    lab.call(Ended::Well);
    assert_eq!(lab.state(), State::Closed);
}

#[test]
fn the_history_is_bounded_and_the_count_is_not() {
    let mut lab = Lab::new(Rules { window: 1, probes: 1, ..RULES });
    for _ in 0..30 {
        lab.call(TIMED_OUT);
        lab.pass(WAIT);
        lab.call(Ended::Well);
    }
    assert_eq!(lab.breaker.history().count(), super::REMEMBERED);
    assert_eq!(lab.breaker.transitions(), 90);
    assert_eq!(State::ALL.map(|it| lab.breaker.transitions_to(it)), [30, 30, 30, 0]);
}
