//! How long requests took.

use std::time::Duration;

use hdrhistogram::Histogram;

/// How many digits of a duration are kept.
const DIGITS: u8 = 3;

/// How often each duration was seen, which takes the same memory for any number of requests. What is said
/// of all of them together, the shortest and the longest are exact.
#[derive(Debug)]
pub(super) struct Durations {
    nanos: Histogram<u64>,
    sum: Duration,
    ends: Option<(Duration, Duration)>,
}

impl Default for Durations {
    fn default() -> Self {
        let nanos = Histogram::new(DIGITS).expect("0 to 5 digits can be kept");
        Self { nanos, sum: Duration::ZERO, ends: None }
    }
}

impl Durations {
    pub(super) fn add(&mut self, one: Duration) {
        let nanos = u64::try_from(one.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.record(nanos).expect("it grows with what is recorded");
        self.sum = self.sum.saturating_add(one);
        let (shortest, longest) = self.ends.unwrap_or((one, one));
        self.ends = Some((shortest.min(one), longest.max(one)));
    }

    pub(super) fn count(&self) -> u64 {
        self.nanos.len()
    }

    pub(super) fn sum(&self) -> Duration {
        self.sum
    }

    pub(super) fn mean(&self) -> Duration {
        let count = u32::try_from(self.count()).ok();
        count.and_then(|it| self.sum.checked_div(it)).unwrap_or_default()
    }

    /// The shortest one that as many per cent of them are not longer than; 0 is the shortest of all.
    pub(super) fn at(&self, shares: &[u8]) -> Vec<Duration> {
        let Some((shortest, longest)) = self.ends else {
            return vec![Duration::ZERO; shares.len()];
        };
        let at = |share: &u8| match share {
            0 => shortest,
            100.. => longest,
            _ => {
                let nanos = self.nanos.value_at_percentile(f64::from(*share));
                Duration::from_nanos(nanos).clamp(shortest, longest)
            }
        };
        shares.iter().map(at).collect()
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
        let at: Vec<f64> =
            all.at(&[0, 50, 90, 99, 100]).iter().map(Duration::as_secs_f64).collect();
        for (found, exact) in at.iter().zip([0.001, 0.1, 0.18, 0.198, 0.2]) {
            assert!((found / exact - 1.0).abs() < 0.001, "{at:?}");
        }
        assert_eq!((all.count(), all.mean()), (200, Duration::from_micros(100_500)));
        assert_eq!(all.at(&[0, 100]), [1, 200].map(Duration::from_millis));
        assert_eq!(Durations::default().at(&[0, 50, 100]), [Duration::ZERO; 3]);
    }

    #[test]
    fn a_duration_of_any_length_is_counted() {
        let mut all = Durations::default();
        for one in
            [Duration::ZERO, Duration::from_nanos(1), Duration::from_hours(24), Duration::MAX]
        {
            all.add(one);
        }
        assert_eq!((all.count(), all.at(&[100])), (4, vec![Duration::MAX]));
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
