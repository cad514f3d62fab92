//! Faults of the whole process: what is taken while they are in force, and given back after.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

use super::{Fault, Faults, Hit};
use crate::dose::{Value, ballast, end};

/// In such slices a burner works and rests.
const SLICE: Duration = Duration::from_millis(10);
/// How long whoever wants a crash may take to get the answer.
const ANSWERING: Duration = Duration::from_millis(100);

/// Takes processor time, memory and disk as long as the faults want it, until `drain`.
pub(crate) async fn run(faults: Faults, drain: CancellationToken) {
    let mut changes = faults.changes();
    let mut taken = Taken::default();
    loop {
        crash(&faults).await;
        taken.follow(&faults).await;
        if drain.run_until_cancelled(faults.next(&mut changes)).await.is_none() {
            return;
        }
    }
}

/// A crash without a dose happens at once, but for the answer to whoever wanted it.
async fn crash(faults: &Faults) {
    if let Some(Hit { value: Value::End(how), .. }) = faults.on(Fault::Crash)
        && !faults.is_dosed(Fault::Crash)
    {
        tokio::time::sleep(ANSWERING).await;
        end(how);
    }
}

/// What this process has taken.
#[derive(Default)]
struct Taken {
    burners: Option<(Value, Burners)>,
    memory: Option<(Value, Vec<u8>)>,
    /// A file that goes when it is dropped.
    disk: Option<(Value, Option<NamedTempFile>)>,
}

impl Taken {
    async fn follow(&mut self, faults: &Faults) {
        let wanted = |fault| faults.on(fault).map(|hit| hit.value);
        let cpu = wanted(Fault::Cpu);
        if self.burners.as_ref().map(|(value, _)| value) != cpu.as_ref() {
            self.burners = None;
            if let Some(Value::Cores(cores)) = cpu {
                self.burners = Some((Value::Cores(cores), Burners::start(cores)));
            }
        }
        let memory = wanted(Fault::Memory);
        if self.memory.as_ref().map(|(value, _)| value) != memory.as_ref() {
            self.memory = None;
            if let Some(Value::Bytes(bytes)) = memory {
                let ballast = tokio::task::spawn_blocking(move || ballast(bytes)).await;
                self.memory = Some((Value::Bytes(bytes), ballast.unwrap_or_default()));
            }
        }
        let disk = wanted(Fault::Disk);
        if self.disk.as_ref().map(|(value, _)| value) != disk.as_ref() {
            self.disk = None;
            if let Some(Value::Bytes(bytes)) = disk {
                self.disk = Some((Value::Bytes(bytes), fill(bytes).await));
            }
        }
    }
}

async fn fill(bytes: u64) -> Option<NamedTempFile> {
    let written = tokio::task::spawn_blocking(move || -> io::Result<NamedTempFile> {
        // A name of its own: the services of a process fill the disk each for itself.
        let name = format!("bulsajo-fault-{}-", std::process::id());
        let mut file = tempfile::Builder::new().prefix(&name).tempfile()?;
        io::copy(&mut io::Read::take(io::repeat(1), bytes), &mut file)?;
        file.as_file().sync_all()?;
        Ok(file)
    });
    match written.await {
        Ok(Ok(file)) => Some(file),
        other => {
            tracing::warn!(?other, "the disk is not filled");
            None
        }
    }
}

/// Threads that keep cores busy.
struct Burners(Arc<AtomicBool>);

impl Burners {
    fn start(cores: f64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut left = cores;
        while left > 0.0 {
            let (share, stop) = (left.min(1.0), stop.clone());
            thread::spawn(move || burn_share(share, &stop));
            left -= 1.0;
        }
        Self(stop)
    }
}

impl Drop for Burners {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Is busy for its share of each slice.
fn burn_share(share: f64, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        while began.elapsed() < SLICE.mul_f64(share) {
            std::hint::spin_loop();
        }
        thread::sleep(SLICE.saturating_sub(began.elapsed()));
    }
}
