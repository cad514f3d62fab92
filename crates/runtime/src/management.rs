//! The management port: the control plane on a listener and threads of its own, which no request
//! can keep busy.

use tokio::runtime::Runtime;

use crate::{Failure, connection::Server, listener::Listener};

/// Where the control plane is.
#[derive(Debug, Clone, clap::Args)]
pub struct ManagementArgs {
    /// The TCP port for faults, circuit breakers and what SIGTERM does, which are then on this port
    /// alone, with all else under `/actuator`; probes and all else stay on the main port, too. For
    /// the fleet, services' ports are counted from it as from `BASE_PORT` [default: none].
    #[arg(long, env, value_parser = clap::value_parser!(u16).range(1..=65_000))]
    pub management_port: Option<u16>,
}

/// Threads that serve nothing but control planes, until it is dropped.
pub(crate) struct Management(Option<Runtime>);

impl Management {
    /// Serves each of these; without any there are no threads.
    pub(crate) fn start(served: Vec<(Server, Listener)>) -> Result<Self, Failure> {
        if served.is_empty() {
            return Ok(Self(None));
        }
        let threads = tokio::runtime::Builder::new_multi_thread()
            .thread_name("management")
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| Failure::Broken(error.into()))?;
        for (server, listener) in served {
            threads.spawn(async move {
                // Whoever polls a listener is the runtime that it was made in.
                match listener.moved_here() {
                    Ok(listener) => server.run(listener).await,
                    Err(error) => tracing::error!(%error, "the management port is not served"),
                }
            });
        }
        Ok(Self(Some(threads)))
    }
}

impl Drop for Management {
    /// At once: who asks while the process ends is not waited for.
    fn drop(&mut self) {
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}
