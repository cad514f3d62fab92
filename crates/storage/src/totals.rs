//! Counts that are remembered until something changes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// By query: at which generation of the data it was asked, and what it answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals(Arc<Mutex<HashMap<String, (u64, i64)>>>);

impl Totals {
    /// What the query answers, if nothing has changed since it was asked.
    pub(crate) fn get(&self, sql: &str, now: u64) -> Option<i64> {
        let totals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        totals.get(sql).filter(|(then, _)| *then == now).map(|(_, total)| *total)
    }

    /// Remembers an answer. `before` was read before asking: a change meanwhile makes it old.
    pub(crate) fn set(&self, sql: String, before: u64, total: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(sql, (before, total));
    }
}
