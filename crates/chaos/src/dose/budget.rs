//! What a process may be made to take, in all: over its services, and over faults and cost knobs.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

use runtime::Size;
use serde_json::{Value as Json, json};

use crate::FaultArgs;

/// How much memory one page is; each is written to, because untouched memory is not resident.
const PAGE: usize = 4096;

/// The caps of one process, shared by all its services.
#[derive(Debug)]
pub struct Budget {
    memory: Arc<Pot>,
    /// In thousandths of a core.
    cores: Arc<Pot>,
    disk: Arc<Pot>,
}

/// One cap, and what is taken of it.
#[derive(Debug)]
struct Pot {
    setting: &'static str,
    cap: u64,
    taken: AtomicU64,
    refused: AtomicU64,
    said: AtomicBool,
}

/// A part of a budget; dropping it gives it back.
#[derive(Debug)]
pub struct Share {
    pot: Arc<Pot>,
    amount: u64,
}

/// A cap does not allow it; the text says which, and what is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl Default for Budget {
    fn default() -> Self {
        Self::new(u64::MAX, u64::MAX, u64::MAX)
    }
}

impl Budget {
    fn new(memory: u64, cores: u64, disk: u64) -> Self {
        let pot = |setting, cap| {
            let (taken, refused) = (AtomicU64::new(0), AtomicU64::new(0));
            Arc::new(Pot { setting, cap, taken, refused, said: AtomicBool::new(false) })
        };
        Self {
            memory: pot("MEMORY_CAP", memory),
            cores: pot("CPU_CAP", cores),
            disk: pot("DISK_CAP", disk),
        }
    }

    /// The caps of a process.
    pub fn of(args: &FaultArgs) -> Arc<Self> {
        Arc::new(Self::new(args.memory_cap.0, thousandths(args.cpu_cap), args.disk_cap.0))
    }

    /// Takes memory, in the place of a share that its owner is about to give back.
    pub fn memory(&self, bytes: u64, instead_of: Option<&Share>) -> Result<Share, Refused> {
        self.memory.take(bytes, instead_of)
    }

    /// Takes cores to keep busy.
    pub fn cores(&self, cores: f64, instead_of: Option<&Share>) -> Result<Share, Refused> {
        self.cores.take(thousandths(cores), instead_of)
    }

    /// Takes room on the disk.
    pub fn disk(&self, bytes: u64, instead_of: Option<&Share>) -> Result<Share, Refused> {
        self.disk.take(bytes, instead_of)
    }

    /// Whether so much memory may be taken at all, if nothing else is.
    pub fn allows_memory(&self, bytes: u64) -> Result<(), Refused> {
        if bytes <= self.memory.cap { Ok(()) } else { Err(self.memory.refusal(bytes, 0)) }
    }

    /// Takes memory that is never given back, and makes it resident; false if the cap is reached.
    pub fn leak(&self, bytes: u64) -> bool {
        let Ok(share) = self.memory(bytes, None) else { return false };
        std::mem::forget(share);
        Box::leak(ballast(bytes).into_boxed_slice());
        true
    }

    /// Every cap with what is taken, for whoever asks.
    pub fn shown(&self) -> Json {
        let pot = |pot: &Pot| {
            let figure = |amount: u64| pot.figure(amount);
            json!({
                "cap": figure(pot.cap),
                "taken": figure(pot.taken.load(Relaxed)),
                "refused": pot.refused.load(Relaxed),
            })
        };
        json!({
            "MEMORY_CAP": pot(&self.memory),
            "CPU_CAP": pot(&self.cores),
            "DISK_CAP": pot(&self.disk),
        })
    }
}

impl Pot {
    fn take(self: &Arc<Self>, amount: u64, old: Option<&Share>) -> Result<Share, Refused> {
        let back = old.map_or(0, |share| share.amount);
        let grown = self.taken.fetch_update(Relaxed, Relaxed, |taken| {
            let left = self.cap.saturating_sub(taken - back);
            (amount <= left).then(|| taken + amount)
        });
        match grown {
            Ok(_) => Ok(Share { pot: self.clone(), amount }),
            Err(taken) => {
                self.refused.fetch_add(1, Relaxed);
                let refused = self.refusal(amount, taken - back);
                // Once: a request that leaks comes again and again.
                if !self.said.swap(true, Relaxed) {
                    tracing::warn!(%refused, "a cap is reached; this is said once:");
                }
                Err(refused)
            }
        }
    }

    fn refusal(&self, amount: u64, taken: u64) -> Refused {
        let (setting, cap) = (self.setting, self.written(self.cap));
        let text = format!("{} is more than {setting}={cap} allows", self.written(amount));
        Refused(match taken {
            0 => text,
            taken => format!("{text}: {} is taken in this process", self.written(taken)),
        })
    }

    fn written(&self, amount: u64) -> String {
        match self.setting {
            "CPU_CAP" => format!("{} cores", cores(amount)),
            _ => Size(amount).to_string(),
        }
    }

    /// Bytes, or cores.
    fn figure(&self, amount: u64) -> Json {
        if self.setting == "CPU_CAP" { cores(amount).into() } else { amount.into() }
    }
}

impl Share {
    pub fn amount(&self) -> u64 {
        self.amount
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.pot.taken.fetch_sub(self.amount, Relaxed);
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 64 cores")]
fn thousandths(cores: f64) -> u64 {
    (cores * 1000.0).round() as u64
}

#[expect(clippy::cast_precision_loss, reason = "0 to 64 cores")]
fn cores(thousandths: u64) -> f64 {
    thousandths as f64 / 1000.0
}

/// Memory that is resident, and stays so: no page is like another, so that the kernel can neither
/// merge them nor take them for empty.
pub(crate) fn ballast(bytes: u64) -> Vec<u8> {
    static PAGES: AtomicU64 = AtomicU64::new(1);
    let mut memory = vec![0; usize::try_from(bytes).unwrap_or(0)];
    let count = memory.len().div_ceil(PAGE) as u64;
    let first = PAGES.fetch_add(count, Relaxed);
    for (page, number) in memory.chunks_mut(PAGE).zip(first..) {
        let mark = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
        let length = page.len().min(mark.len());
        page[..length].copy_from_slice(&mark[..length]);
    }
    memory
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_share_it_get_no_more_than_the_cap() {
        let budget = Budget::new(100, 0, 0);
        let first = budget.memory(60, None).expect("there is room");
        let refused = budget.memory(41, None).expect_err("there is none").to_string();
        assert!(
            refused.contains("MEMORY_CAP=100B") && refused.contains("60B is taken"),
            "{refused}"
        );
        let second = budget.memory(40, None).expect("there is room");
        drop(first);
        budget.memory(60, None).expect("it was given back");
        let instead = budget.memory(100, Some(&second)).expect("the second goes");
        drop(second);
        budget.memory(1, None).expect_err("all is taken");
        drop(instead);
        assert_eq!(budget.shown()["MEMORY_CAP"], json!({"cap": 100, "taken": 0, "refused": 2}));
    }

    #[test]
    fn cores_are_counted_in_thousandths() {
        let budget = Budget::new(0, thousandths(1.5), 0);
        let _half = budget.cores(0.5, None).expect("there is room");
        budget.cores(1.001, None).expect_err("there is none");
        budget.cores(1.0, None).expect("there is room");
    }

    #[test]
    fn no_page_of_ballast_is_like_another() {
        let memory = ballast(3 * 4096 + 5);
        let pages: std::collections::BTreeSet<&[u8]> = memory.chunks(4096).collect();
        assert_eq!(pages.len(), 4);
    }
}
