//! Faults of the whole process: what is taken while they are in force, and given back after.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};
use tokio_util::sync::CancellationToken;

use crate::{Fault, Faults, Hit, value::Value};

/// In such slices a burner works and rests.
const SLICE: Duration = Duration::from_millis(10);
/// How long whoever wants a crash may take to get the answer.
const ANSWERING: Duration = Duration::from_millis(100);
/// How much memory one page is; each is written to, because untouched memory is not resident.
const PAGE: usize = 4096;

/// Takes processor time, memory and disk as long as the faults want it, until `drain`.
pub async fn run(faults: Faults, drain: CancellationToken) {
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
        crate::end(how);
    }
}

/// What this process has taken.
#[derive(Default)]
struct Taken {
    burners: Option<(Value, Burners)>,
    memory: Option<(Value, Vec<u8>)>,
    disk: Option<(Value, PathBuf)>,
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
            self.remove_file().await;
            if let Some(Value::Bytes(bytes)) = disk {
                self.disk = Some((Value::Bytes(bytes), fill(bytes).await));
            }
        }
    }

    async fn remove_file(&mut self) {
        if let Some((_, file)) = self.disk.take() {
            let _ = tokio::fs::remove_file(file).await;
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some((_, file)) = self.disk.take() {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// Memory that is resident.
pub(crate) fn ballast(bytes: u64) -> Vec<u8> {
    let mut memory = vec![0; usize::try_from(bytes).unwrap_or(0)];
    for page in memory.chunks_mut(PAGE) {
        page[0] = 1;
    }
    memory
}

async fn fill(bytes: u64) -> PathBuf {
    let file = std::env::temp_dir().join(format!("bulsajo-fault-{}", std::process::id()));
    let path = file.clone();
    let written = tokio::task::spawn_blocking(move || {
        let mut file = std::fs::File::create(&path)?;
        std::io::copy(&mut std::io::Read::take(std::io::repeat(1), bytes), &mut file)?;
        file.sync_all()
    });
    match written.await {
        Ok(Ok(())) => {}
        other => tracing::warn!(?other, file = %file.display(), "the disk is not filled"),
    }
    file
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

/// Memory that requests have leaked, and how much there may be of it.
#[derive(Debug)]
pub struct Leaks {
    total: AtomicU64,
    cap: u64,
}

impl Leaks {
    pub fn new(cap: u64) -> Self {
        Self { total: AtomicU64::new(0), cap }
    }

    /// Leaks so much, unless that would be more than the cap; false then.
    pub fn leak(&self, bytes: u64) -> bool {
        let total = self.total.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if total > self.cap {
            self.total.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        Box::leak(ballast(bytes).into_boxed_slice());
        true
    }
}

/// Spends so much processor time of this thread, however many share the core.
pub fn burn(cost: Duration) {
    let began = thread_time();
    while thread_time().saturating_sub(began) < cost {
        for _ in 0..1000 {
            std::hint::spin_loop();
        }
    }
}

fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let part = |figure: i64| u64::try_from(figure).unwrap_or(0);
    Duration::from_secs(part(now.tv_sec)) + Duration::from_nanos(part(now.tv_nsec))
}
