//! How a process takes SIGTERM, which way is in force, and how far it is on its way out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use actuator::{Health, Metrics, Traffic, seconds_until};
use clap::ValueEnum as _;
use tokio::{sync::watch, time};
/// How often a process that drains says so.
const SAID_EVERY: Duration = Duration::from_secs(1);

/// How long after a preStop hook SIGTERM may come. A kubelet sends it as soon as the hook has
/// answered; without one the process was not to leave, and goes on as before.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// How a process leaves after SIGTERM. Ctrl-C drains without the delay, whatever SHUTDOWN says.
#[derive(Debug, Clone, clap::Args)]
pub struct DrainArgs {
    /// What SIGTERM does to the process.
    #[arg(long, env, default_value = "graceful")]
    pub shutdown: Mode,

    /// How long to keep accepting after SIGTERM, so that load balancers notice that we leave;
    /// `0s` for none.
    #[arg(long, env, default_value = "5s")]
    pub drain_delay: humantime::Duration,

    /// How long requests and reactions under way may take after that.
    #[arg(long, env, default_value = "20s")]
    pub drain_timeout: humantime::Duration,

    /// How much longer than it needs a process with SHUTDOWN=slow stays.
    #[arg(long, env, default_value = "60s")]
    pub shutdown_slow: humantime::Duration,
}

/// What SIGTERM does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// Not ready at once, still serving for `DRAIN_DELAY`, then finishes what is under way and ends
    Graceful,
    /// Ends at once with code 143: requests under way are cut, and counted in the last log line
    Abrupt,
    /// Goes on as if nothing had been said, ready and serving, until SIGKILL
    IgnoreSigterm,
    /// Drains as `graceful`, then stays for `SHUTDOWN_SLOW`, neither ready nor accepting
    Slow,
}

impl Mode {
    /// What they are all called.
    pub fn names() -> impl Iterator<Item = String> {
        Self::value_variants().iter().map(Self::to_string)
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = self.to_possible_value().expect("no mode is hidden");
        f.write_str(value.get_name())
    }
}

/// How the process will leave, and whether it does: one for all of its services.
#[derive(Clone)]
pub struct Shutdown(Arc<Inner>);

struct Inner {
    args: DrainArgs,
    mode: watch::Sender<Mode>,
    services: Vec<(Health, Traffic)>,
    leaving: watch::Sender<Option<Leaving>>,
    /// Whether there is one: each answer asks.
    is_leaving: AtomicBool,
    frozen: AtomicBool,
}

/// That the process leaves.
#[derive(Debug, Clone, Copy)]
struct Leaving {
    accepts_until: Instant,
    /// Whether it is sure: a hook only says that SIGTERM will come.
    is_final: bool,
}

/// How far it is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Progress {
    pub(crate) in_flight: u64,
    pub(crate) served: u64,
    pub(crate) cut: u64,
}

impl Shutdown {
    pub fn new(args: DrainArgs, services: Vec<(Health, Metrics)>) -> Self {
        let traffic = |(health, metrics): (Health, Metrics)| (health, metrics.traffic().clone());
        Self(Arc::new(Inner {
            mode: watch::Sender::new(args.shutdown),
            args,
            services: services.into_iter().map(traffic).collect(),
            leaving: watch::Sender::new(None),
            is_leaving: AtomicBool::new(false),
            frozen: AtomicBool::new(false),
        }))
    }

    /// What the next SIGTERM will do.
    pub fn mode(&self) -> Mode {
        *self.0.mode.borrow()
    }

    /// Changes what the next SIGTERM will do; one that was taken is not taken back.
    pub fn set(&self, mode: Mode) {
        let before = self.0.mode.send_replace(mode);
        if before != mode {
            tracing::warn!(%before, now = %mode, "what SIGTERM does was changed");
        }
    }

    /// As the process was started; the mode may have been changed since.
    pub(crate) fn args(&self) -> &DrainArgs {
        &self.0.args
    }

    /// Whether every answer closes its connection, because there will not be another one.
    pub(crate) fn is_leaving(&self) -> bool {
        self.0.is_leaving.load(Relaxed)
    }

    /// Begins to leave: not ready any more, and accepting until the delay has passed.
    ///
    /// Who began before has waited before: the answer is when *that* delay has passed.
    pub(crate) fn begin(&self, why: &str, delay: Duration) -> Instant {
        self.leave(why, delay, true)
    }

    /// The same for a hook that says that SIGTERM will come; [`Self::recover`] takes it back.
    pub(crate) fn prepare(&self, why: &str, delay: Duration) -> Instant {
        self.leave(why, delay, false)
    }

    fn leave(&self, why: &str, delay: Duration, is_final: bool) -> Instant {
        let mut until = Instant::now() + delay;
        // One at a time: nothing is taken back half-way.
        self.0.leaving.send_modify(|leaving| {
            // Before any answer closes its connection: all that do are counted.
            self.0.services.iter().for_each(|(_, traffic)| traffic.drain());
            let leaving = leaving.get_or_insert(Leaving { accepts_until: until, is_final });
            leaving.is_final |= is_final;
            until = leaving.accepts_until;
            self.0.is_leaving.store(true, Relaxed);
            for (health, _) in &self.0.services {
                health.leave(format!("draining {why}"), until);
            }
        });
        until
    }

    /// Goes on as before when no SIGTERM has followed a hook within [`GRACE`] after its delay.
    pub(crate) async fn recover(self) {
        let mut leaving = self.0.leaving.subscribe();
        let is_prepared = |it: &Option<Leaving>| it.is_some_and(|it| !it.is_final);
        while let Ok(prepared) = leaving.wait_for(is_prepared).await.map(|it| *it) {
            let until = prepared.map_or_else(Instant::now, |it| it.accepts_until + GRACE);
            time::sleep_until(until.into()).await;
            self.0.leaving.send_if_modified(|leaving| self.stay(leaving));
        }
    }

    fn stay(&self, leaving: &mut Option<Leaving>) -> bool {
        if leaving.is_none_or(|it| it.is_final) {
            return false;
        }
        *leaving = None;
        self.0.is_leaving.store(false, Relaxed);
        for (health, traffic) in &self.0.services {
            health.stay();
            traffic.resume();
        }
        tracing::warn!("no SIGTERM came within {GRACE:?} after /prestop: ready again");
        true
    }

    /// How many seconds it will still accept.
    pub(crate) fn seconds_left(&self) -> Option<u64> {
        self.0.leaving.borrow().map(|it| seconds_until(it.accepts_until))
    }

    pub(crate) fn progress(&self) -> Progress {
        let add = |sum: Progress, (_, traffic): &(Health, Traffic)| Progress {
            in_flight: sum.in_flight + traffic.in_flight(),
            served: sum.served + traffic.served(),
            cut: sum.cut + traffic.cut(),
        };
        self.0.services.iter().fold(Progress::default(), add)
    }

    /// Says once a second how far it is, as long as it leaves, until this is dropped.
    pub(crate) async fn report(self) {
        let mut leaving = self.0.leaving.subscribe();
        while leaving.wait_for(Option::is_some).await.is_ok() {
            let Progress { in_flight, served, cut } = self.progress();
            tracing::info!(in_flight, served, cut, "draining:");
            time::sleep(SAID_EVERY).await;
        }
    }

    /// Ends the process with requests under way, as the kernel ends a program without a handler:
    /// exit code 143. From now on nothing is answered.
    ///
    /// What lies unread in sockets was sent to us and will be cut as well. It is taken first, which
    /// takes some milliseconds, or the count would be wrong.
    pub(crate) async fn cut(&self) -> ! {
        const MOMENT: Duration = Duration::from_millis(10);
        self.0.frozen.store(true, Relaxed);
        time::sleep(MOMENT).await;
        for _ in 0..10 {
            let before = self.progress().in_flight;
            time::sleep(MOMENT).await;
            if self.progress().in_flight == before {
                break;
            }
        }
        self.0.services.iter().for_each(|(_, traffic)| traffic.cut_all());
        tracing::warn!(cut = self.progress().cut, "ended at once by SIGTERM:");
        std::process::exit(143);
    }

    /// Holds whoever asks for ever, once the process is about to end at once.
    pub(crate) async fn hold_if_cut(&self) {
        if self.0.frozen.load(Relaxed) {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use actuator::{Group, Status};
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        drain: DrainArgs,
    }

    fn process() -> (Shutdown, Health) {
        let (health, metrics) = (Health::default(), Metrics::new("order"));
        health.started();
        let drain = Line::try_parse_from(["test"]).expect("defaults are right").drain;
        (Shutdown::new(drain, vec![(health.clone(), metrics)]), health)
    }

    #[tokio::test]
    async fn who_was_asked_to_leave_does_not_wait_again_when_told_to() {
        let (shutdown, health) = process();
        assert!(!shutdown.is_leaving() && shutdown.seconds_left().is_none());

        let first = shutdown.begin("after /prestop", Duration::from_secs(5));
        let second = shutdown.begin("after SIGTERM", Duration::from_hours(1));

        assert_eq!(first, second);
        assert!(shutdown.seconds_left() <= Some(5) && shutdown.is_leaving());
        let told = health.group(Group::Readiness).await;
        assert_eq!(told.status, Status::OutOfService);
        assert_eq!(told.reason.as_deref(), Some("draining after SIGTERM"));
        assert_eq!(health.group(Group::Liveness).await.status, Status::Up);
    }

    #[test]
    fn what_sigterm_does_can_be_changed_at_any_time() {
        let (shutdown, _) = process();
        assert_eq!(shutdown.mode(), Mode::Graceful);
        shutdown.set(Mode::IgnoreSigterm);
        assert_eq!(shutdown.clone().mode().to_string(), "ignore-sigterm");
    }
}
