//! Where payment is, and how it is asked.

use axum::http::Uri;
use clap::{ArgAction, builder::BoolishValueParser};

/// Where payment is.
#[derive(Debug, Clone, clap::Args)]
pub struct PaymentArgs {
    /// Where payment answers, as `http://host:port`.
    #[arg(long, env, default_value = "http://localhost:8082", value_parser = base_url)]
    pub payment_url: String,
}

/// How payment is asked.
#[derive(Debug, Clone, clap::Args)]
pub struct ChargeArgs {
    /// How long payment may take to answer one try.
    #[arg(long, env, default_value = "1s")]
    pub payment_timeout: humantime::Duration,

    /// How many times a failed try is repeated, as long as the retry budget lasts (a fifth of all
    /// calls, and 10 per second besides).
    #[arg(long, env, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=10))]
    pub payment_retries: u32,

    /// Whether calls are refused at once while payment keeps failing: `on` or `off`.
    #[arg(long, env, default_value = "on", action = ArgAction::Set)]
    #[arg(value_name = "on|off", value_parser = BoolishValueParser::new())]
    pub payment_breaker: bool,

    /// How long the circuit breaker stays open before it lets tries through again.
    #[arg(long, env, default_value = "5s")]
    pub payment_breaker_wait: humantime::Duration,
}

fn base_url(text: &str) -> Result<String, String> {
    let uri: Uri = text.parse().map_err(|error| format!("{error}; write http://host:port"))?;
    match (uri.scheme_str(), uri.authority()) {
        (Some("http"), Some(_)) => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err("write http://host:port".to_owned()),
    }
}
