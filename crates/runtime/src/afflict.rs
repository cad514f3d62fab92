//! Faults of what a process shows of itself: its probes, and what SIGTERM does.

use std::time::Duration;

use actuator::{Group, Health};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use clap::ValueEnum as _;
use faults::{Fault, Faults, Hit, Value};
use tokio_util::sync::CancellationToken;

use crate::{Mode, Shutdown};

/// How long a fault that is over by itself may go unnoticed.
const LOOK: Duration = Duration::from_millis(200);

const PROBES: [(Fault, Group); 3] = [
    (Fault::Liveness, Group::Liveness),
    (Fault::Readiness, Group::Readiness),
    (Fault::Startup, Group::Startup),
];

/// Hangs probes as long as the process is deadlocked: who asks learns of it by a time-out alone.
/// A layer around the health routes, and around nothing else of the control plane.
pub(crate) async fn hang(State(faults): State<Faults>, request: Request, next: Next) -> Response {
    faults.while_on(Fault::Deadlock).await;
    next.run(request).await
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
                shutdown.set(Mode::from_str(&mode, false).unwrap_or(Mode::Graceful));
            }
            (_, Some(mode)) => {
                shutdown.set(mode);
                before = None;
            }
            _ => {}
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            _ = changes.changed() => {}
            () = tokio::time::sleep(LOOK), if faults.any() => {}
        }
    }
}
