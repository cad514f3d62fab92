//! What is wrong, why, and what to do.

/// How much of a service it takes away, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Its pods do not run.
    Stops,
    /// They run, but are killed, not ready, or not found.
    Fails,
    /// It cannot be changed or scaled.
    Halts,
    /// Something will never come, and there is a way without it.
    Waits,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) rank: Rank,
    /// Of which object, as kubectl takes it: `deploy/order`.
    pub(super) about: String,
    /// What can be seen of it, a sentence that begins after the object's name.
    pub(super) what: String,
    pub(super) cause: String,
    /// Commands to type or fields to change, a line each.
    pub(super) cure: Vec<String>,
    /// What the cluster or the container said about it.
    pub(super) said: Vec<String>,
}

impl Finding {
    pub(super) fn new(rank: Rank, about: &str, what: impl Into<String>) -> Self {
        let (about, what) = (about.to_owned(), what.into());
        Self { rank, about, what, cause: String::new(), cure: Vec::new(), said: Vec::new() }
    }

    pub(super) fn because(self, cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), ..self }
    }

    pub(super) fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure.push(cure.into());
        self
    }

    pub(super) fn said(mut self, line: impl Into<String>) -> Self {
        let line = line.into();
        if !line.is_empty() {
            self.said.push(line);
        }
        self
    }
}

/// Worst first, and the same of several pods once.
pub(super) fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|one, other| {
        (one.rank, &one.about, &one.what).cmp(&(other.rank, &other.about, &other.what))
    });
    findings.dedup_by(|one, other| (&one.about, &one.what) == (&other.about, &other.what));
    findings
}
