//! What a fault can be set to, with units, and what is absurd.

use std::{fmt, str::FromStr, time::Duration};

use clap::ValueEnum as _;
use runtime::{Mode, Size};

/// The longest delay and the longest time to live.
const LONGEST: Duration = Duration::from_hours(1);

/// What kind of value a fault takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    Nothing,
    /// `200ms`, `400ms-620ms` (evenly between the two), or `p50=20ms,p90=100ms,p99=1s`.
    Delay,
    /// An HTTP status from 400 to 599.
    Status,
    /// `64MiB`.
    Bytes,
    /// `0.5`: half of one core.
    Cores,
    /// `exit:1`, or a signal such as `SIGKILL`.
    End,
    /// A shutdown mode.
    Mode,
}

/// A value that was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Nothing,
    Delay(Delay),
    Status(u16),
    Bytes(u64),
    Cores(f64),
    End(End),
    Mode(Mode),
}

/// How long something takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Delay {
    Fixed(Duration),
    /// Evenly between the two.
    Between(Duration, Duration),
    /// Half take at most the first, 90 % the second, 99 % the third; evenly between them.
    Percentiles(Duration, Duration, Duration),
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Exit(u8),
    Signal(&'static str),
}

const SIGNALS: [&str; 4] = ["SIGKILL", "SIGTERM", "SIGSEGV", "SIGABRT"];

impl ValueKind {
    /// How such a value is written.
    pub fn syntax(self) -> &'static str {
        match self {
            Self::Nothing => "no value",
            Self::Delay => "200ms, 400ms-620ms (between the two) or p50=20ms,p90=100ms,p99=1s",
            Self::Status => "a status from 400 to 599",
            Self::Bytes => "a size such as 64MiB",
            Self::Cores => "cores, such as 0.5",
            Self::End => "exit:1, SIGKILL, SIGTERM, SIGSEGV or SIGABRT",
            Self::Mode => "graceful, abrupt, ignore-sigterm or slow",
        }
    }

    /// Reads a value; the error says what is possible.
    pub fn read(self, text: &str) -> Result<Value, String> {
        let wrong = || format!("value: `{text}` cannot be used; write {}", self.syntax());
        match self {
            Self::Nothing if text.is_empty() => Ok(Value::Nothing),
            Self::Nothing => Err(format!("value: `{text}` cannot be used: this takes none")),
            Self::Delay => delay(text).map(Value::Delay).ok_or_else(wrong),
            Self::Status => match text.parse() {
                Ok(status @ 400..=599) => Ok(Value::Status(status)),
                _ => Err(wrong()),
            },
            Self::Bytes => text.parse().map(|Size(bytes)| Value::Bytes(bytes)).map_err(|_| wrong()),
            Self::Cores => match text.parse() {
                Ok(cores) if cores > 0.0 && cores <= 64.0 => Ok(Value::Cores(cores)),
                _ => Err(wrong()),
            },
            Self::End => end(text).map(Value::End).ok_or_else(wrong),
            Self::Mode => Mode::from_str(text, false).map(Value::Mode).map_err(|_| wrong()),
        }
    }
}

impl FromStr for Delay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        delay(text).ok_or_else(|| format!("write {}, at most 1h", ValueKind::Delay.syntax()))
    }
}

impl Delay {
    /// Whether it is none at all.
    pub fn is_zero(&self) -> bool {
        self.at(0.999).is_zero()
    }

    /// How long it is for this draw, a number from 0 to less than 1.
    pub fn at(&self, draw: f64) -> Duration {
        match self {
            Self::Fixed(delay) => *delay,
            Self::Between(low, high) => between(*low, *high, draw),
            Self::Percentiles(half, most, nearly_all) => match draw {
                ..0.5 => between(Duration::ZERO, *half, draw / 0.5),
                ..0.9 => between(*half, *most, (draw - 0.5) / 0.4),
                _ => between(*most, *nearly_all, ((draw - 0.9) / 0.09).min(1.0)),
            },
        }
    }
}

fn between(low: Duration, high: Duration, share: f64) -> Duration {
    low + high.saturating_sub(low).mul_f64(share)
}

/// A duration that is not absurd.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    humantime::parse_duration(text.trim()).ok().filter(|it| *it <= LONGEST)
}

fn delay(text: &str) -> Option<Delay> {
    if text.contains('=') {
        let mut percentiles = [None; 3];
        for part in text.split(',') {
            let (name, value) = part.trim().split_once('=')?;
            let index = ["p50", "p90", "p99"].iter().position(|it| *it == name)?;
            percentiles[index] = Some(duration(value)?);
        }
        let [half, most, nearly_all] = percentiles;
        let half = half?;
        let most = most.unwrap_or(half);
        let nearly_all = nearly_all.unwrap_or(most);
        return (half <= most && most <= nearly_all)
            .then_some(Delay::Percentiles(half, most, nearly_all));
    }
    if let Some((low, high)) = text.split_once('-') {
        let (low, high) = (duration(low)?, duration(high)?);
        return (low <= high).then_some(Delay::Between(low, high));
    }
    duration(text).map(Delay::Fixed)
}

fn end(text: &str) -> Option<End> {
    if let Some(code) = text.strip_prefix("exit:") {
        return code.parse().ok().map(End::Exit);
    }
    SIGNALS.iter().find(|signal| **signal == text).map(|signal| End::Signal(signal))
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exit:{code}"),
            Self::Signal(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn delays_are_fixed_between_two_or_by_percentiles() {
        assert_eq!(delay("200ms"), Some(Delay::Fixed(MS(200))));
        assert_eq!(delay("400ms-620ms"), Some(Delay::Between(MS(400), MS(620))));
        let three = delay("p50=20ms,p90=100ms,p99=1s");
        assert_eq!(three, Some(Delay::Percentiles(MS(20), MS(100), MS(1000))));
        for absurd in ["200", "2h", "620ms-400ms", "p50=2s,p90=1s", "p42=1s", "-1s", ""] {
            assert_eq!(delay(absurd), None, "{absurd}");
        }
    }

    #[test]
    fn percentiles_are_met() {
        let delay = delay("p50=20ms,p90=100ms,p99=1s").expect("it is right");
        for (draw, expected) in [(0.5, 20), (0.9, 100), (0.99, 1000), (0.25, 10), (0.7, 60)] {
            let found = delay.at(draw).as_secs_f64() * 1000.0;
            assert!((found - f64::from(expected)).abs() < 0.01, "p{draw}: {found} ms");
        }
    }

    #[test]
    fn every_mode_of_a_shutdown_is_in_the_syntax() {
        let syntax = ValueKind::Mode.syntax();
        let said: Vec<&str> = syntax.split(", ").flat_map(|it| it.split(" or ")).collect();
        assert_eq!(said, Mode::names().collect::<Vec<_>>());
    }

    #[test]
    fn an_end_is_an_exit_code_or_a_signal() {
        assert_eq!(end("exit:137"), Some(End::Exit(137)));
        assert_eq!(end("SIGSEGV").map(|it| it.to_string()).as_deref(), Some("SIGSEGV"));
        assert_eq!(end("exit:256"), None);
        assert_eq!(end("SIGSTOP"), None);
    }
}
