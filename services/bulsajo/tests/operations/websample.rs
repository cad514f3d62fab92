//! The sample of the nonstop lab: statuses, sleeps, log lines, and what a signal does.

use std::{
    io::{self, BufRead as _, BufReader},
    net::SocketAddr,
    os::unix::process::ExitStatusExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use testkit::{Connection, Response, eventually, http};

use crate::BINARY;

/// A running sample, and the lines it wrote to standard output.
struct Sample {
    process: Child,
    lines: Arc<Mutex<Vec<String>>>,
    address: SocketAddr,
}

impl Sample {
    fn start(settings: &[(&str, &str)]) -> Self {
        let mut process = Command::new(BINARY)
            .args(["websample", "--port", "0"])
            .env_clear()
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&lines);
        thread::spawn(move || {
            output.lines().map_while(Result::ok).for_each(|it| heard.lock().unwrap().push(it));
        });
        let mut sample = Self { process, lines, address: ([127, 0, 0, 1], 0).into() };
        sample.address = sample.find("websample listens on http://", |it| {
            it.split(['/', ' ']).nth(5).and_then(|it| it.parse().ok())
        });
        sample
    }

    /// What the first line with these words in it says, as soon as there is one.
    fn find<T>(&self, words: &str, read: impl Fn(&str) -> Option<T>) -> T {
        eventually(|| {
            let lines = self.lines.lock().unwrap();
            let found = lines.iter().filter(|it| it.contains(words)).find_map(|it| read(it));
            found.ok_or_else(|| format!("{words:?} is not in {lines:#?}"))
        })
    }

    /// Waits for a line that says this after its time, so many times.
    fn says(&self, what: &str, times: usize) {
        eventually(|| {
            let lines = self.lines.lock().unwrap();
            let found = lines.iter().filter(|it| it.get(20..) == Some(what)).count();
            if found >= times { Ok(()) } else { Err(format!("no {what:?} in {lines:#?}")) }
        });
    }

    fn ask(&self, method: &str, path: &str) -> Response {
        http::send(self.address, method, path, &[], None).unwrap()
    }

    /// A request that nobody has answered yet.
    fn asked(&self, path: &str) -> thread::JoinHandle<io::Result<Response>> {
        let mut connection = Connection::open(self.address).unwrap();
        let (told, request) =
            (format!("v1 {path}"), format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        let answer = thread::spawn(move || connection.exchange(request.as_bytes(), false));
        self.says(&told, 1);
        answer
    }

    fn signal(&self, name: &str) {
        let process = self.process.id().to_string();
        assert!(Command::new("kill").args([name, &*process]).status().unwrap().success());
    }

    fn ended(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn each_version_has_its_status_under_every_path() {
    for (settings, status) in [
        (&[("version", "v1")][..], 201),
        (&[("version", "v2")], 202),
        (&[], 201),
        // What `docker build` makes of a build argument that nobody gave.
        (&[("version", "")], 201),
        // Another variable, which anybody may have set.
        (&[("version", "v2"), ("VERSION", "0.1.0")], 202),
    ] {
        let sample = Sample::start(settings);
        for path in ["/", "/liveness", "/readiness", "/prestop", "/sleep/0", "/sleepy", "/a/b?c=d"]
        {
            let answer = sample.ask("GET", path);
            assert_eq!((answer.status, answer.text()), (status, ""), "{settings:?} {path}");
        }
        assert_eq!(sample.ask("POST", "/").status, status);
    }
}

#[test]
fn an_unknown_version_is_a_problem_that_says_what_is_possible() {
    let sample = Sample::start(&[("version", "$(version)")]);

    let answer = sample.ask("GET", "/readiness");

    assert_eq!(answer.status, 500);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    for words in ["variable version", "$(version)", "v1", "v2", "ENV version=${version}"] {
        assert!(answer.text().contains(words), "{words:?} is not in {}", answer.text());
    }
}

#[test]
fn a_request_sleeps_as_long_as_its_path_says() {
    let sample = Sample::start(&[]);
    let mut connection = Connection::open(sample.address).unwrap();
    for seconds in [1, 2] {
        let begun = Instant::now();
        let answer = connection.send("GET", &format!("/sleep/{seconds}"), &[], None).unwrap();
        assert!(begun.elapsed() >= Duration::from_secs(seconds));
        assert_eq!(answer.status, 201);
    }
}

#[test]
fn a_sleep_that_cannot_be_is_refused() {
    let sample = Sample::start(&[]);
    for path in ["/sleep", "/sleep/", "/sleep/five", "/sleep/-1", "/sleep/1.5", "/sleep/3601"] {
        let answer = sample.ask("GET", path);
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.text().contains("/sleep/5"), "{path}: {}", answer.text());
    }
}

#[test]
fn its_lines_are_those_of_the_original() {
    let sample = Sample::start(&[("version", "v2")]);

    sample.ask("GET", "/readiness");

    sample.says(&format!("v2 / starting process on {}", sample.process.id()), 1);
    sample.says("v2 /readiness", 1);
    sample.says("v2 / connection 0", 2);
    let time = sample.find("starting process", |it| it.get(..20).map(str::to_owned));
    let shape: String = time.chars().map(|it| if it.is_ascii_digit() { '0' } else { it }).collect();
    assert_eq!(shape, "0000/00/00 00:00:00 ");
}

#[test]
fn open_requests_are_counted_until_their_clients_leave() {
    const CLIENTS: usize = 64;
    let sample = Sample::start(&[]);
    let clients: Vec<Connection> = (0..CLIENTS)
        .map(|_| {
            let mut client = Connection::open(sample.address).unwrap();
            let request = b"GET /sleep/3600 HTTP/1.1\r\nHost: localhost\r\n\r\n";
            io::Write::write_all(client.socket(), request).unwrap();
            client
        })
        .collect();

    sample.says(&format!("v1 / connection {CLIENTS}"), 1);
    assert_eq!(sample.ask("GET", "/").status, 201);
    sample.lines.lock().unwrap().clear();
    drop(clients);

    sample.says("v1 / connection 0", 1);
}

#[test]
fn signals_are_told_and_ignored_until_it_is_killed() {
    let mut sample = Sample::start(&[]);

    for (signal, told) in [("-TERM", "received  terminated"), ("-INT", "received  interrupt")] {
        for times in [1, 2] {
            sample.signal(signal);
            sample.says(told, times);
            assert_eq!(sample.ask("GET", "/").status, 201);
        }
    }

    sample.signal("-KILL");
    assert_eq!(sample.ended().signal(), Some(9));
}

#[test]
fn told_to_be_graceful_it_answers_what_is_under_way_and_ends() {
    for (signal, told) in [("-TERM", "received  terminated"), ("-INT", "received  interrupt")] {
        let mut sample = Sample::start(&[("SHUTDOWN", "graceful"), ("DRAIN_DELAY", "0s")]);
        let answer = sample.asked("/sleep/3");

        sample.signal(signal);

        sample.says(told, 1);
        assert_eq!(answer.join().unwrap().unwrap().status, 201);
        assert_eq!(sample.ended().code(), Some(0));
    }
}

#[test]
fn told_to_be_abrupt_it_drops_what_is_under_way() {
    for (signal, code) in [("-TERM", 143), ("-INT", 130)] {
        let mut sample = Sample::start(&[("SHUTDOWN", "abrupt")]);
        let answer = sample.asked("/sleep/3600");

        sample.signal(signal);

        assert_eq!(sample.ended().code(), Some(code));
        assert!(answer.join().unwrap().is_err());
    }
}
