//! A `PgBouncer` of a fleet's own, between its services and PostgreSQL.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::{
    eventually,
    servers::{skipped, variable},
};

/// Where its executable is.
const VARIABLE: &str = "TEST_PGBOUNCER";
/// Where packages put it, if the variable does not say.
const USUAL: &str = "/usr/sbin/pgbouncer";

/// It runs until this is dropped.
pub(crate) struct Pooler {
    process: Child,
    address: SocketAddr,
    user: String,
    _folder: TempDir,
}

/// Whether there is one. If not, this says in one line that `test` is skipped.
pub(crate) fn is_there(test: &str) -> bool {
    let there = executable().is_some();
    if !there {
        skipped(&format!("{test}: {VARIABLE} is not set, and there is no {USUAL}"));
    }
    there
}

fn executable() -> Option<PathBuf> {
    let found = variable(VARIABLE).map_or_else(|| USUAL.into(), PathBuf::from);
    found.exists().then_some(found)
}

impl Pooler {
    /// Starts one in front of the server that this URL is of, and waits until it listens.
    pub(crate) fn start(server: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = free.local_addr().expect("it has an address");
        drop(free);
        let (user, backend) = backend(server);
        let settings = format!(
            "[databases]\n* = {backend}\n\
             [pgbouncer]\nlisten_addr = {}\nlisten_port = {}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = 20\nmax_client_conn = 500\n\
             ignore_startup_parameters = extra_float_digits\n",
            address.ip(),
            address.port()
        );
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, settings).expect("a file of settings");
        let mut command = Command::new(executable().expect("ask `is_there` first"));
        // It refuses to be root, and has to be able to read its file as another user.
        if fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0) {
            let open = fs::Permissions::from_mode(0o755);
            fs::set_permissions(folder.path(), open).expect("a folder for all");
            command.args(["-u", "nobody"]);
        }
        let process = command.arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = process.expect("PgBouncer starts");
        eventually(|| TcpStream::connect(address));
        Self { process, address, user, _folder: folder }
    }

    /// Where services find this database.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://{}@{}/{database}", self.user, self.address)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The user of a PostgreSQL URL, and where it leads in the words of `PgBouncer`.
fn backend(url: &str) -> (String, String) {
    let after = url.split_once("://").map_or(url, |(_, after)| after);
    let (user, server) = after.split_once('@').unwrap_or(("postgres", after));
    let server = server.split(['/', '?']).next().unwrap_or(server);
    let (host, port) = server.rsplit_once(':').unwrap_or((server, "5432"));
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let password =
        if password.is_empty() { String::new() } else { format!(" password={password}") };
    (user.to_owned(), format!("host={host} port={port} user={user}{password}"))
}
