//! Whose last lines are worth reading, because they say what is wrong.

use std::collections::BTreeSet;

use super::{crash, job, seen::Seen, waiting};

/// Of so many containers at most: a namespace may be full of broken pods.
const MOST: usize = 40;

/// A container whose last lines are wanted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wanted {
    pub(super) pod: String,
    pub(super) container: String,
    /// Those of its run before this one.
    pub(super) before: bool,
}

pub(super) fn wanted(seen: &Seen) -> Vec<Wanted> {
    let all: BTreeSet<Wanted> = crash::ended(seen)
        .into_iter()
        .chain(job::failed(seen))
        .chain(waiting::unready(seen))
        .collect();
    let mut named = BTreeSet::new();
    let once = all.into_iter().filter(|it| named.insert((it.pod.clone(), it.container.clone())));
    once.take(MOST).collect()
}
