//! `kill -9` at random moments.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use testkit::{Fleet, fleet::Service::Gateway};

use crate::{
    BINARY,
    ledger::{Ledger, shop},
};

const KILLS: usize = 25;
const CLIENTS: usize = 3;

#[test]
fn no_accepted_order_is_lost_and_none_is_charged_twice_however_often_the_fleet_is_killed() {
    let mut fleet = Fleet::start(BINARY, &[("PAYMENT_TIMEOUT", "500ms"), ("PAYMENT_RETRIES", "0")]);
    let mut dice = Dice::new();
    let (door, stop) = (fleet.address(Gateway), AtomicBool::new(false));
    let ledger = thread::scope(|scope| {
        let shops: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| shop(door, &stop))).collect();
        for _ in 0..KILLS {
            // The moment itself is what is random here, not something to wait for.
            thread::sleep(Duration::from_micros(dice.below(250_000)));
            fleet.kill();
            fleet.restart();
        }
        stop.store(true, Ordering::Relaxed);
        shops.into_iter().map(|shop| shop.join().expect("a shop ends")).collect::<Vec<_>>()
    });
    let ledger = ledger.into_iter().fold(Ledger::default(), |mut all, one| {
        all.accepted.extend(one.accepted);
        all.cancelled.extend(one.cancelled);
        all.unsure.extend(one.unsure);
        all
    });
    assert!(ledger.accepted.len() > KILLS, "too little was ordered: {ledger:?}");
    ledger.verify(&fleet);
}

/// Moments that differ from run to run; the seed is printed when the test fails.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let seed = u64::from(now.subsec_nanos()) | 1;
        eprintln!("seed {seed}");
        Self(seed)
    }

    /// xorshift64
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
