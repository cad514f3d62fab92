//! The faults of one service: which are in force, and what was done to them.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use jiff::Timestamp;
use tokio::sync::watch;

use super::{
    catalogue::{Fault, KINDS},
    force::{Force, Hit},
    request::Wish,
};
use crate::dose::{Budget, Refused, Share, Value};

/// How many changes are remembered.
const HISTORY: usize = 100;

/// The faults of one service. A restart forgets them all, which is what labs show.
#[derive(Clone)]
pub struct Faults(Arc<Inner>);

struct Inner {
    /// A bit for each fault in force: whoever may be hit looks here first.
    in_force: AtomicU32,
    state: Mutex<State>,
    /// Counts changes, for whoever acts as long as a fault is in force.
    changes: watch::Sender<u64>,
    budget: Arc<Budget>,
}

#[derive(Default)]
struct State {
    forces: Vec<Arc<Force>>,
    history: VecDeque<Change>,
}

/// Something that was done to a fault.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) at: Timestamp,
    pub(crate) fault: &'static str,
    /// `set`, `cleared`, or `over`.
    pub(crate) what: &'static str,
    pub(crate) by: String,
    pub(crate) hits: u64,
}

impl Faults {
    /// None yet; what they take comes out of this budget.
    pub fn of(budget: Arc<Budget>) -> Self {
        let changes = watch::Sender::new(0);
        let (in_force, state) = (AtomicU32::new(0), Mutex::default());
        Self(Arc::new(Inner { in_force, state, changes, budget }))
    }

    /// Whether anything is in force: one load of memory.
    pub fn any(&self) -> bool {
        self.0.in_force.load(Ordering::Relaxed) != 0
    }

    /// What the process may be made to take.
    pub fn budget(&self) -> &Budget {
        &self.0.budget
    }

    /// Puts a fault into force, in the place of the one of the same kind, unless a cap forbids it.
    pub fn set(&self, wish: Wish, by: &str) -> Result<(), Refused> {
        let fault = wish.fault;
        let mut state = self.state();
        let old = state.forces.iter().find(|it| it.wish.fault == fault);
        let share = self.share_of(&wish, old.and_then(|it| it.share.as_ref()))?;
        let force = Arc::new(Force::new(wish, by.to_owned(), share));
        state.forces.retain(|it| it.wish.fault != fault);
        state.forces.push(force);
        state.forces.sort_by_key(|it| it.wish.fault);
        self.note(&mut state, fault, "set", by, 0);
        tracing::warn!(fault = fault.kind().name, by, "a fault is in force");
        Ok(())
    }

    /// What the fault takes as long as it is in force.
    fn share_of(&self, wish: &Wish, old: Option<&Share>) -> Result<Option<Share>, Refused> {
        let budget = self.budget();
        match (wish.fault, &wish.value) {
            (Fault::Memory, Value::Bytes(bytes)) => budget.memory(*bytes, old).map(Some),
            (Fault::Disk, Value::Bytes(bytes)) => budget.disk(*bytes, old).map(Some),
            (Fault::Cpu, Value::Cores(cores)) => budget.cores(*cores, old).map(Some),
            (Fault::Leak, Value::Bytes(bytes)) => budget.allows_memory(*bytes).map(|()| None),
            _ => Ok(None),
        }
    }

    /// Takes a fault out of force; false if it was not.
    pub fn clear(&self, fault: Fault, by: &str) -> bool {
        let mut state = self.state();
        let Some(index) = state.forces.iter().position(|it| it.wish.fault == fault) else {
            return false;
        };
        let hits = state.forces.remove(index).hits();
        self.note(&mut state, fault, "cleared", by, hits);
        tracing::warn!(fault = fault.kind().name, by, hits, "a fault is cleared");
        true
    }

    /// Takes all of them out of force.
    pub fn clear_all(&self, by: &str) {
        for kind in KINDS {
            self.clear(kind.fault, by);
        }
    }

    /// Whether this fault is in force, with its value. For faults that hit the whole process.
    pub fn on(&self, fault: Fault) -> Option<Hit> {
        let force = self.force(fault)?;
        Some(Hit { value: force.wish.value.clone(), draw: 0.0 })
    }

    /// Decides whether this fault hits the operation that is about to begin.
    pub fn strike(&self, fault: Fault) -> Option<Hit> {
        self.force(fault)?.strike()
    }

    /// Decides whether this fault hits a request.
    pub fn strike_request(&self, fault: Fault, method: &str, path: &str) -> Option<Hit> {
        let force = self.force(fault)?;
        if force.wish.concerns(method, path) { force.strike() } else { None }
    }

    /// Whether this fault was set with `rate` or `failNext`.
    pub fn is_dosed(&self, fault: Fault) -> bool {
        self.force(fault).is_some_and(|force| force.wish.dosed)
    }

    /// Follows changes, for [`Self::next`]: it counts up with each.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Waits while this fault is in force.
    pub async fn while_on(&self, fault: Fault) {
        if !self.any() {
            return;
        }
        let mut changes = self.changes();
        while self.force(fault).is_some() {
            self.next(&mut changes).await;
        }
    }

    /// Waits until something may be different: a change that `changes` has not seen, or the end of
    /// the next fault whose time is over.
    ///
    /// `changes` comes from [`Self::changes`], before anything was looked at: then nothing that
    /// happens meanwhile is missed.
    pub async fn next(&self, changes: &mut watch::Receiver<u64>) {
        let next = self.forces().iter().filter_map(|it| it.until).min();
        let over = async {
            match next {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = over => {}
            _ = changes.changed() => {}
        }
    }

    pub(crate) fn forces(&self) -> Vec<Arc<Force>> {
        let mut state = self.state();
        self.bury(&mut state);
        state.forces.clone()
    }

    pub(crate) fn history(&self) -> Vec<Change> {
        self.state().history.iter().cloned().collect()
    }

    fn force(&self, fault: Fault) -> Option<Arc<Force>> {
        if self.0.in_force.load(Ordering::Relaxed) & bit(fault) == 0 {
            return None;
        }
        let mut state = self.state();
        self.bury(&mut state);
        state.forces.iter().find(|it| it.wish.fault == fault).cloned()
    }

    /// Takes away what is over by itself.
    fn bury(&self, state: &mut State) {
        let over: Vec<Arc<Force>> =
            state.forces.iter().filter(|it| it.is_over()).cloned().collect();
        for force in over {
            let fault = force.wish.fault;
            state.forces.retain(|it| it.wish.fault != fault);
            self.note(state, fault, "over", &force.set_by, force.hits());
            tracing::warn!(fault = fault.kind().name, hits = force.hits(), "a fault is over");
        }
    }

    fn note(&self, state: &mut State, fault: Fault, what: &'static str, by: &str, hits: u64) {
        let bits = state.forces.iter().fold(0, |bits, it| bits | bit(it.wish.fault));
        self.0.in_force.store(bits, Ordering::Relaxed);
        let (at, by, fault) = (Timestamp::now(), by.to_owned(), fault.kind().name);
        state.history.push_back(Change { at, fault, what, by, hits });
        if state.history.len() > HISTORY {
            state.history.pop_front();
        }
        self.0.changes.send_modify(|count| *count += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bit(fault: Fault) -> u32 {
    1 << fault as u32
}

#[cfg(test)]
mod tests;
