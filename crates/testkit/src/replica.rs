//! One process of the binary, which can be ended and started again.

use std::{
    fs::{self, File},
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use crate::{eventually, fleet::Service, http};

/// One process: a service, or all five of them. Dropping it kills the process.
pub struct Replica {
    binary: PathBuf,
    name: String,
    command: &'static str,
    folder: PathBuf,
    settings: Vec<(String, String)>,
    addresses: Vec<(Service, SocketAddr)>,
    process: Option<Child>,
}

impl Replica {
    /// Describes the process; it is not started yet.
    pub(crate) fn new(
        binary: &str,
        (name, command): (String, &'static str),
        folder: &Path,
        addresses: Vec<(Service, SocketAddr)>,
    ) -> Self {
        let (binary, folder) = (binary.into(), folder.to_owned());
        Self { binary, name, command, folder, settings: Vec::new(), addresses, process: None }
    }

    /// Sets a variable, or another value of it, for the next start.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Starts it, on the same data and ports as ever, and waits until it is ready.
    pub fn restart(&mut self) {
        self.launch();
        eventually(|| self.ready());
    }

    /// Starts it without waiting.
    pub fn launch(&mut self) {
        assert!(self.process.is_none(), "{} is still running", self.name);
        let log = File::options().create(true).append(true).open(self.log());
        let mut command = Command::new(&self.binary);
        command
            .arg(self.command)
            .current_dir(&self.folder)
            .env_clear()
            .env("LOG_LEVEL", "warn")
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("a file for its log"));
        self.process = Some(command.spawn().expect("the binary starts"));
    }

    pub(crate) fn ready(&mut self) -> io::Result<()> {
        if let Some(process) = &mut self.process
            && let Some(status) = process.try_wait()?
        {
            panic!("{} ended at start: {status}", self.name);
        }
        for (service, address) in &self.addresses {
            let answer = http::send(*address, "GET", "/actuator/health/readiness", &[], None)?;
            if answer.status != 200 {
                return Err(io::Error::other(format!("{service:?} is not ready")));
            }
        }
        Ok(())
    }

    /// Whether it was started and not ended since.
    pub fn is_running(&self) -> bool {
        self.process.is_some()
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

    /// Whether it has a handler for this signal, by its number.
    pub fn catches(&self, number: u32) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        caught.is_some_and(|mask| mask & (1 << (number - 1)) != 0)
    }

    /// Waits until the process has ended by itself.
    pub fn ended(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("it runs");
        let status = process.wait().expect("it ends");
        if !status.success() {
            eprintln!("{} ended with {status}", self.name);
        }
        status
    }

    /// Where it listens as this service, past any balancer.
    pub fn address(&self, service: Service) -> SocketAddr {
        let found = self.addresses.iter().find(|(known, _)| *known == service);
        found.unwrap_or_else(|| panic!("{} is no {service:?}", self.name)).1
    }

    pub(crate) fn is(&self, service: Service) -> bool {
        self.addresses.iter().any(|(known, _)| *known == service)
    }

    fn log(&self) -> PathBuf {
        self.folder.join(format!("{}.log", self.name))
    }

    /// Shows what it logged, for whoever looks into a test that failed.
    pub(crate) fn show_log(&self) {
        match fs::read_to_string(self.log()) {
            Ok(log) if !log.is_empty() => eprintln!("--- {}\n{log}", self.name),
            _ => {}
        }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        if self.is_running() {
            self.kill();
        }
    }
}
