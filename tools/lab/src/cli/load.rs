//! The command line of `lab load`.

use std::time::Duration;

use clap::ValueEnum;
use hyper::{
    Method,
    header::{CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING},
};

use crate::load::Target;

/// A header to send.
pub(crate) type Header = (HeaderName, HeaderValue);

/// Whom to ask, and how.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("loop").required(true).args(["rate", "users"]))]
pub(crate) struct Load {
    /// Such as `http://localhost:8081/orders`.
    pub(crate) url: Target,

    /// Requests a second, whether those before are answered or not (an open loop, as vegeta's).
    #[arg(long, value_parser = rate)]
    pub(crate) rate: Option<f64>,

    /// So many users, each of whom asks again when there is an answer (a closed loop, as siege's).
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) users: Option<u32>,

    /// How long a user pauses at most before the next request; on average half of it.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = span, conflicts_with = "rate")]
    pub(crate) delay: Duration,

    /// How long requests are sent: `90s`, `2m`, or as siege has it, `90S`.
    #[arg(long, short, value_name = "DURATION", default_value = "10s", value_parser = some)]
    pub(crate) time: Duration,

    /// Use connections again; otherwise each request has a new one.
    #[arg(long)]
    pub(crate) keep_alive: bool,

    /// How long an answer may take, from the connection to its last byte.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = some)]
    pub(crate) timeout: Duration,

    /// GET, or POST if there is a body.
    #[arg(long)]
    pub(crate) method: Option<Method>,

    /// A header to send, such as `Host: shop.example`, which replaces the one from the URL. May be
    /// given several times.
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) headers: Vec<Header>,

    /// JSON to send.
    #[arg(long, value_name = "JSON")]
    pub(crate) body: Option<String>,

    /// Whose report; vegeta's for a rate and siege's for users, if nothing is said.
    #[arg(long)]
    pub(crate) report: Option<Layout>,
}

/// Whose report it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    Siege,
    Vegeta,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|it| (0.01..=100_000.0).contains(it));
    rate.ok_or_else(|| "requests a second, from 0.01 to 100000".to_owned())
}

/// As humantime reads it, or as siege does: `90S`, `2M`, `1H`.
fn span(text: &str) -> Result<Duration, String> {
    let siege = |(unit, seconds)| Some((text.strip_suffix(unit)?.parse::<u32>().ok()?, seconds));
    if let Some((number, seconds)) = [('S', 1), ('M', 60), ('H', 3600)].into_iter().find_map(siege)
    {
        return Ok(Duration::from_secs(u64::from(number) * seconds));
    }
    humantime::parse_duration(text).map_err(|_| "a time such as 90s or 2m".to_owned())
}

/// More than nothing.
fn some(text: &str) -> Result<Duration, String> {
    let span = span(text)?;
    if span.is_zero() { Err("a time of nothing: more than 0s".to_owned()) } else { Ok(span) }
}

fn header(text: &str) -> Result<Header, String> {
    let (name, value) = text.split_once(':').ok_or("there is no colon: NAME: VALUE")?;
    let name: HeaderName = name
        .trim()
        .parse()
        .map_err(|_| "before the colon is a name: letters, digits and `-`, no blanks")?;
    if name == CONTENT_LENGTH || name == TRANSFER_ENCODING {
        return Err("how long the body is says the body: --body".to_owned());
    }
    let value = HeaderValue::from_str(value.trim())
        .map_err(|_| "after the colon are ASCII characters that can be seen, and blanks")?;
    Ok((name, value))
}
