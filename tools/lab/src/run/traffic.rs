//! How requests ended, second by second: read from the lines that siege and `lab load` show while they run.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::read::plain;

/// Hears what terminals show, and when.
#[derive(Debug, Clone)]
pub(crate) struct Listener {
    began: Instant,
    traffic: Arc<Mutex<Traffic>>,
}

impl Listener {
    pub(crate) fn new(began: Instant) -> Self {
        Self { began, traffic: Arc::default() }
    }

    pub(super) fn hear(&self, terminal: u32, line: &str) {
        let mut traffic = self.traffic.lock().unwrap_or_else(PoisonError::into_inner);
        traffic.hear(self.began.elapsed(), terminal, line);
    }

    pub(crate) fn traffic(&self) -> Traffic {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The requests of each terminal that made some, by second.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traffic {
    pub(crate) terminals: BTreeMap<u32, BTreeMap<u64, Second>>,
    progress: BTreeMap<u32, Progress>,
}

/// How the requests of a second ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Second {
    pub(crate) good: u64,
    /// By what went wrong.
    pub(crate) bad: BTreeMap<String, u64>,
}

impl Second {
    pub(crate) fn failed(&self) -> u64 {
        self.bad.values().sum()
    }

    pub(crate) fn add(&mut self, more: &Self) {
        self.good += more.good;
        more.bad.iter().for_each(|(kind, count)| {
            *self.bad.entry(kind.clone()).or_default() += count;
        });
    }
}

impl Traffic {
    /// Most lines tell of no request.
    pub(crate) fn hear(&mut self, at: Duration, terminal: u32, line: &str) {
        // Siege writes `[error]` in a colour whatever its settings say.
        let line = plain(line);
        let ended = if let Some(progress) = Progress::read(&line) {
            let before = self.progress.insert(terminal, progress.clone());
            Some(progress.since(before))
        } else {
            of_siege(&line)
        };
        if let Some(ended) = ended.filter(|it| *it != Second::default()) {
            let seconds = self.terminals.entry(terminal).or_default();
            seconds.entry(at.as_secs()).or_default().add(&ended);
        }
    }
}

/// `HTTP/1.1 200     0.01 secs:     301 bytes ==> GET  /orders`, or
/// `[error] socket: unable to connect sock.c:282: Connection refused`
fn of_siege(line: &str) -> Option<Second> {
    let failed = |kind: &str| Second { good: 0, bad: BTreeMap::from([(kind.to_owned(), 1)]) };
    if let Some(error) = line.strip_prefix("[error] ") {
        // What the system said of it comes last.
        let reason = error.rsplit(": ").next().unwrap_or(error).to_lowercase();
        return error.contains("sock").then(|| failed(&reason));
    }
    let (head, rest) = line.strip_prefix("HTTP/")?.split_once(" secs:")?;
    rest.contains(" bytes ==> ").then_some(())?;
    let status: u16 = head.split_whitespace().nth(1)?.parse().ok()?;
    let good = Second { good: 1, ..Second::default() };
    // As siege counts it.
    Some(if status < 400 { good } else { failed(&format!("status {status}")) })
}

/// What `lab load` tells once a second, all since it began:
/// `12 s: 24 well, 3 not (connection refused 3), 1 under way`
#[derive(Debug, Clone)]
struct Progress {
    second: u64,
    so_far: Second,
}

impl Progress {
    fn read(line: &str) -> Option<Self> {
        let (second, rest) = line.split_once(" s: ")?;
        let (good, rest) = rest.split_once(" well, ")?;
        let (not, _) = rest.rsplit_once(", ")?;
        let kinds = not.split_once(" not (").and_then(|(_, kinds)| kinds.strip_suffix(')'));
        let kinds = kinds.into_iter().flat_map(|it| it.split(", "));
        let bad = kinds.filter_map(|it| {
            let (kind, count) = it.rsplit_once(' ')?;
            Some((kind.to_owned(), count.parse().ok()?))
        });
        let so_far = Second { good: good.parse().ok()?, bad: bad.collect() };
        Some(Self { second: second.parse().ok()?, so_far })
    }

    /// What is new; all of it, if this is another load than before.
    fn since(self, before: Option<Self>) -> Second {
        let Some(before) = before.filter(|it| it.second < self.second) else { return self.so_far };
        let bad = self.so_far.bad.into_iter().map(|(kind, count)| {
            let known = before.so_far.bad.get(&kind).copied().unwrap_or_default();
            (kind, count.saturating_sub(known))
        });
        let good = self.so_far.good.saturating_sub(before.so_far.good);
        Second { good, bad: bad.filter(|(_, count)| *count > 0).collect() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Second, Traffic};

    fn heard(lines: &[(u64, &str)]) -> Vec<(u64, u64, String)> {
        let mut traffic = Traffic::default();
        for (at, line) in lines {
            traffic.hear(Duration::from_millis(*at), 2, line);
        }
        let told = |(second, it): (u64, Second)| (second, it.good, format!("{:?}", it.bad));
        traffic.terminals.remove(&2).unwrap_or_default().into_iter().map(told).collect()
    }

    #[test]
    fn the_lines_of_siege_are_requests() {
        let told = heard(&[
            (900, "The server is now under siege..."),
            (1000, "HTTP/1.1 200     0.01 secs:     301 bytes ==> GET  /orders"),
            (1900, "HTTP/1.1 201     0.01 secs:     301 bytes ==> POST /orders"),
            (1950, "HTTP/1.1 503     0.01 secs:     301 bytes ==> GET  /orders"),
            (
                3000,
                "[\u{1b}[1;33merror\u{1b}[0m] socket: unable to connect sock.c:282: Connection refused",
            ),
            (3100, "[error] socket: unable to connect sock.c:282: Connection refused"),
            (3200, "[error] descriptor table full: nothing of a request"),
            (4000, "Availability:\t\t       53.48 %"),
        ]);
        let all = [
            (1, 2, r#"{"status 503": 1}"#.to_owned()),
            (3, 0, r#"{"connection refused": 2}"#.to_owned()),
        ];
        assert_eq!(told, all);
    }

    #[test]
    fn the_progress_of_lab_load_is_what_is_new_in_it() {
        let told = heard(&[
            (1000, "1 s: 10 well, 0 not, 1 under way"),
            (2000, "2 s: 15 well, 5 not (connection refused 4, status 503 1), 1 under way"),
            (3000, "3 s: 15 well, 5 not (connection refused 4, status 503 1), 0 under way"),
            (9000, "1 s: 9 well, 0 not, 0 under way"),
        ]);
        let all = [
            (1, 10, "{}".to_owned()),
            (2, 5, r#"{"connection refused": 4, "status 503": 1}"#.to_owned()),
            (9, 9, "{}".to_owned()),
        ];
        assert_eq!(told, all);
    }

    #[test]
    fn what_tells_of_no_request_counts_for_nothing() {
        let lines = ["HTTP/1.1 200 OK", "pod/siege condition met", "12 s: all well, none not, so"];
        assert_eq!(heard(&lines.map(|it| (0, it))), []);
    }
}
