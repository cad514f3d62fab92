//! The processes that are asked: whole fleets, and services that run alone.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tempfile::TempDir;
use testkit::{Fleet, eventually, http};

/// The program under test.
pub(crate) const BULSAJO: &str = env!("CARGO_BIN_EXE_bulsajo");

/// Payments wait for a `PUT` with `END`, as in the original.
pub(crate) const BY_HAND: (&str, &str) = ("PAYMENT_APPROVAL", "manual");

/// A fleet of one's own, where payments wait for the customer.
pub(crate) fn original_like() -> Fleet {
    Fleet::start(BULSAJO, &[BY_HAND])
}

/// A fleet that tests share as long as one of them uses it. None may count on an empty store.
pub(crate) fn shared() -> Arc<Fleet> {
    static SHARED: Mutex<Weak<Fleet>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let fleet = Arc::new(original_like());
        *shared = Arc::downgrade(&fleet);
        fleet
    })
}

/// One service in a process of its own. Dropping it kills the process.
pub(crate) struct Alone {
    pub(crate) address: SocketAddr,
    process: Child,
    _folder: TempDir,
}

impl Alone {
    /// Starts `bulsajo order`, say, with these settings, and waits until it is ready.
    pub(crate) fn start(service: &str, settings: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let address = closed();
        let process = Command::new(BULSAJO)
            .arg(service)
            .current_dir(folder.path())
            .env_clear()
            .envs([("PORT", address.port().to_string().as_str()), ("LOG_LEVEL", "error")])
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let alone = Self { address, process, _folder: folder };
        eventually(|| {
            http::send(address, "GET", "/actuator/health/readiness", &[], None)
                .map_err(|error| error.to_string())
                .and_then(|answer| match answer.status {
                    200 => Ok(()),
                    status => Err(format!("readiness is {status}")),
                })
        });
        alone
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An address where nobody listens.
pub(crate) fn closed() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it is bound")
}
