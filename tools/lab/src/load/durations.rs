//! How long requests took.

use std::time::Duration;

/// All of them, so that shares are exact.
#[derive(Debug, Default)]
pub(super) struct Durations(Vec<Duration>);

impl Durations {
    pub(super) fn add(&mut self, one: Duration) {
        self.0.push(one);
    }

    pub(super) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    pub(super) fn sum(&self) -> Duration {
        self.0.iter().sum()
    }

    pub(super) fn mean(&self) -> Duration {
        u32::try_from(self.0.len())
            .ok()
            .and_then(|it| self.sum().checked_div(it))
            .unwrap_or_default()
    }

    /// The shortest one that as many per cent of them are not longer than; 0 is the shortest of all.
    pub(super) fn at(&self, shares: &[usize]) -> Vec<Duration> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = |share: &usize| (sorted.len() * share).div_ceil(100).max(1) - 1;
        shares.iter().map(|share| sorted.get(rank(share)).copied().unwrap_or_default()).collect()
    }
}

/// As Go's programs write it, with as many digits as vegeta: `1m5s`, `5.003s`, `12.345ms`, `87.654µs`.
pub(super) fn go(time: Duration) -> String {
    let nanos = time.as_nanos();
    let rounded = |to: u128| (nanos + to / 2) / to * to;
    let with_unit = |nanos: u128, unit: u128, name: &str| {
        let digits = unit.to_string().len() - 1;
        let text = format!("{}.{:0digits$}", nanos / unit, nanos % unit);
        format!("{}{name}", text.trim_end_matches('0').trim_end_matches('.'))
    };
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => with_unit(nanos, 1_000, "µs"),
        1_000_000..1_000_000_000 => with_unit(rounded(1_000), 1_000_000, "ms"),
        1_000_000_000..60_000_000_000 => with_unit(rounded(1_000_000), 1_000_000_000, "s"),
        _ => {
            let to = if nanos < 3_600_000_000_000 { 1_000_000_000 } else { 60_000_000_000 };
            let seconds = rounded(to) / 1_000_000_000;
            let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            let hours = if hours == 0 { String::new() } else { format!("{hours}h") };
            format!("{hours}{minutes}m{seconds}s")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Durations, go};

    #[test]
    fn shares_are_those_of_what_was_added() {
        let mut all = Durations::default();
        (1..=200).rev().for_each(|it| all.add(Duration::from_millis(it)));
        let at: Vec<u128> = all.at(&[0, 50, 90, 99, 100]).iter().map(Duration::as_millis).collect();
        assert_eq!(at, [1, 100, 180, 198, 200]);
        assert_eq!(all.mean(), Duration::from_micros(100_500));
        assert_eq!(Durations::default().at(&[0, 50, 100]), [Duration::ZERO; 3]);
    }

    #[test]
    fn times_are_written_as_go_writes_them() {
        for (nanos, text) in [
            (0, "0s"),
            (17, "17ns"),
            (87_654, "87.654µs"),
            (12_345_678, "12.346ms"),
            (100_000_000, "100ms"),
            (5_003_400_000, "5.003s"),
            (59_000_000_000, "59s"),
            (64_600_000_000, "1m5s"),
            (3_725_000_000_000, "1h2m0s"),
        ] {
            assert_eq!(go(Duration::from_nanos(nanos)), text);
        }
    }
}
