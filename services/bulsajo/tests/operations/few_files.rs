//! A process that may open few files, and one where `localhost` has two addresses.

use std::{
    fs::{self, File},
    net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;
use testkit::{
    Fleet, eventually,
    fleet::Service::{self, Gateway},
    http,
};

use crate::BINARY;

/// Order, alone in a process that may open so many files.
struct Few {
    process: Child,
    folder: TempDir,
    address: SocketAddr,
}

impl Few {
    fn start(files: u32) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let folder = TempDir::new().unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let process = Command::new("sh")
            .args(["-c", "ulimit -n $0; exec \"$@\"", &files.to_string(), BINARY, "order"])
            .args(["--port", &address.port().to_string()])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let few = Self { process, folder, address };
        eventually(|| few.probe("readiness"));
        few
    }

    fn probe(&self, group: &str) -> Result<(), String> {
        let path = format!("/actuator/health/{group}");
        match http::send(self.address, "GET", &path, &[], None) {
            Ok(answer) if answer.status == 200 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }
}

impl Drop for Few {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn without_files_for_more_connections_probes_are_answered_and_one_line_says_so() {
    for files in [40, 100] {
        let few = Few::start(files);

        let silent: Vec<TcpStream> =
            (0..200).map(|_| TcpStream::connect(few.address).unwrap()).collect();

        few.probe("liveness").unwrap();
        few.probe("readiness").unwrap();
        drop(silent);
        few.probe("liveness").unwrap();
        let log = fs::read_to_string(few.folder.path().join("log")).unwrap();
        let told = log.lines().filter(|line| line.contains("cannot accept")).count();
        assert!(told <= 1, "{told} lines: {log}");
    }
}

#[test]
fn localhost_answers_at_both_of_its_addresses_on_every_port() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        eprintln!("SKIPPED: both addresses of localhost: there is no IPv6 here");
        return;
    }
    let mut fleet = Fleet::start(BINARY, &[]);
    let first = fleet.address(Gateway).port() + 1;
    fleet.kill();
    fleet.set("GRPC_HEALTH_PORT", &first.to_string());
    fleet.restart();
    for service in Service::ALL {
        let v4 = fleet.address(service);
        for address in [v4, SocketAddr::from((Ipv6Addr::LOCALHOST, v4.port()))] {
            let answer = http::send(address, "GET", "/actuator/health", &[], None).unwrap();
            assert_eq!(answer.status, 200, "{service:?} at {address}");
        }
    }
    TcpStream::connect((Ipv6Addr::LOCALHOST, first)).expect("gRPC health is there, too");
}
