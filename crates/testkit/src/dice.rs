//! Chance, which can be repeated.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::servers::variable;

/// Moments and choices that differ from run to run. The seed is printed when the test fails; with
/// `TEST_SEED` set to it, choices are the same again.
pub struct Dice(u64);

impl Dice {
    #[expect(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let seed = variable("TEST_SEED").and_then(|it| it.parse().ok());
        let seed = seed.unwrap_or(u64::from(now.subsec_nanos()) | 1);
        eprintln!("seed {seed} (TEST_SEED={seed} repeats it)");
        Self(seed)
    }

    /// Lets a time pass that nobody can foresee, `latest` at most. Where a test harms something at
    /// a random moment, that moment is its dose, and not something to wait for.
    pub fn pass(&mut self, latest: Duration) {
        std::thread::sleep(self.moment(latest));
    }

    /// One of these, each as likely as the others.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A number below this one.
    pub fn below(&mut self, count: usize) -> usize {
        assert!(count > 0, "there is nothing to choose from");
        let count = u64::try_from(count).expect("not that many");
        usize::try_from(self.next() % count).expect("less than all")
    }

    /// So many bytes of any value.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next().to_le_bytes()[3]).collect()
    }

    /// Somewhere between now and `latest` from now.
    fn moment(&mut self, latest: Duration) -> Duration {
        let most = u64::try_from(latest.as_micros()).unwrap_or(u64::MAX).max(1);
        Duration::from_micros(self.next() % most)
    }

    fn next(&mut self) -> u64 {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
