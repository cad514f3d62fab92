//! Why a command of `lab` ends without success, and with which exit code.

use std::{io, path::PathBuf};

/// Each says what is wrong, and what can be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("what happened is not what the worksheet says")]
    Differs,
    #[error("something is wrong in the namespace")]
    Found,
    #[error("not everybody has all points")]
    Lacking,
    /// The command line asks for what cannot be done.
    #[error("{0}")]
    Usage(String),
    /// A worksheet, or another file, that cannot be understood.
    #[error("{0}")]
    Content(String),
    #[error("{} cannot be read: {source}{cure}", .path.display())]
    Unreadable { path: PathBuf, source: io::Error, cure: String },
    #[error("{} cannot be written: {source}", .path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("the standard input cannot be read: {0}")]
    Input(io::Error),
    /// Another program that is not there, or that ends with an error.
    #[error("{0}")]
    Program(String),
    #[error("no threads can be started: {0}")]
    Threads(io::Error),
    #[error("the terminal cannot be used: {0}")]
    Terminal(io::Error),
    #[error("signals cannot be received: {0}")]
    Signals(io::Error),
    /// No cluster, or not the permission.
    #[error("{0}")]
    Cluster(String),
    #[error("interrupted")]
    Interrupted(i32),
}

impl Failure {
    pub(crate) fn unwritable(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Unwritable { path: path.into(), source }
    }

    pub(crate) fn unreadable(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Unreadable { path: path.into(), source, cure: String::new() }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Differs | Self::Found | Self::Lacking => 1,
            Self::Usage(_)
            | Self::Content(_)
            | Self::Unreadable { .. }
            | Self::Unwritable { .. }
            | Self::Input(_)
            | Self::Program(_)
            | Self::Threads(_)
            | Self::Terminal(_)
            | Self::Signals(_) => 2,
            Self::Cluster(_) => 3,
            // As shells count it.
            Self::Interrupted(signal) => u8::try_from(128 + signal).unwrap_or(130),
        }
    }
}
