//! Why a process ended, and the exit code that says so to scripts and kubelets.

use std::{fmt, net::SocketAddr};

/// Ends the process: one line for a person, one code for a script.
#[derive(Debug)]
pub enum Failure {
    /// A setting's value cannot be used.
    Setting(String),
    /// An address cannot be listened on.
    Address { service: &'static str, address: SocketAddr, reason: std::io::Error },
    /// The database cannot be used.
    Store(String),
    /// The database was written by a newer version.
    Newer(String),
    /// Something stopped that should run for ever.
    Broken(anyhow::Error),
}

impl Failure {
    /// 2 setting, 3 address, 4 store, 5 store of a newer version, 1 anything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Broken(_) => 1,
            Self::Setting(_) => 2,
            Self::Address { .. } => 3,
            Self::Store(_) => 4,
            Self::Newer(_) => 5,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(what) | Self::Store(what) | Self::Newer(what) => f.write_str(what),
            Self::Address { service, address, reason } => write!(
                f,
                "{service} cannot listen on {address}: {reason}; end what uses it, or choose another port"
            ),
            Self::Broken(error) => write!(f, "{error:#}"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}
