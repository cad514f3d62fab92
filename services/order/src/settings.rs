//! Where payment is, and how it is asked.

use std::{fmt, str::FromStr, time::Duration};

use axum::http::Uri;
use clap::{ArgAction, ValueEnum};

/// The longest that one try may be given.
const LONGEST_TIMEOUT: Duration = Duration::from_mins(10);
/// The longest that the breaker may stay open.
const LONGEST_WAIT: Duration = Duration::from_hours(24);
const MOST_RETRIES: u32 = 10;
const LARGEST_WINDOW: u32 = 1000;
const MOST_PROBES: u32 = 100;
const LARGEST_BULKHEAD: u32 = 10_000;

/// Where payment is.
#[derive(Debug, Clone, clap::Args)]
pub struct PaymentArgs {
    /// Where payment answers, as `http://host:port`.
    #[arg(long, env, default_value = "http://localhost:8082", value_parser = base_url)]
    pub payment_url: String,
}

/// How payment is asked. Each can be switched at run time (`PUT
/// /actuator/circuitbreakers/payment`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub struct ChargeArgs {
    /// How long payment may take to answer one try, 1ms to 10m.
    #[arg(long, env, default_value = "1s", value_parser = timeout)]
    pub payment_timeout: humantime::Duration,

    /// How many times a failed try is repeated, 0 to 10, as long as the retry budget lasts.
    #[arg(long, env, default_value = "2", value_parser = retries)]
    pub payment_retries: u32,

    /// How many retries there may be for all orders together, as a percentage of them, and 10 in
    /// reserve besides; `off` for no limit, which makes a retry storm possible.
    #[arg(long, env, default_value = "20%", value_name = "PERCENT|off")]
    pub payment_retry_budget: RetryBudget,

    /// Whether calls are refused at once while payment keeps failing: `on` or `off`.
    #[arg(long, env, default_value = "on", action = ArgAction::Set)]
    #[arg(value_name = "on|off", value_parser = on_or_off)]
    pub payment_breaker: bool,

    /// How many of the last calls the circuit breaker looks at, 1 to 1000; fewer never open it.
    #[arg(long, env, default_value = "20", value_name = "CALLS", value_parser = window)]
    pub payment_breaker_window: u32,

    /// The percentage of failed calls among them at which the circuit breaker opens, 1% to 100%.
    #[arg(long, env, default_value = "50%", value_name = "PERCENT", value_parser = rate)]
    pub payment_breaker_rate: Percent,

    /// How long the circuit breaker stays open before it lets tries through again, 1ms to 24h.
    #[arg(long, env, default_value = "5s", value_parser = wait)]
    pub payment_breaker_wait: humantime::Duration,

    /// How many calls may try when the circuit breaker is half-open, 1 to 100.
    #[arg(long, env, default_value = "3", value_name = "CALLS", value_parser = probes)]
    pub payment_breaker_probes: u32,

    /// How many calls to payment may be under way at once, 1 to 10000; `0` for no limit.
    #[arg(long, env, default_value = "0", value_name = "CALLS", value_parser = bulkhead)]
    pub payment_bulkhead: u32,

    /// What becomes of an order that payment cannot be asked about: `reject` answers 503, `queue`
    /// keeps it, answers 202 and places it when payment is back.
    #[arg(long, env, default_value = "reject")]
    pub payment_fallback: Fallback,
}

/// What becomes of an order that payment cannot be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Fallback {
    Reject,
    Queue,
}

impl Fallback {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Queue => "queue",
        }
    }
}

/// A whole number of hundredths, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percent(pub(crate) u32);

impl Percent {
    /// This share of `whole`, rounded up, and never nothing.
    pub(crate) fn of(self, whole: u32) -> u32 {
        (whole * self.0).div_ceil(100).max(1)
    }
}

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').unwrap_or(text).trim();
        match number.parse() {
            Ok(percent) if percent <= 100 => Ok(Self(percent)),
            _ => Err("write a percentage, 0% to 100%".to_owned()),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}%", self.0)
    }
}

/// The share of retries among the orders, or no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryBudget(pub(crate) Option<Percent>);

impl FromStr for RetryBudget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("off") {
            return Ok(Self(None));
        }
        let wrong = |_| "write a percentage, 0% to 100%, or `off`".to_owned();
        text.parse().map(|percent| Self(Some(percent))).map_err(wrong)
    }
}

impl fmt::Display for RetryBudget {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(percent) => percent.fmt(to),
            None => to.write_str("off"),
        }
    }
}

pub(crate) fn timeout(text: &str) -> Result<humantime::Duration, String> {
    duration(text, LONGEST_TIMEOUT)
}

pub(crate) fn wait(text: &str) -> Result<humantime::Duration, String> {
    duration(text, LONGEST_WAIT)
}

fn duration(text: &str, longest: Duration) -> Result<humantime::Duration, String> {
    let duration: humantime::Duration =
        text.parse().map_err(|_| "write a number with its unit: 610ms, 5s".to_owned())?;
    if (Duration::from_millis(1)..=longest).contains(&duration) {
        return Ok(duration);
    }
    Err(format!("it may be 1ms to {}", humantime::format_duration(longest)))
}

pub(crate) fn retries(text: &str) -> Result<u32, String> {
    number(text, 0, MOST_RETRIES)
}

pub(crate) fn window(text: &str) -> Result<u32, String> {
    number(text, 1, LARGEST_WINDOW)
}

pub(crate) fn rate(text: &str) -> Result<Percent, String> {
    let rate: Option<Percent> = text.parse().ok();
    rate.filter(|it| it.0 > 0).ok_or_else(|| "write a percentage, 1% to 100%".to_owned())
}

pub(crate) fn probes(text: &str) -> Result<u32, String> {
    number(text, 1, MOST_PROBES)
}

pub(crate) fn bulkhead(text: &str) -> Result<u32, String> {
    number(text, 0, LARGEST_BULKHEAD)
}

fn number(text: &str, least: u32, most: u32) -> Result<u32, String> {
    let number = text.parse().ok().filter(|it| (least..=most).contains(it));
    number.ok_or_else(|| format!("write a whole number, {least} to {most}"))
}

pub(crate) fn on_or_off(text: &str) -> Result<bool, String> {
    match &*text.to_ascii_lowercase() {
        "on" | "true" | "yes" | "y" | "t" | "1" => Ok(true),
        "off" | "false" | "no" | "n" | "f" | "0" => Ok(false),
        _ => Err("write `on` or `off`".to_owned()),
    }
}

fn base_url(text: &str) -> Result<String, String> {
    let uri: Uri = text.parse().map_err(|error| format!("{error}; write http://host:port"))?;
    match (uri.scheme_str(), uri.authority()) {
        // A user would be sent nowhere, and a password would stand in every line that names the URL.
        (Some("http"), Some(it)) if it.as_str().contains('@') => {
            Err("it must have no user; write http://host:port".to_owned())
        }
        (Some("http"), Some(_)) => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err("write http://host:port".to_owned()),
    }
}
