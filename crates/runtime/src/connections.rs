//! The connections that a port keeps, and which of them has to go for another one.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use crate::activity::Activity;

/// For whom there is room although all connections are in use: probes and operators.
const RESERVED: usize = 16;

/// All connections of a port.
pub(crate) struct Connections {
    most: usize,
    reserved: usize,
    open: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    last: u64,
    by_number: HashMap<u64, Arc<Activity>>,
}

/// The place of one connection, until it is dropped.
pub(crate) struct Place {
    number: u64,
    connections: Arc<Connections>,
    pub(crate) activity: Arc<Activity>,
    /// Whether it is one of those for probes and operators.
    reserved: AtomicBool,
}

impl Connections {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        let reserved = RESERVED.min(most.div_ceil(4));
        Arc::new(Self { most, reserved, open: Mutex::default() })
    }

    /// A place for another connection. If there is none left, that one is closed that is of the
    /// least use; if all are in use, there are still some for those who ask for the control plane.
    pub(crate) fn admit(self: &Arc<Self>) -> Option<Place> {
        let mut table = self.lock();
        if table.by_number.len() >= self.most {
            table.close_one();
        }
        let open = table.by_number.len();
        if open >= self.most + self.reserved {
            return None;
        }
        let activity = Arc::new(Activity::new());
        table.last += 1;
        let number = table.last;
        table.by_number.insert(number, activity.clone());
        let reserved = AtomicBool::new(open >= self.most);
        Some(Place { number, connections: self.clone(), activity, reserved })
    }

    /// Closes a connection so that its file can be used for another one.
    pub(crate) fn make_room(&self) -> bool {
        self.lock().close_one()
    }

    /// How many it keeps.
    pub(crate) fn most(&self) -> usize {
        self.most
    }

    fn is_full(&self) -> bool {
        self.lock().by_number.len() > self.most
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Closes the connection of the least use, if any can be spared; its place is free at once.
    fn close_one(&mut self) -> bool {
        let dispensable = |(number, it): (&u64, &Arc<Activity>)| Some((it.dispensable()?, *number));
        let Some((_, number)) = self.by_number.iter().filter_map(dispensable).min() else {
            return false;
        };
        if let Some(activity) = self.by_number.remove(&number) {
            activity.close();
        }
        true
    }
}

impl Place {
    /// Whether nothing but the control plane is answered here, as all other places are in use.
    pub(crate) fn is_reserved(&self) -> bool {
        if self.reserved.load(Relaxed) && !self.connections.is_full() {
            self.reserved.store(false, Relaxed);
        }
        self.reserved.load(Relaxed)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.lock().by_number.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Phase;

    fn closed(place: &Place) -> bool {
        !place.connections.lock().by_number.contains_key(&place.number)
    }

    #[tokio::test]
    async fn those_that_never_asked_go_first_and_those_that_are_answered_never() {
        let connections = Connections::new(3);
        let all = [(); 3].map(|()| connections.admit().expect("there is room"));
        let [busy, idle, silent] = &all;
        busy.activity.enter(Phase::Busy);
        idle.activity.enter(Phase::Idle);

        let fourth = connections.admit().expect("the silent one goes");
        assert!(closed(silent) && !closed(idle) && !closed(busy));
        assert!(!fourth.is_reserved());
        fourth.activity.enter(Phase::Busy);
        let fifth = connections.admit().expect("the idle one goes");
        assert!(closed(idle) && !closed(busy) && !closed(&fourth));
        fifth.activity.enter(Phase::Busy);

        let probe = connections.admit().expect("a place is reserved");
        assert!(probe.is_reserved());
        probe.activity.enter(Phase::Busy);
        assert!(connections.admit().is_none(), "one of three is, and it is taken");
        drop(fifth);
        assert!(!probe.is_reserved(), "there is room again");
    }
}
