//! The settings of the sample.

/// Which version it is, and what it does when it is told to stop.
#[derive(Debug, Clone, clap::Args)]
pub struct WebsampleArgs {
    /// Which version this is: `v1` answers 201, `v2` answers 202, anything else 500.
    // The variable is in lower case because worksheets and Dockerfiles of the lab set that one. The
    // option is not `--version`, which prints the version of the executable.
    #[arg(long, env = "version", value_name = "VERSION", default_value = "v1")]
    pub version_name: String,

    /// What SIGTERM and Ctrl-C do.
    #[arg(long, env, value_enum, default_value_t = Shutdown::IgnoreSigterm)]
    #[arg(help_heading = "Shutdown")]
    pub shutdown: Shutdown,
}

/// What SIGTERM and SIGINT do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shutdown {
    /// Nothing; only SIGKILL ends it, as it does the original.
    IgnoreSigterm,
    /// They finish what is under way, and end it then: the lab's cure.
    Graceful,
    /// They end it at once, whatever is under way.
    Abrupt,
}

impl Shutdown {
    /// What to expect of it, for the line at the start.
    pub(crate) fn promise(self) -> &'static str {
        match self {
            Self::IgnoreSigterm => "ignores SIGTERM and Ctrl-C, end it with kill -KILL",
            Self::Graceful => "finishes requests when told to stop",
            Self::Abrupt => "drops requests when told to stop",
        }
    }
}
