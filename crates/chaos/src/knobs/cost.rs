//! What requests cost, by their method.

use std::{fmt, str::FromStr, time::Duration};

/// The most that one request may cost.
pub(crate) const MOST: Duration = Duration::from_secs(10);

/// A GET that is answered with a collection.
const LIST: &str = "LIST";
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", LIST];

/// The CPU time of a request: `3ms`, or `3ms,POST:5ms`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Costs {
    others: Duration,
    of: Vec<(&'static str, Duration)>,
}

impl Costs {
    /// What a request costs that was answered with so many rows, if with a collection.
    pub fn of(&self, method: &str, rows: Option<usize>) -> Duration {
        let named = |name: &str| self.of.iter().find(|(it, _)| *it == name).map(|(_, cost)| *cost);
        let list = rows.filter(|_| method == "GET").and_then(|_| named(LIST));
        list.or_else(|| named(method)).unwrap_or(self.others)
    }

    /// Whether no request costs anything.
    pub fn is_zero(&self) -> bool {
        self.others.is_zero() && self.of.iter().all(|(_, cost)| cost.is_zero())
    }
}

impl FromStr for Costs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut costs = Self::default();
        for (place, part) in text.split(',').map(str::trim).enumerate() {
            match part.split_once(':') {
                None if place == 0 => costs.others = cost(part)?,
                None => return Err(format!("`{part}`: write a method before it, as POST:{part}")),
                Some((method, text)) => costs.of.push((known(method)?, cost(text)?)),
            }
        }
        Ok(costs)
    }
}

fn known(method: &str) -> Result<&'static str, String> {
    let known = METHODS.iter().find(|it| it.eq_ignore_ascii_case(method.trim()));
    known.copied().ok_or_else(|| format!("`{method}`: write one of {}", METHODS.join(", ")))
}

fn cost(text: &str) -> Result<Duration, String> {
    let read = humantime::parse_duration(text.trim()).ok().filter(|it| *it <= MOST);
    read.ok_or_else(|| format!("`{text}`: write a time such as 3ms, at most 10s, or 3ms,POST:5ms"))
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", humantime::format_duration(self.others))?;
        for (method, cost) in &self.of {
            write!(f, ",{method}:{}", humantime::format_duration(*cost))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn a_cost_is_for_all_or_by_method() {
        let costs: Costs = "2ms,LIST:3ms, post:5ms".parse().expect("it is right");
        for (method, rows, expected) in
            [("GET", None, 2), ("GET", Some(0), 3), ("POST", None, 5), ("DELETE", None, 2)]
        {
            assert_eq!(costs.of(method, rows), MS(expected), "{method} {rows:?}");
        }
        assert_eq!(costs.to_string(), "2ms,LIST:3ms,POST:5ms");
        let posts: Costs = "POST:5ms".parse().expect("it is right");
        assert_eq!((posts.of("GET", None), posts.of("POST", None)), (MS(0), MS(5)));
        assert!("0s".parse::<Costs>().expect("it is right").is_zero() && !posts.is_zero());
    }

    #[test]
    fn what_cannot_be_says_what_can() {
        for (text, possible) in [
            ("3", "3ms"),
            ("11s", "at most 10s"),
            ("3ms,5ms", "POST:5ms"),
            ("3ms,FETCH:5ms", "PATCH"),
            ("", "3ms"),
        ] {
            let refused = text.parse::<Costs>().expect_err(text);
            assert!(refused.contains(possible), "{text}: {refused}");
        }
    }
}
