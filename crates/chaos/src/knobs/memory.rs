//! The memory that a process keeps resident from its start.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use runtime::Size;

use crate::dose::{Budget, Refused, Share, ballast};

/// `MEMORY_BASE` of the whole process, shared by its services.
#[derive(Debug, Clone)]
pub(crate) struct MemoryBase(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    budget: Arc<Budget>,
    /// One change at a time: each takes the place of what was there.
    kept: Mutex<Option<(Share, Vec<u8>)>>,
    size: AtomicU64,
    resident: AtomicU64,
}

impl MemoryBase {
    /// Memory that is to be of this size, which is taken from the budget at once; [`Self::fill`]
    /// makes it resident.
    pub(crate) fn new(budget: Arc<Budget>, size: Size) -> Result<Self, Refused> {
        let kept = Mutex::new(Some((budget.memory(size.0, None)?, Vec::new())));
        let (size, resident) = (AtomicU64::new(size.0), AtomicU64::new(0));
        Ok(Self(Arc::new(Inner { budget, kept, size, resident })))
    }

    /// Makes all of it resident, which takes a while for much.
    pub(crate) fn fill(&self) {
        if let Some((share, bytes)) = &mut *self.kept() {
            *bytes = ballast(share.amount());
            self.0.resident.store(share.amount(), Relaxed);
        }
    }

    /// Keeps so much resident in the place of what was, which takes a while for much.
    pub(crate) fn keep(&self, size: Size) -> Result<(), Refused> {
        let mut kept = self.kept();
        let share = self.0.budget.memory(size.0, kept.as_ref().map(|(share, _)| share))?;
        // First the old, or both were resident for a moment.
        *kept = None;
        *kept = Some((share, ballast(size.0)));
        self.0.size.store(size.0, Relaxed);
        self.0.resident.store(size.0, Relaxed);
        Ok(())
    }

    /// How much it is, or will be in a moment.
    pub(crate) fn size(&self) -> Size {
        Size(self.0.size.load(Relaxed))
    }

    /// Bytes that are resident.
    pub(crate) fn resident(&self) -> u64 {
        self.0.resident.load(Relaxed)
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.0.budget
    }

    fn kept(&self) -> MutexGuard<'_, Option<(Share, Vec<u8>)>> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
