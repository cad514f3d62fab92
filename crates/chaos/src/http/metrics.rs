//! What knobs have done, for Prometheus.

use actuator::{Family, Kind};

use crate::knobs::Knobs;

/// The figures of a service's knobs.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub(crate) fn of_knobs(knobs: &Knobs) -> [Family; 3] {
    let (requests, cpu, memory) = (knobs.clone(), knobs.clone(), knobs.clone());
    let one = |figure| vec![("", figure)];
    [
        Family {
            name: "knob_requests_total",
            help: "Requests that paid for a knob.",
            kind: Kind::Counter,
            label: "",
            read: Box::new(move || one(requests.paid().requests as f64)),
        },
        Family {
            name: "knob_cpu_seconds_total",
            help: "CPU time that requests burnt for knobs.",
            kind: Kind::Counter,
            label: "",
            read: Box::new(move || one(cpu.paid().cpu.as_secs_f64())),
        },
        Family {
            name: "knob_resident_bytes",
            help: "Memory that knobs keep resident; base is the whole process's.",
            kind: Kind::Gauge,
            label: "for",
            read: Box::new(move || {
                let paid = memory.paid();
                vec![
                    ("base", paid.base as f64),
                    ("requests", paid.held as f64),
                    ("leaked", paid.leaked as f64),
                ]
            }),
        },
    ]
}
