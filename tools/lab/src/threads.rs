//! The threads that asynchronous work runs on.

use tokio::runtime::Runtime;

use crate::failure::Failure;

/// Starts them.
pub(crate) fn threads() -> Result<Runtime, Failure> {
    Runtime::new().map_err(Failure::Threads)
}
