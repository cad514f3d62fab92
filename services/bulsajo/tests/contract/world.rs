//! The processes that are asked: whole fleets, and services that run alone.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU16, Ordering},
    },
};

use tempfile::TempDir;
use testkit::{Fleet, eventually, http};

/// The program under test.
pub(crate) const BULSAJO: &str = env!("CARGO_BIN_EXE_bulsajo");

/// Payments wait for a `PUT` with `END`, as in the original.
pub(crate) const BY_HAND: (&str, &str) = ("PAYMENT_APPROVAL", "manual");

/// What the originals left open: every name and every site, as ours in containers, and the control
/// plane of the gateway.
const OPEN: [(&str, &str); 2] = [("ALLOWED_HOSTS", "any"), ("GATEWAY_CONTROLS", "true")];

/// A fleet of one's own, where payments wait for the customer.
pub(crate) fn original_like() -> Fleet {
    Fleet::start(BULSAJO, &[&[BY_HAND][..], &OPEN].concat())
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
        let mut alone = Self { address, process, _folder: folder };
        eventually(|| alone.ready());
        alone
    }

    fn ready(&mut self) -> std::io::Result<()> {
        if let Some(status) = self.process.try_wait()? {
            panic!("the service ended at start: {status}");
        }
        match http::send(self.address, "GET", "/actuator/health/readiness", &[], None)?.status {
            200 => Ok(()),
            status => Err(std::io::Error::other(format!("readiness is {status}"))),
        }
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

/// An address where nobody listens. Its port is below those that the system gives to clients, one
/// of whom could take it otherwise, and below those of whole fleets.
pub(crate) fn closed() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 40).unwrap_or(0) * 100;
    loop {
        let port = 12_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 6000;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
