//! What keeps the saga right. Each guard can be taken away, to see what it is for.

use clap::{ArgAction, builder::BoolishValueParser};

/// Which guards are up. Without one of them the invariants of `GET /invariants` can be broken; a
/// service says so when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub struct Guards {
    /// Whether facts are kept with the change they tell of and published from there: `on` or
    /// `off`. Off, they are published after the change is committed, and a crash between the two
    /// loses them.
    #[arg(long, env, default_value = "on", action = ArgAction::Set)]
    #[arg(value_name = "on|off", value_parser = BoolishValueParser::new())]
    pub outbox: bool,

    /// Whether what comes twice is done once: `on` or `off`. Off, a fact that is delivered again
    /// and a charge that is asked for again have their effects again.
    #[arg(long, env, default_value = "on", action = ArgAction::Set)]
    #[arg(value_name = "on|off", value_parser = BoolishValueParser::new())]
    pub idempotency: bool,

    /// Whether what was done for an order is undone when it is called off: `on` or `off`. Off,
    /// the money is kept and the goods stay on their way.
    #[arg(long, env, default_value = "on", action = ArgAction::Set)]
    #[arg(value_name = "on|off", value_parser = BoolishValueParser::new())]
    pub compensation: bool,
}

impl Default for Guards {
    fn default() -> Self {
        Self { outbox: true, idempotency: true, compensation: true }
    }
}

impl Guards {
    /// The settings that are off, as they are written.
    pub fn missing(self) -> Vec<&'static str> {
        let all = [
            (self.outbox, "OUTBOX=off"),
            (self.idempotency, "IDEMPOTENCY=off"),
            (self.compensation, "COMPENSATION=off"),
        ];
        all.into_iter().filter(|(up, _)| !up).map(|(_, said)| said).collect()
    }
}
