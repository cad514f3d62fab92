//! Moments at random.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Moments that differ from run to run; the seed is printed when the test fails.
pub struct Dice(u64);

impl Dice {
    #[expect(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let seed = u64::from(now.subsec_nanos()) | 1;
        eprintln!("seed {seed}");
        Self(seed)
    }

    /// Lets a time pass that nobody can foresee, `latest` at most. Where a test harms something at
    /// a random moment, that moment is its dose, and not something to wait for.
    pub fn pass(&mut self, latest: Duration) {
        std::thread::sleep(self.moment(latest));
    }

    /// One of these, each as likely as the others.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let count = u64::try_from(all.len()).expect("not that many");
        assert!(count > 0, "there is nothing to choose from");
        let chosen = usize::try_from(self.next() % count).expect("less than all");
        &all[chosen]
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
