//! The cells of the matrix, and what is to be seen of each.

/// An `order` with one probe, of which it is known what makes it fail.
#[derive(Debug)]
pub(crate) struct Cell {
    /// Type and kind of the probe come first in it.
    pub name: &'static str,
    /// What the chart's values say besides.
    pub more: &'static str,
    pub at_first: State,
    /// What is sent to the pod by PUT.
    pub fault: Option<&'static str>,
    pub then: State,
    /// What an event says of the probe. None: no probe has failed.
    pub said: Option<&'static str>,
    pub remedy: Remedy,
    pub at_last: State,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum State {
    /// One pod, never restarted, and in the endpoints.
    Well,
    /// One pod, never restarted, and not in the endpoints.
    Out,
    /// Restarted, and in the endpoints again.
    Back,
    /// Restarted, and about to be again.
    Restarted,
    /// Restarted, and never in the endpoints.
    NeverUp,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Remedy {
    None,
    /// A request to the pod.
    Ask(&'static str, &'static str),
    /// The probe at the port that is open.
    RightPort,
}

use Remedy::{Ask, RightPort};
use State::{Back, NeverUp, Out, Restarted, Well};

const REFUSED: Option<&str> = Some("connection refused");
const NOTHING_ANSWERS: Option<&str> = Some("nothing answers on port 8080");
const NO_CONNECTION: Option<&str> = Some("failed to connect service");
const NOT_SERVING: Option<&str> = Some("NOT_SERVING");
const STATUS_503: Option<&str> = Some("statuscode: 503");

const NEW: Cell = Cell {
    name: "",
    more: "",
    at_first: Well,
    fault: None,
    then: Well,
    said: None,
    remedy: Remedy::None,
    at_last: Well,
};

/// Held back for longer than a liveness probe would wait.
const HELD: Cell = Cell { more: "knobs.startupDelay=10s", said: REFUSED, ..NEW };
/// Longer at its start than the startup probe allows.
const LATE: Cell = Cell {
    more: "knobs.startupDelay=60s,probes.startup.failureThreshold=3",
    said: REFUSED,
    ..lost(NeverUp)
};

pub(crate) const CELLS: [Cell; 19] = [
    // Liveness: the container is killed and started again, and has forgotten what was wrong.
    Cell {
        name: "http-liveness",
        more: "probes.liveness.path=/actuator/health",
        said: STATUS_503,
        ..killed("/actuator/down")
    },
    Cell {
        name: "exec-liveness",
        said: Some("port 8080 gave no answer within"),
        ..killed("/actuator/faults/deadlock")
    },
    Cell { name: "grpc-liveness", said: NOT_SERVING, ..killed("/actuator/faults/liveness") },
    // The wrong port of the worksheets: started again and again, until the probe is mended.
    Cell {
        name: "tcp-liveness",
        more: "probes.liveness.port=8090",
        said: Some(":8090: connect: connection refused"),
        remedy: RightPort,
        at_last: Well,
        ..lost(Restarted)
    },
    // The same deadlock that http, exec and grpc find: a port that is open is all that tcp asks for.
    Cell {
        name: "tcp-liveness-deadlock",
        fault: Some("/actuator/faults/deadlock"),
        remedy: Ask("DELETE", "/actuator/faults/deadlock"),
        ..NEW
    },
    // Without a startup probe, liveness kills what is slow to start.
    Cell {
        name: "http-liveness-slow",
        more: "probes.startup.enabled=false,knobs.startupDelay=60s",
        said: REFUSED,
        ..lost(Restarted)
    },
    // Readiness: no requests, and no restart.
    Cell {
        name: "http-readiness",
        more: "probes.readiness.path=/actuator/health",
        said: STATUS_503,
        remedy: Ask("PUT", "/actuator/up"),
        ..out("/actuator/down")
    },
    Cell {
        name: "exec-readiness",
        said: Some("readiness is OUT_OF_SERVICE"),
        ..out("/actuator/faults/readiness")
    },
    Cell { name: "grpc-readiness", said: NOT_SERVING, ..out("/actuator/faults/readiness") },
    Cell {
        name: "tcp-readiness",
        more: "probes.readiness.port=8090",
        said: Some(":8090: connect: connection refused"),
        remedy: RightPort,
        at_last: Well,
        ..lost(Out)
    },
    // Startup: while it waits, liveness does.
    Cell { name: "http-startup", ..HELD },
    Cell { name: "tcp-startup", ..HELD },
    Cell { name: "exec-startup", said: NOTHING_ANSWERS, ..HELD },
    Cell { name: "grpc-startup", said: NO_CONNECTION, ..HELD },
    Cell {
        name: "grpc-startup-fault",
        more: "faults.atStart=startup,probes.startup.failureThreshold=600",
        said: NOT_SERVING,
        remedy: Ask("DELETE", "/actuator/faults/startup"),
        at_last: Well,
        ..lost(Out)
    },
    // Startup, beyond what it waits for.
    Cell { name: "http-startup-late", ..LATE },
    Cell {
        name: "tcp-startup-late",
        more: "probes.startup.port=8090,probes.startup.failureThreshold=3",
        ..LATE
    },
    Cell { name: "exec-startup-late", said: NOTHING_ANSWERS, ..LATE },
    Cell { name: "grpc-startup-late", said: NO_CONNECTION, ..LATE },
];

const fn killed(fault: &'static str) -> Cell {
    Cell { fault: Some(fault), then: Back, at_last: Back, ..NEW }
}

const fn out(fault: &'static str) -> Cell {
    Cell { fault: Some(fault), then: Out, remedy: Ask("DELETE", fault), ..NEW }
}

/// Like this from its start.
const fn lost(state: State) -> Cell {
    Cell { at_first: state, then: state, at_last: state, ..NEW }
}

impl Cell {
    /// liveness, readiness or startup.
    pub(crate) fn kind(&self) -> &'static str {
        self.name.split('-').nth(1).expect("its name says it")
    }

    /// What helm is given: this probe, and no other but startup, so that a slow machine is not held
    /// against a pod, and with startup also liveness, which has to wait for it.
    pub(crate) fn values(&self) -> String {
        let kind = self.kind();
        let mechanism = self.name.split('-').next().expect("its name says it");
        let more = if self.more.is_empty() { String::new() } else { format!(",{}", self.more) };
        let probes: String = ["startup", "liveness", "readiness"]
            .map(|it| {
                let enabled =
                    it == "startup" || it == kind || (kind, it) == ("startup", "liveness");
                let seconds = if it == "startup" { 1 } else { 2 };
                format!(
                    ",probes.{it}.enabled={enabled},probes.{it}.type={mechanism}\
                     ,probes.{it}.periodSeconds={seconds},probes.{it}.timeoutSeconds=5"
                )
            })
            .concat();
        format!(
            "--set postgres.enabled=false,postgres.existingSecret=in-the-pod\
             ,serviceAccount.enabled=false,drain.delay=0s,drain.timeout=1s\
             ,resources.requests.cpu=10m{probes}{more}"
        )
    }
}
