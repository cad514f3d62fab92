//! The fleet in containers, as docker-compose.yml describes it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Doors, fleet::Service, plan::unique_name, ports::free_base_port, servers};

/// A fleet that `docker compose up` started. Dropping it takes its containers and volumes away.
pub struct Compose {
    root: PathBuf,
    project: String,
    base: u16,
}

/// How far the ports of the two servers are from the base.
const KAFKA: u16 = 12;
const POSTGRES: u16 = 13;

impl Compose {
    /// Whether there is Docker for tests. If not, this says in one line that `test` is skipped.
    pub fn is_available(test: &str) -> bool {
        servers::are_there(test, &["TEST_DOCKER"])
    }

    /// Starts what is in the docker-compose.yml of this folder, and waits until all is healthy.
    pub fn up(root: &Path) -> Self {
        let fleet = Self { root: root.to_owned(), project: unique_name(), base: free_base_port() };
        fleet.compose(&["up", "--detach", "--wait", "--wait-timeout", "240"]);
        fleet
    }

    /// Sends a container a signal by name, such as `KILL` or `STOP`.
    pub fn signal(&self, container: &str, name: &str) {
        self.compose(&["kill", "--signal", name, container]);
    }

    /// Starts a container again that was killed.
    pub fn start(&self, container: &str) {
        self.compose(&["start", container]);
    }

    fn compose(&self, arguments: &[&str]) {
        let output = self.command().args(arguments).output().expect("docker runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker compose {}: {told}", arguments.join(" "));
    }

    fn command(&self) -> Command {
        let mut command = Command::new("docker");
        command
            .args(["compose", "--progress", "quiet", "--project-name", &self.project])
            .current_dir(&self.root);
        for service in Service::ALL {
            let name = format!("{}_PORT", service.name().to_uppercase());
            command.env(name, self.address(service).port().to_string());
        }
        for (name, offset) in [("KAFKA_PORT", KAFKA), ("POSTGRES_PORT", POSTGRES)] {
            command.env(name, (self.base + offset).to_string());
        }
        command
    }
}

impl Doors for Compose {
    fn address(&self, service: Service) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.base + service as u16).into()
    }
}

impl Drop for Compose {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.command().args(["ps", "--all"]).status();
            let _ = self.command().args(["logs", "--tail", "20"]).status();
        }
        let _ = self.command().args(["down", "--volumes", "--timeout", "2"]).output();
    }
}
