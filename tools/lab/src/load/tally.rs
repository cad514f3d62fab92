//! What became of every request.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{
    client::{Answer, Failed},
    durations::Durations,
};

/// Sent is answered and failed and under way: nothing is left out.
#[derive(Debug)]
pub(super) struct Tally {
    began: Instant,
    pub(super) sent: u64,
    /// Answers by status.
    pub(super) statuses: BTreeMap<u16, u64>,
    /// Requests without an answer, by reason.
    pub(super) failures: BTreeMap<Failed, u64>,
    pub(super) bytes: u64,
    pub(super) bytes_out: u64,
    /// How long each took, with answer or without.
    pub(super) took: Durations,
    /// When the first and the last were due, and when they began.
    due: Option<(Instant, Instant)>,
    sending: Option<(Instant, Instant)>,
    ended: Option<Instant>,
}

impl Tally {
    pub(super) fn begin() -> Self {
        Self {
            began: Instant::now(),
            sent: 0,
            statuses: BTreeMap::new(),
            failures: BTreeMap::new(),
            bytes: 0,
            bytes_out: 0,
            took: Durations::default(),
            due: None,
            sending: None,
            ended: None,
        }
    }

    /// One begins, later than it was due if the machine has too much to do.
    pub(super) fn sent(&mut self, due: Instant, begins: Instant, bytes: u64) {
        self.sent += 1;
        self.bytes_out += bytes;
        let wider = |span: Option<(Instant, Instant)>, it: Instant| {
            span.map_or((it, it), |(first, last)| (first.min(it), last.max(it)))
        };
        self.due = Some(wider(self.due, due));
        self.sending = Some(wider(self.sending, begins));
    }

    pub(super) fn ended(&mut self, due: Instant, how: Result<Answer, Failed>) {
        self.took.add(due.elapsed());
        self.ended = Some(Instant::now());
        match how {
            Ok(Answer { status, bytes }) => {
                *self.statuses.entry(status).or_default() += 1;
                self.bytes += bytes;
            }
            Err(failed) => *self.failures.entry(failed).or_default() += 1,
        }
    }

    /// Answers that are no errors.
    pub(super) fn good(&self) -> u64 {
        self.statuses.iter().filter(|(status, _)| **status < 400).map(|(_, count)| count).sum()
    }

    /// Answers that are errors, and what was not answered.
    pub(super) fn bad(&self) -> u64 {
        self.sent - self.good()
    }

    /// Each way to fail, and how often it was.
    pub(super) fn by_kind(&self) -> Vec<(String, u64)> {
        let errors = self.statuses.iter().filter(|(status, _)| **status >= 400);
        let errors = errors.map(|(status, count)| (format!("status {status}"), *count));
        let others = self.failures.iter().map(|(kind, count)| (kind.to_string(), *count));
        errors.chain(others).collect()
    }

    /// From the beginning of the first request to that of the last.
    pub(super) fn attack(&self) -> Duration {
        self.sending.map_or(Duration::ZERO, |(first, last)| last - first)
    }

    /// The same, as it was to be.
    pub(super) fn planned(&self) -> Duration {
        self.due.map_or(Duration::ZERO, |(first, last)| last - first)
    }

    /// So many began in a second.
    #[expect(clippy::cast_precision_loss, reason = "no load counts to 2^52")]
    pub(super) fn rate(&self) -> f64 {
        let attack = self.attack().as_secs_f64();
        if attack > 0.0 { self.sent as f64 / attack } else { 0.0 }
    }

    /// From the last request to the last end.
    pub(super) fn wait(&self) -> Duration {
        let ends = self.sending.zip(self.ended);
        ends.map_or(Duration::ZERO, |((_, last), ended)| ended.saturating_duration_since(last))
    }

    /// `12 s: 24 well, 3 not (connection refused 3), 1 under way`
    pub(super) fn progress(&self) -> String {
        let under_way = self.sent - self.took.count();
        let kinds = self.by_kind().into_iter().map(|(kind, count)| format!("{kind} {count}"));
        let kinds: Vec<String> = kinds.collect();
        let kinds =
            if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
        let (seconds, good) = (self.began.elapsed().as_secs(), self.good());
        let bad = self.bad() - under_way;
        format!("{seconds} s: {good} well, {bad} not{kinds}, {under_way} under way")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{Answer, Failed, Tally};

    #[test]
    fn nothing_is_left_out() {
        let mut tally = Tally::begin();
        let now = Instant::now();
        let ends = [
            Ok(Answer { status: 200, bytes: 10 }),
            Ok(Answer { status: 503, bytes: 5 }),
            Err(Failed::Refused),
            Err(Failed::Refused),
            Err(Failed::TimedOut),
        ];
        for end in ends {
            tally.sent(now, now, 7);
            tally.ended(now, end);
        }
        tally.sent(now, now, 7);
        assert_eq!((tally.good(), tally.bad()), (1, 5));
        assert_eq!((tally.bytes, tally.bytes_out), (15, 42));
        assert_eq!(
            tally.progress(),
            "0 s: 1 well, 4 not (status 503 1, connection refused 2, timed out 1), 1 under way"
        );
    }
}
