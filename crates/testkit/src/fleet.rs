//! The real binary, started as a user starts it, on ports of its own.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Response, eventually, http};

/// A running process of the whole fleet. Dropping it kills the process.
pub struct Fleet {
    binary: PathBuf,
    folder: TempDir,
    settings: Vec<(String, String)>,
    base: u16,
    process: Option<Child>,
}

/// Which service of the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Order = 1,
    Payment = 2,
    Delivery = 3,
    OrderTrace = 4,
    Gateway = 8,
}

impl Fleet {
    /// Starts the binary with an empty data folder and waits until it is ready.
    pub fn start(binary: &str, settings: &[(&str, &str)]) -> Self {
        let settings =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut fleet = Self {
            binary: binary.into(),
            folder: TempDir::new().expect("a temporary folder"),
            settings: settings.collect(),
            base: free_base_port(),
            process: None,
        };
        fleet.restart();
        fleet
    }

    /// Starts it again on the same data and ports, and waits until it is ready.
    pub fn restart(&mut self) {
        self.launch();
        eventually(|| self.ready());
    }

    /// Starts it again without waiting.
    pub fn launch(&mut self) {
        assert!(self.process.is_none(), "it is still running");
        let mut command = Command::new(&self.binary);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("BASE_PORT", self.base.to_string())
            .env("LOG_LEVEL", "warn")
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        self.process = Some(command.spawn().expect("the binary starts"));
    }

    fn ready(&mut self) -> io::Result<()> {
        if let Some(process) = &mut self.process
            && let Some(status) = process.try_wait()?
        {
            panic!("the fleet ended at start: {status}");
        }
        let all = [Service::Order, Service::Payment, Service::Delivery, Service::OrderTrace];
        for service in all.into_iter().chain([Service::Gateway]) {
            let path = "/actuator/health/readiness";
            let answer = http::send(self.address(service), "GET", path, &[], None)?;
            if answer.status != 200 {
                return Err(io::Error::other(format!("{service:?} is not ready")));
            }
        }
        Ok(())
    }

    /// The process's number.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("it runs").id()
    }

    /// Kills it as `kill -9` does.
    pub fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().expect("it can be killed");
        process.wait().expect("it ends");
    }

    /// Sends a signal by name, as `kill -TERM` does.
    pub fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([format!("-{name}"), self.pid().to_string()]).status();
        assert!(kill.expect("kill runs").success());
    }

    /// Waits until the process has ended by itself.
    pub fn ended(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("it runs");
        process.wait().expect("it ends")
    }

    /// Where a service of this fleet listens.
    pub fn address(&self, service: Service) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.base + service as u16).into()
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A request as httpie sends it, through the gateway.
    pub fn http(&self, method: &str, path: &str, body: Option<Value>) -> Response {
        self.ask(Service::Gateway, method, path, body)
    }

    /// A request as httpie sends it, to one service.
    pub fn ask(&self, service: Service, method: &str, path: &str, body: Option<Value>) -> Response {
        let body = body.map(|body| body.to_string());
        let mut headers = vec![("Accept", "application/json, */*;q=0.5")];
        if body.is_some() {
            headers.push(("Content-Type", "application/json"));
        }
        http::send(self.address(service), method, path, &headers, body.as_deref())
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
    }
}

/// A port from which the fleet's can be counted. Tests of one process never share one; those of
/// others are told apart by the process's number.
fn free_base_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 400).unwrap_or(0);
    for _ in 0..1000 {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let base = 18_000 + (start * 32 + step * 16) % 14_000;
        let free = |offset: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, base + offset)).is_ok();
        if [1, 2, 3, 4, 8].into_iter().all(free) {
            return base;
        }
    }
    panic!("no free ports");
}
