//! Logs: one request one line, ids as fields, pretty for people and JSON for machines.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::printable::Printable;

/// How to log.
#[derive(Debug, Clone, clap::Args)]
pub struct LogArgs {
    /// How log lines look: `pretty` for people, `json` for machines.
    #[arg(long, env, default_value = "pretty")]
    pub log_format: Format,

    /// Which lines to log: `error`, `warn`, `info`, `debug`, `trace`, or a filter such as
    /// `info,messaging=debug`.
    #[arg(long, env, default_value = "info", value_parser = filter)]
    pub log_level: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Pretty,
    Json,
}

fn filter(text: &str) -> Result<String, String> {
    match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("use error, warn, info, debug or trace ({error})")),
    }
}

impl LogArgs {
    /// Starts logging to standard error. Only the first call in a process has an effect.
    pub fn init(&self) {
        let filter = EnvFilter::builder().parse_lossy(&self.log_level);
        let registry = tracing_subscriber::registry().with(filter);
        let colours = self.log_format == Format::Pretty && std::io::stderr().is_terminal();
        let writer = Printable { to: std::io::stderr, colours };
        let layer = tracing_subscriber::fmt::layer().with_writer(writer);
        let started = match self.log_format {
            Format::Pretty => registry.with(layer.with_target(false).with_ansi(colours)).try_init(),
            Format::Json => registry.with(layer.json().flatten_event(true)).try_init(),
        };
        if started.is_err() {
            tracing::debug!("logging had been started before");
        }
    }
}
