//! `RETENTION`: what a service removes beside its work, and the figures of it.

use std::sync::Arc;

use actuator::{Family, Kind};
use messaging::{
    Outbox,
    retention::{Cleaner, InboxSweep, LogSweep, Removed, Sweep},
};
use runtime::Service;

use crate::Membership;

impl Membership {
    /// Makes the service called `name` remove what nobody needs any more: events that every group
    /// has handled, what its inbox remembers of them, and what `own` removes.
    pub fn retain(
        &self,
        service: Service,
        name: &'static str,
        outbox: &Outbox,
        own: Option<Box<dyn Sweep>>,
    ) -> Service {
        let Some(retention) = self.messaging.retention.limit() else { return service };
        // Not the one that faults hit: what is removed is no part of a lab.
        let transport = &self.transport;
        let log = LogSweep::new(outbox.clone(), transport.clone(), name);
        let inbox = InboxSweep::new(outbox.clone(), transport.clone());
        let mut sweeps: Vec<Box<dyn Sweep>> = vec![Box::new(log), Box::new(inbox)];
        sweeps.extend(own);
        let cleaner = Cleaner::new(retention, sweeps);
        let figures = figures(&cleaner.removed());
        service.spawn(|drain| cleaner.run(drain)).sample(figures)
    }
}

fn figures(removed: &Arc<Removed>) -> [Family; 3] {
    let rows = removed.clone();
    let failures = removed.clone();
    let last_pass = removed.clone();
    [
        Family {
            name: "retention_removed_rows_total",
            help: "Rows that were removed because nobody can need them any more, by kind.",
            kind: Kind::Counter,
            label: "kind",
            read: Box::new(move || rows.rows()),
        },
        Family {
            name: "retention_failures_total",
            help: "Batches of old rows that could not be removed; the next pass tries again.",
            kind: Kind::Counter,
            label: "",
            read: Box::new(move || vec![("", failures.failures())]),
        },
        Family {
            name: "retention_last_pass_timestamp_seconds",
            help: "When old rows of every kind were last looked for with success; 0 before that.",
            kind: Kind::Gauge,
            label: "",
            read: Box::new(move || vec![("", last_pass.last_pass())]),
        },
    ]
}
