//! `lab load` against a server that does what it is told with each connection.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Command, Output},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::person::lab;

/// What becomes of a connection.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// Every request on it is answered.
    Answer,
    /// The same, with an error.
    Error,
    /// The same, with 404 unless the request has the lines of `SHOP`.
    AnswerShop,
    /// The request is read, and that is all.
    Close,
    /// A part of the answer comes.
    Truncate,
    /// Nothing is read: the kernel then resets it.
    Reset,
    /// Nothing ever comes.
    Hang,
}

/// A server whose connections meet these fates in turn.
struct Server {
    address: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start(fates: &'static [Fate]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = connections.clone();
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let number = counted.fetch_add(1, Ordering::Relaxed);
                let fate = fates[number % fates.len()];
                thread::spawn(move || meet(fate, &socket));
            }
        });
        Self { address, connections }
    }

    fn load(&self, options: &[&str]) -> Output {
        load(&self.address, options)
    }
}

fn load(address: &str, options: &[&str]) -> Output {
    let mut command = lab("load");
    command.arg(format!("http://{address}/orders")).args(options);
    command.output().expect("it runs")
}

fn meet(fate: Fate, mut socket: &TcpStream) {
    let mut reader = BufReader::new(socket);
    let answer = |status: &str| format!("HTTP/1.1 {status}\r\nContent-Length: 4\r\n\r\nGood");
    match fate {
        Fate::Reset => {
            let _ = socket.peek(&mut [0]);
        }
        Fate::Hang => {
            let _ = reader.read_to_end(&mut Vec::new());
        }
        Fate::Close => {
            let _ = request(&mut reader);
        }
        Fate::AnswerShop => {
            while let Some(head) = request(&mut reader) {
                let status = if is_for_the_shop(&head) { "200 OK" } else { "404 Who?" };
                let _ = socket.write_all(answer(status).as_bytes());
            }
        }
        Fate::Truncate => {
            let _ = request(&mut reader);
            let half = answer("200 OK");
            let _ = socket.write_all(&half.as_bytes()[..half.len() - 2]);
        }
        Fate::Answer | Fate::Error => {
            let status = if matches!(fate, Fate::Error) { "503 Sorry" } else { "200 OK" };
            while request(&mut reader).is_some() {
                let _ = socket.write_all(answer(status).as_bytes());
            }
        }
    }
}

/// The lines of the next one, or nothing if there is none any more.
fn request(reader: &mut impl std::io::BufRead) -> Option<Vec<String>> {
    let mut head = Vec::new();
    for line in reader.lines().map_while(Result::ok) {
        if line.is_empty() {
            return Some(head);
        }
        head.push(line);
    }
    None
}

/// What a request for it says, and how many hosts it names.
const SHOP: &[&str] = &["host: shop.example", "room: 7", "room: 8"];

fn is_for_the_shop(head: &[String]) -> bool {
    let hosts = head.iter().filter(|it| it.starts_with("host:")).count();
    hosts == 1 && SHOP.iter().all(|line| head.iter().any(|it| it == line))
}

fn told(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn tells(told: &str, lines: &[&str]) {
    for line in lines {
        assert!(told.lines().any(|it| it.trim_end() == *line), "{line:?} is not in:\n{told}");
    }
}

/// What follows a heading of a report.
fn number(told: &str, heading: &str) -> f64 {
    let line = told.lines().find_map(|it| it.strip_prefix(heading));
    let word = line.and_then(|it| it.split_whitespace().next());
    word.and_then(|it| it.trim_end_matches(',').parse().ok())
        .unwrap_or_else(|| panic!("no {heading} in:\n{told}"))
}

#[test]
fn at_a_rate_every_request_is_sent_and_accounted_for() {
    const ALL: &[Fate] =
        &[Fate::Answer, Fate::Error, Fate::Close, Fate::Truncate, Fate::Reset, Fate::Hang];
    let output = Server::start(ALL).load(&["--rate=60", "--time=1s", "--timeout=3s"]);
    let report = told(&output);
    tells(
        &report,
        &[
            "Bytes In      [total, mean]                     80, 1.33",
            "Bytes Out     [total, mean]                     0, 0.00",
            "Success       [ratio]                           16.67%",
            "Status Codes  [code:count]                      0:40  200:10  503:10",
            "Error Set:",
            "timed out",
            "Failures by kind:",
            "          10 status 503",
            "          10 connection reset",
            "          20 connection closed before the answer was complete",
            "          10 timed out",
        ],
    );
    let rate = number(&report, "Requests      [total, rate, throughput]         60, ");
    assert!((1.0..62.0).contains(&rate), "60 requests in 59/60 s, or somewhat more: {report}");
    let progress = String::from_utf8_lossy(&output.stderr);
    assert!(progress.contains("1 s: "), "{progress}");
}

#[test]
fn users_wait_for_their_answers() {
    const ALL: &[Fate] = &[Fate::Answer, Fate::Answer, Fate::Answer, Fate::Error];
    let server = Server::start(ALL);
    let report = told(&server.load(&["--users=2", "--time=1S", "--delay=20ms"]));
    let (good, bad) =
        (number(&report, "Successful transactions:"), number(&report, "Failed transactions:"));
    let asked = server.connections.load(Ordering::Relaxed);
    assert!((good + bad - f64::from(u32::try_from(asked).expect("few"))).abs() < 0.5, "{report}");
    assert!((bad - ((good + bad) / 4.0).floor()).abs() < 0.5, "every fourth: {report}");
    let availability = 100.0 * good / (good + bad);
    assert!((number(&report, "Availability:") - availability).abs() < 0.01, "{report}");
    let layout: Vec<_> = report.lines().take(12).map(layout).collect();
    assert_eq!(layout, SIEGE.lines().map(self::layout).collect::<Vec<_>>(), "{report}");
    // Two users who pause 10 ms on average cannot ask more often, and never two at once each.
    assert!(good + bad < 400.0, "{report}");
    assert!(number(&report, "Concurrency:") <= 2.0, "{report}");
}

/// What siege 4.0.7 of the toolbox wrote.
const SIEGE: &str = "\
Transactions:\t\t          13 hits
Availability:\t\t      100.00 %
Elapsed time:\t\t        9.74 secs
Data transferred:\t        0.00 MB
Response time:\t\t        0.19 secs
Transaction rate:\t        1.33 trans/sec
Throughput:\t\t        0.00 MB/sec
Concurrency:\t\t        0.25
Successful transactions:          13
Failed transactions:\t           0
Longest transaction:\t        0.86
Shortest transaction:\t        0.00
";

/// Its words, and the column in which its number ends.
fn layout(line: &str) -> (String, Option<usize>) {
    let number = |it: char| it.is_ascii_digit() || it == '.' || it == ' ';
    (line.replace(number, ""), line.rfind(|it: char| it.is_ascii_digit()))
}

#[test]
fn connections_are_kept_only_when_that_is_asked_for() {
    let server = Server::start(&[Fate::Answer]);
    let report = told(&server.load(&["--users=3", "--time=1s", "--delay=20ms", "--keep-alive"]));
    assert!(number(&report, "Transactions:") > 3.0, "{report}");
    assert_eq!(server.connections.load(Ordering::Relaxed), 3, "one for each user");
}

#[test]
fn headers_are_sent_and_one_for_the_host_replaces_that_of_the_url() {
    let server = Server::start(&[Fate::AnswerShop]);
    let (all, alone) =
        (["--rate=10", "--time=1s"], "Success       [ratio]                           ");
    let named = ["--header", "Host: shop.example", "-H", "Room:7", "-H", "room: 8"];
    let report = told(&server.load(&[&all[..], &named].concat()));
    assert!(report.contains(&format!("{alone}100.00%")), "{report}");
    let report = told(&server.load(&all));
    assert!(report.contains(&format!("{alone}0.00%")), "{report}");
}

/// A rate that no machine reaches, with as many file descriptors as this.
fn flood(address: &str, descriptors: u32, options: &[&str]) -> Output {
    let mut command = Command::new("sh");
    let limited = format!("ulimit -n {descriptors} && exec \"$@\"");
    command.args(["-c", &limited, "sh", env!("CARGO_BIN_EXE_lab"), "load"]);
    command.arg(format!("http://{address}/orders")).arg("--rate=100000").args(options);
    command.output().expect("it runs")
}

#[test]
fn a_rate_that_cannot_be_reached_is_told_and_the_report_has_the_real_one() {
    let server = Server::start(&[Fate::Answer]);
    let output = flood(&server.address, 1000, &["--time=100ms", "--timeout=2s"]);
    let report = told(&output);
    let heading = "Requests      [total, rate, throughput]         10000, ";
    let rate = number(&report, heading);
    assert!(rate < 90_000.0, "{report}");
    let complained = String::from_utf8_lossy(&output.stderr);
    let sent = number(&complained, "lab: this machine sent ");
    assert!((sent - rate).abs() < 1.0, "{complained}{report}");
    assert!(complained.contains("requests a second, not 100000: "), "{complained}");
}

#[test]
fn what_this_machine_lacks_is_no_refusal_of_the_service() {
    let server = Server::start(&[Fate::Hang]);
    let output = flood(&server.address, 100, &["--time=10ms", "--timeout=2s"]);
    let report = told(&output);
    assert!(report.contains(" this machine: no file descriptors left\n"), "{report}");
    assert!(!report.contains("refused") && !report.contains("os error"), "{report}");
}

#[test]
fn nobody_there_is_a_failure_of_its_own_kind() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let report = told(&load(&address, &["--rate=10", "--time=1s", "--report=siege"]));
    tells(&report, &["Availability:\t\t        0.00 %", "          10 connection refused"]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (options, told) in [
        (&[] as &[&str], "--rate <RATE>|--users <USERS>"),
        (&["--rate=1", "--users=1"], "cannot be used with"),
        (&["--rate=0"], "from 0.01 to 100000"),
        (&["--rate=1", "--delay=1s"], "cannot be used with"),
        (&["--rate=1", "--time=0s"], "a time of nothing: more than 0s"),
        (&["--rate=1", "--time=0S"], "a time of nothing: more than 0s"),
        (&["--rate=1", "--time=soon"], "a time such as 90s or 2m"),
        (&["--rate=1", "--timeout=0s"], "a time of nothing: more than 0s"),
        (&["--rate=1", "-H", "Host shop.example"], "there is no colon: NAME: VALUE"),
        (&["--rate=1", "-H", "My host: it"], "before the colon is a name"),
        (&["--rate=1", "-H", ": it"], "before the colon is a name"),
        (&["--rate=1", "-H", "Host: \u{1}"], "after the colon are ASCII characters"),
        (&["--rate=1", "-H", "Content-Length: 3"], "how long the body is says the body"),
    ] {
        let output = load("localhost:1", options);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{complained}");
        assert!(complained.contains(told), "{complained}");
    }
}
