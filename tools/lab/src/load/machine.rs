//! What the machine that makes the load cannot do: no fault of whoever is asked.

use std::{io, time::Duration};

use rustix::{
    io::Errno,
    process::{Resource, Rlimit, getrlimit, setrlimit},
};

use super::tally::Tally;

/// So much longer than it was to take, as a share, and so much longer at all, may it take to begin
/// all requests: a rate within 5 % is the one that was asked for, and a single pause of a busy
/// machine is no rate that it cannot reach.
const SLACK: (f64, Duration) = (0.05, Duration::from_millis(100));

/// Takes as many file descriptors as are allowed: a shell often gives 1024 of them.
pub(super) fn take_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    // Where that is refused there are as many as before, and a request that finds none says so.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// What was missing here, if it was that. In `lab load`'s line of progress commas part the kinds.
pub(super) fn lacks(error: &io::Error) -> Option<&'static str> {
    match Errno::from_io_error(error)? {
        Errno::MFILE | Errno::NFILE => Some("this machine: no file descriptors left"),
        Errno::ADDRNOTAVAIL => Some("this machine: no local ports left"),
        Errno::NOBUFS | Errno::NOMEM => Some("this machine: no memory for sockets left"),
        _ => None,
    }
}

/// That requests began later than they were due, if they did.
pub(super) fn fell_behind(wanted: f64, tally: &Tally) -> Option<String> {
    let (planned, took) = (tally.planned(), tally.attack());
    let late = took.saturating_sub(planned);
    (late > SLACK.1.max(planned.mul_f64(SLACK.0))).then(|| {
        format!(
            "this machine sent {:.0} requests a second, not {wanted}: it cannot do more; the times \
             that they took are its own as much as the service's",
            tally.rate()
        )
    })
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        time::{Duration, Instant},
    };

    use super::{Tally, fell_behind, lacks};

    /// 101 requests in 10 s, of which the last began so much later than it was due.
    fn told(late: Duration) -> Option<String> {
        let (mut tally, began) = (Tally::begin(), Instant::now());
        for number in 0..=100 {
            let due = began + Duration::from_millis(100) * number;
            tally.sent(due, due + late * number / 100, 0);
        }
        fell_behind(10.0, &tally)
    }

    #[test]
    fn a_rate_that_was_not_reached_is_told() {
        assert_eq!(told(Duration::ZERO), None);
        assert_eq!(told(Duration::from_millis(490)), None, "within 5 %");
        let told = told(Duration::from_secs(10)).expect("half of it");
        assert!(told.starts_with("this machine sent 5 requests a second, not 10: "), "{told}");
    }

    #[test]
    fn a_pause_in_a_short_run_is_no_rate() {
        let (mut tally, began) = (Tally::begin(), Instant::now());
        for (due, sent) in [(0, 0), (100, 190)] {
            let at = |it| began + Duration::from_millis(it);
            tally.sent(at(due), at(sent), 0);
        }
        assert_eq!(fell_behind(10.0, &tally), None);
    }

    #[test]
    fn what_is_missing_here_is_told_apart_from_what_the_service_refuses() {
        let lacks = |code| lacks(&io::Error::from_raw_os_error(code));
        assert_eq!(lacks(24), Some("this machine: no file descriptors left"), "EMFILE");
        assert_eq!(lacks(99), Some("this machine: no local ports left"), "EADDRNOTAVAIL");
        assert_eq!(lacks(111), None, "ECONNREFUSED");
    }
}
