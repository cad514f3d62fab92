//! Why a command of `lab` ends without success, and with which exit code.

/// Each says what is wrong, and what can be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("what happened is not what the worksheet says")]
    Differs,
    #[error("something is wrong in the namespace")]
    Found,
    #[error("not everybody has all points")]
    Lacking,
    /// A file that cannot be read or written, or a worksheet that cannot be understood.
    #[error("{0}")]
    File(String),
    /// No cluster, or not the permission.
    #[error("{0}")]
    Cluster(String),
    #[error("interrupted")]
    Interrupted(i32),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Differs | Self::Found | Self::Lacking => 1,
            Self::File(_) => 2,
            Self::Cluster(_) => 3,
            // As shells count it.
            Self::Interrupted(signal) => u8::try_from(128 + signal).unwrap_or(130),
        }
    }
}
