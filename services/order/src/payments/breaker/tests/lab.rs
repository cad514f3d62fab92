//! The Hystrix lab with made-up time: siege against a callee that is nearly too slow.

use std::time::Duration;

use super::{Lab, RULES, TIMED_OUT};
use crate::payments::breaker::Ended;

/// What `PUT …/payment timeout=610ms retries=0` sets.
const TIMEOUT: Duration = Duration::from_millis(610);
/// Two clients that order again as soon as they have their answer, for a minute.
const CLIENTS: usize = 2;
const SIEGE: Duration = Duration::from_mins(1);
/// What order itself takes for an answer.
const ANSWER: Duration = Duration::from_millis(4);

/// The share of orders that are placed, in percent, when payment takes `least` to 220 ms more.
fn availability(least: u64, mut seed: u64) -> usize {
    let mut random = move || {
        // SplitMix64.
        seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    let mut lab = Lab::new(RULES);
    let start = lab.now;
    let (mut placed, mut all) = (0, 0);
    // Each client, the end of its call, and the call if it was let pass.
    let mut under_way: Vec<_> = (0..CLIENTS).map(|_| (start, None)).collect();
    loop {
        let next = (0..CLIENTS).min_by_key(|client| under_way[*client].0).unwrap();
        let (now, call) = under_way.swap_remove(next);
        if now > start + SIEGE {
            return placed * 100 / all;
        }
        lab.now = now;
        if let Some((pass, took)) = call {
            let well = took <= TIMEOUT;
            lab.settle(pass, if well { Ended::Well } else { TIMED_OUT });
            placed += usize::from(well);
        }
        let took = Duration::from_micros(least * 1000 + random() % 220_000);
        all += 1;
        under_way.push(match lab.admit() {
            Ok(pass) => (now + took.min(TIMEOUT) + ANSWER, Some((pass, took))),
            Err(_) => (now + ANSWER, None),
        });
    }
}

/// Of two hundred sieges: the tenth from below, the one in the middle, the tenth from above.
fn sieges(least: u64) -> [usize; 3] {
    let mut all: Vec<_> = (0..200).map(|seed| availability(least, seed)).collect();
    all.sort_unstable();
    [all[10], all[100], all[190]]
}

#[test]
fn the_lab_ends_between_60_and_90_percent_with_what_a_jvm_took_besides() {
    let [low, middle, high] = sieges(420);
    assert!(60 <= low && (80..90).contains(&middle) && high <= 90, "{low} {middle} {high}");
}

#[test]
fn a_fast_callee_exceeds_the_timeout_too_seldom() {
    let [low, ..] = sieges(400);
    assert!(low > 90, "{low}");
}

#[test]
fn a_callee_that_is_slower_still_opens_the_breaker_and_most_is_refused() {
    let [_, middle, _] = sieges(470);
    assert!(middle < 10, "{middle}");
}
