//! What a fault can be set to, with units, and what is absurd.

use std::{fmt, str::FromStr, time::Duration};

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
    Mode(String),
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
const MODES: [&str; 4] = ["graceful", "abrupt", "ignore-sigterm", "slow"];

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
            Self::Bytes => bytes(text).map(Value::Bytes).ok_or_else(wrong),
            Self::Cores => match text.parse() {
                Ok(cores) if cores > 0.0 && cores <= 64.0 => Ok(Value::Cores(cores)),
                _ => Err(wrong()),
            },
            Self::End => end(text).map(Value::End).ok_or_else(wrong),
            Self::Mode if MODES.contains(&text) => Ok(Value::Mode(text.to_owned())),
            Self::Mode => Err(wrong()),
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

/// A size: a number with `KiB`, `MiB`, `GiB`, `Ki`, `Mi`, `Gi`, `KB`, `MB`, `GB`, `B`, or none.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 10] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("B", 1),
    ];
    let text = text.trim();
    let unit = UNITS.iter().find_map(|(unit, size)| Some((text.strip_suffix(unit)?, *size)));
    let (number, size) = unit.unwrap_or((text, 1));
    number.trim().parse::<u64>().ok()?.checked_mul(size)
}

/// A size in bytes, with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        bytes(text).map(Self).ok_or_else(|| "write a size such as 64MiB".to_owned())
    }
}

impl fmt::Display for Size {
    /// In the largest unit that leaves a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        let whole = |unit: &&(&str, u64)| self.0 != 0 && self.0.is_multiple_of(unit.1);
        let (unit, size) = units.iter().find(whole).unwrap_or(&("B", 1));
        write!(f, "{}{unit}", self.0 / size)
    }
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
    fn sizes_have_the_units_of_kubernetes_and_of_people() {
        for (text, expected) in [("64MiB", 64 << 20), ("1Gi", 1 << 30), ("5 KB", 5_000), ("7", 7)] {
            assert_eq!(bytes(text), Some(expected), "{text}");
        }
        assert_eq!(Size(64 << 20).to_string(), "64MiB");
        assert_eq!(Size(1_500).to_string(), "1500B");
        assert_eq!(bytes("much"), None);
        assert_eq!(bytes("99999999999GiB"), None);
    }

    #[test]
    fn an_end_is_an_exit_code_or_a_signal() {
        assert_eq!(end("exit:137"), Some(End::Exit(137)));
        assert_eq!(end("SIGSEGV").map(|it| it.to_string()).as_deref(), Some("SIGSEGV"));
        assert_eq!(end("exit:256"), None);
        assert_eq!(end("SIGSTOP"), None);
    }
}
