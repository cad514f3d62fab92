//! A start that takes its time.

use std::{
    sync::{Arc, atomic::AtomicBool},
    thread,
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{KnobArgs, MemoryBase, args::StartupMode};
use crate::dose::{Budget, Refused, burn};

/// A start under way: what it costs is paid on a thread of its own.
#[derive(Debug, Clone)]
pub(crate) struct Startup {
    began: Instant,
    delay: Duration,
    mode: StartupMode,
    memory: MemoryBase,
    /// Whether it takes longer than it has to.
    costs: bool,
    paid: watch::Receiver<bool>,
}

impl Startup {
    /// Begins to pay. `began` is when the process did.
    pub(crate) fn begin(
        began: Instant,
        args: &KnobArgs,
        budget: Arc<Budget>,
    ) -> Result<Self, String> {
        let of = |name: &'static str| move |why: Refused| format!("{name}: {why}");
        budget.allows_memory(args.memory_per_request.0).map_err(of("MEMORY_PER_REQUEST"))?;
        budget.allows_memory(args.leak_per_request.0).map_err(of("LEAK_PER_REQUEST"))?;
        let memory = MemoryBase::new(budget, args.memory_base).map_err(of("MEMORY_BASE"))?;
        let (done, paid) = watch::channel(false);
        let (size, cpu, base) = (args.memory_base, *args.startup_cpu, memory.clone());
        if size.0 > 0 || !cpu.is_zero() {
            thread::spawn(move || {
                base.fill();
                let spent = burn(cpu, &AtomicBool::new(false));
                tracing::debug!(?spent, "STARTUP_CPU is burnt:");
                done.send_replace(true);
            });
        } else {
            done.send_replace(true);
        }
        let (delay, mode) = (*args.startup_delay, args.startup_mode);
        let costs = !(delay.is_zero() && cpu.is_zero());
        Ok(Self { began, delay, mode, memory, costs, paid })
    }

    /// Whether nothing listens until it is over.
    pub(crate) fn is_closed(&self) -> bool {
        self.mode == StartupMode::Closed
    }

    /// Waits until it is over: the delay has passed, and all of the CPU is burnt.
    pub(crate) async fn over(self) {
        sleep_until(self.began + self.delay).await;
        // An error is a thread that died: there is nothing to wait for then.
        let _ = self.paid.clone().wait_for(|paid| *paid).await;
        let took = self.began.elapsed();
        if self.costs {
            tracing::info!(?took, "the start is over:");
        }
    }

    /// The memory that the process keeps.
    pub(crate) fn memory(&self) -> &MemoryBase {
        &self.memory
    }
}
