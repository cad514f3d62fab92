//! Faults of what a process shows of itself: its probes, and what SIGTERM does.

use actuator::{Group, Health};
use runtime::Shutdown;
use tokio_util::sync::CancellationToken;

use crate::{
    dose::Value,
    faults::{Fault, Faults, Hit},
};

const PROBES: [(Fault, Group); 3] = [
    (Fault::Liveness, Group::Liveness),
    (Fault::Readiness, Group::Readiness),
    (Fault::Startup, Group::Startup),
];

/// Hangs probes as long as the process is deadlocked: a client learns of it by a time-out alone.
pub(crate) async fn hang(faults: Faults) {
    faults.while_on(Fault::Deadlock).await;
}

/// Lets probes fail and SIGTERM misbehave as long as the faults want it, until `stop`.
pub(crate) async fn follow(
    faults: Faults,
    health: Health,
    shutdown: Shutdown,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut changes = faults.changes();
    let mut before = None;
    loop {
        for (fault, group) in PROBES {
            if faults.on(fault).is_some() {
                let name = fault.kind().name;
                health.fail(group, format!("the fault `{name}` is in force"));
            } else {
                health.heal(group);
            }
        }
        match (faults.on(Fault::Sigterm), before) {
            (Some(Hit { value: Value::Mode(mode), .. }), _) => {
                before.get_or_insert(shutdown.mode());
                shutdown.set(mode);
            }
            (_, Some(mode)) => {
                shutdown.set(mode);
                before = None;
            }
            _ => {}
        }
        if stop.run_until_cancelled(faults.next(&mut changes)).await.is_none() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use actuator::{Metrics, Status};
    use clap::Parser;
    use runtime::{DrainArgs, Mode};

    use super::*;
    use crate::faults::Wish;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        drain: DrainArgs,
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_heals_and_sigterm_is_itself_again_the_moment_their_time_is_over() {
        let (faults, health) = (Faults::of(Arc::default()), Health::default());
        health.started();
        let drain = Line::try_parse_from(["test"]).expect("defaults are right").drain;
        let shutdown = Shutdown::new(drain, vec![(health.clone(), Metrics::new("order"))]);
        // For ten minutes unless told otherwise.
        faults.set(Wish::plain(Fault::Readiness), "me").expect("there is room");
        faults.set(Wish::plain(Fault::Sigterm), "me").expect("there is room");
        let stop = CancellationToken::new();
        let following = follow(faults, health.clone(), shutdown.clone(), stop.clone());
        let watching = async {
            let ready = async || health.group(Group::Readiness).await.status == Status::Up;
            tokio::time::sleep(Duration::from_millis(599_999)).await;
            assert!(!ready().await);
            assert_eq!(shutdown.mode(), Mode::IgnoreSigterm);
            tokio::time::sleep(Duration::from_millis(2)).await;
            assert!(ready().await);
            assert_eq!(shutdown.mode(), Mode::Graceful);
            stop.cancel();
        };
        let (followed, ()) = tokio::join!(following, watching);
        followed.expect("it was told to stop");
    }
}
