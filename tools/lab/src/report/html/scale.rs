//! Where a moment is on the page.

use std::time::Duration;

/// Left of this stand the names.
pub(super) const LEFT: f64 = 264.0;
pub(super) const RIGHT: f64 = 992.0;

/// So many ticks fit at most.
const TICKS: u64 = 12;

/// From the beginning of a run to its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    end: f64,
}

impl Scale {
    pub(super) fn to(end: Duration) -> Self {
        Self { end: end.as_secs_f64().max(1.0) }
    }

    pub(super) fn x(self, at: Duration) -> f64 {
        LEFT + (RIGHT - LEFT) * (at.as_secs_f64() / self.end).min(1.0)
    }

    /// How many seconds a bar of the chart of requests stands for, so that it can be seen.
    pub(super) fn bucket(self) -> u64 {
        let fits = |seconds: &u32| self.end / f64::from(*seconds) <= 365.0;
        [1, 2, 5, 10, 30].into_iter().find(fits).unwrap_or(60).into()
    }

    /// Moments with what they are called.
    pub(super) fn ticks(self) -> Vec<(Duration, String)> {
        let end = Duration::from_secs_f64(self.end).as_secs();
        let steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
        let step = steps.into_iter().find(|step| end / step <= TICKS).unwrap_or(1800);
        (0..=end / step).map(|it| (Duration::from_secs(it * step), called(it * step))).collect()
    }
}

/// `45 s`, `2:30 min`
fn called(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LEFT, RIGHT, Scale};

    #[test]
    fn ticks_are_round_and_not_too_many() {
        for (end, last, all) in
            [(1, "1 s", 2), (70, "1:10", 8), (210, "3:30", 8), (900, "14 min", 8)]
        {
            let ticks = Scale::to(Duration::from_secs(end)).ticks();
            let told = (ticks.last().map(|it| it.1.as_str()), ticks.len());
            assert_eq!(told, (Some(last), all), "{ticks:?}");
        }
    }

    #[test]
    fn everything_is_between_the_edges() {
        let scale = Scale::to(Duration::from_secs(10));
        let x = |seconds: u64| scale.x(Duration::from_secs(seconds));
        assert!((x(0) - LEFT).abs() < 0.01 && (x(10) - RIGHT).abs() < 0.01);
        assert!((x(99) - RIGHT).abs() < 0.01, "what came later than the end is at the end");
    }
}
