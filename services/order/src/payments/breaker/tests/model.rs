//! The breaker under random calls, held against a model that only counts.

use std::time::Duration;

use proptest::prelude::*;

use super::{Lab, TIMED_OUT, WAIT};
use crate::{
    payments::breaker::{Barred, Ended, Pass, Rules, State},
    settings::Percent,
};

#[derive(Debug, Clone)]
enum Step {
    Admit,
    Settle(usize, Ended),
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ended = prop_oneof![
        3 => Just(Ended::Well),
        4 => Just(TIMED_OUT),
        1 => Just(Ended::GivenUp)
    ];
    let step = prop_oneof![
        4 => Just(Step::Admit),
        4 => (0_usize..8, ended).prop_map(|(nth, ended)| Step::Settle(nth, ended)),
        1 => (0_u64..7000).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 0..400)
}

proptest! {
    #[test]
    fn it_opens_exactly_at_the_rate_and_no_more_than_the_tries_pass(
        (window, rate, probes) in (1_u32..30, 1_u32..=100, 1_u32..6),
        steps in steps(),
    ) {
        let rules = Rules { on: true, window, rate: Percent(rate), wait: WAIT, probes };
        let mut lab = Lab::new(rules);
        let mut under_way: Vec<(Pass, u64)> = Vec::new();
        let (mut era, mut seen, mut opened) = (0, Vec::<bool>::new(), lab.now);
        let mut tries = 0;
        for step in steps {
            let before = lab.state();
            if lab.breaker.transitions() != era {
                (era, tries) = (lab.breaker.transitions(), 0);
                seen.clear();
            }
            match step {
                Step::Pass(millis) => {
                    lab.pass(Duration::from_millis(millis));
                    let due = before == State::Open && lab.now >= opened + WAIT;
                    prop_assert_eq!(due, lab.state() != before);
                }
                Step::Admit => match lab.admit() {
                    Ok(pass) => {
                        prop_assert_ne!(before, State::Open);
                        tries += 1;
                        prop_assert!(before != State::HalfOpen || tries <= probes);
                        under_way.push((pass, era));
                    }
                    Err(Barred::Open) => prop_assert_eq!(before, State::Open),
                    Err(Barred::Probing) => prop_assert_eq!((before, tries), (State::HalfOpen, probes)),
                },
                Step::Settle(nth, ended) if nth < under_way.len() => {
                    let (pass, of) = under_way.swap_remove(nth);
                    lab.settle(pass, ended);
                    let after = lab.state();
                    if of != era {
                        prop_assert_eq!(before, after);
                        continue;
                    }
                    match ended {
                        Ended::GivenUp => tries -= u32::from(before == State::HalfOpen),
                        _ => seen.push(ended != Ended::Well),
                    }
                    let failed = |of: &[bool]| u32::try_from(of.iter().filter(|it| **it).count()).unwrap();
                    let all = u32::try_from(seen.len()).unwrap();
                    let expected = match before {
                        State::Closed => {
                            let last = &seen[seen.len().saturating_sub(window as usize)..];
                            let full = all >= window && ended != Ended::GivenUp;
                            let opens = full && failed(last) * 100 >= rate * window;
                            if opens { State::Open } else { State::Closed }
                        }
                        _ if failed(&seen) * 100 >= rate * probes => State::Open,
                        _ if all == probes => State::Closed,
                        other => other,
                    };
                    prop_assert_eq!(after, expected);
                    if after == State::Open {
                        opened = lab.now;
                    }
                }
                Step::Settle(..) => {}
            }
        }
    }
}
