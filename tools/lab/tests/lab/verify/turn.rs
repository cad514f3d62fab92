//! Which labs run side by side. Worksheets allow for a busy machine, and not for one on which
//! somebody else takes all the processor that there is, as the load of lab 04 does.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

static PROCESSOR: RwLock<()> = RwLock::new(());

/// Held while a lab runs.
pub(super) enum Turn {
    Beside { _others: RwLockReadGuard<'static, ()> },
    Alone { _with: RwLockWriteGuard<'static, ()> },
}

impl Turn {
    /// Waits for that of this lab.
    pub(super) fn of(lab: &str) -> Self {
        if lab == "04-autoscale" {
            Self::Alone { _with: PROCESSOR.write().unwrap_or_else(PoisonError::into_inner) }
        } else {
            Self::Beside { _others: PROCESSOR.read().unwrap_or_else(PoisonError::into_inner) }
        }
    }
}
