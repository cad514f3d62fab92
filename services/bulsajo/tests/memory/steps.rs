//! What tests put into databases, and what they see of a process.

use std::{fs, io::Write as _, net::SocketAddr};

use testkit::{Connection, Fleet, Response, fleet::Service, http};

/// What a process of one service may take, in MiB. The chart allows 128.
pub(crate) const MOST: f64 = 64.0;

/// The most MiB of its own that a process ever had in memory.
fn peak(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let mib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_matches([':', ' ', '\t', 'k', 'B']).parse::<f64>().unwrap() / 1024.0
    };
    mib("VmHWM") - mib("RssFile")
}

/// The process of this service never took more than it may.
pub(crate) fn assert_small(fleet: &mut Fleet, service: Service) {
    let peak = peak(fleet.replica(service, 1).pid());
    eprintln!("{service:?} took {peak:.1} MiB at most");
    assert!(peak < MOST, "{service:?} took {peak:.1} MiB");
}

/// SQL for rows numbered from 1, to be selected from as `numbers`.
pub(crate) fn numbers(count: usize) -> String {
    format!(
        "WITH RECURSIVE numbers (n) AS \
         (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
    )
}

/// SQL for a text of so many letters.
pub(crate) fn letters(fleet: &Fleet, count: usize) -> String {
    if fleet.cell().has_postgres() {
        format!("repeat('n', {count})")
    } else {
        format!("replace(hex(zeroblob({})), '0', 'n')", count / 2)
    }
}

/// Changes tables while nothing runs.
pub(crate) fn at_rest(fleet: &mut Fleet, change: impl FnOnce(&Fleet)) {
    fleet.kill();
    change(fleet);
    fleet.restart();
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Response {
    http::send(address, "GET", path, &[("Accept", "*/*")], None).unwrap()
}

/// Asks for something and reads nothing of the answer.
pub(crate) fn unread(address: SocketAddr, path: &str) -> Connection {
    let mut connection = Connection::open(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    connection.socket().write_all(request.as_bytes()).unwrap();
    connection
}

/// The head of an answer, in small letters.
pub(crate) fn head(answer: &mut Connection) -> String {
    let mut lines = Vec::new();
    loop {
        let line = answer.line().unwrap();
        if line.is_empty() {
            return lines.join("\n").to_lowercase();
        }
        lines.push(line);
    }
}
