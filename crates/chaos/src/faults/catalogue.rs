//! Every fault there is. `--help`, `GET /actuator/faults` and docs/faults.md are written from this
//! table.

use std::fmt::Write as _;

use super::request;
use crate::dose::ValueKind;

/// Which fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    Latency,
    Error,
    Reset,
    Hang,
    SlowBody,
    TruncatedBody,
    Crash,
    Deadlock,
    Cpu,
    Memory,
    Leak,
    Disk,
    Liveness,
    Readiness,
    Startup,
    Sigterm,
    DbSlow,
    DbDown,
    DbPool,
    KafkaPause,
    KafkaSlow,
    KafkaPoison,
    KafkaDuplicate,
    OutboxStall,
}

/// What a fault hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A share of the business requests: `rate`, `routes`, `methods`, `failNext`.
    Requests,
    /// A share of the operations on a server behind the service: `rate`, `failNext`.
    Operations,
    /// The process, as long as it is in force.
    Process,
}

/// What there is to know of a fault.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub fault: Fault,
    pub name: &'static str,
    pub reach: Reach,
    pub value: ValueKind,
    /// The value if none is given.
    pub default: &'static str,
    /// What happens, in one sentence.
    pub about: &'static str,
}

macro_rules! kinds {
    ($($fault:ident $name:literal $reach:ident $value:ident $default:literal $about:literal;)+) => {
        /// All of them, in the order in which they are listed.
        pub const KINDS: &[Kind] = &[$(Kind {
            fault: Fault::$fault,
            name: $name,
            reach: Reach::$reach,
            value: ValueKind::$value,
            default: $default,
            about: $about,
        }),+];
    };
}

kinds! {
    Latency "latency" Requests Delay "500ms" "Requests wait before they are handled.";
    Error "error" Requests Status "503" "Requests are answered with this status, and not handled.";
    Reset "reset" Requests Nothing "" "The connection is reset (TCP RST) instead of an answer.";
    Hang "hang" Requests Nothing "" "Requests get no answer at all.";
    SlowBody "slow-body" Requests Delay "100ms" "Answers come in pieces of 64 bytes, with a pause between them.";
    TruncatedBody "truncated-body" Requests Nothing "" "The connection ends in the middle of the answer.";
    Crash "crash" Requests End "exit:1" "The process ends; without rate and failNext at once, else at a request.";
    Deadlock "deadlock" Process Nothing "" "Neither requests nor health probes get an answer; only a probe's time-out finds it.";
    Cpu "cpu" Process Cores "1" "So many cores are kept busy.";
    Memory "memory" Process Bytes "256MiB" "So much memory is taken and kept in use.";
    Leak "leak" Requests Bytes "1MiB" "Each request leaks so much memory.";
    Disk "disk" Process Bytes "100MiB" "A file of this size is written to the folder for temporary files.";
    Liveness "liveness" Process Nothing "" "The liveness probe fails, and no other.";
    Readiness "readiness" Process Nothing "" "The readiness probe fails, and no other.";
    Startup "startup" Process Nothing "" "The startup probe fails, and no other.";
    Sigterm "sigterm" Process Mode "ignore-sigterm" "SIGTERM has this effect instead of the one of SHUTDOWN.";
    DbSlow "db-slow" Operations Delay "500ms" "Each time the database is used it takes so much longer.";
    DbDown "db-down" Operations Nothing "" "The database cannot be reached.";
    DbPool "db-pool" Process Nothing "" "All connections of the pool are in use.";
    KafkaPause "kafka-pause" Process Nothing "" "Nothing is read from the topic; the lag grows.";
    KafkaSlow "kafka-slow" Operations Delay "500ms" "Each batch that is read takes so much longer.";
    KafkaPoison "kafka-poison" Operations Nothing "" "Reactions to facts fail: after REACTION_ATTEMPTS they become dead letters.";
    KafkaDuplicate "kafka-duplicate" Operations Nothing "" "Facts are published twice.";
    OutboxStall "outbox-stall" Process Nothing "" "Facts stay in the outbox.";
}

impl Fault {
    /// What there is to know of it.
    pub fn kind(self) -> &'static Kind {
        &KINDS[self as usize]
    }

    /// The fault of this name.
    pub fn named(name: &str) -> Option<Self> {
        KINDS.iter().find(|kind| kind.name == name).map(|kind| kind.fault)
    }
}

/// All of them as a table in Markdown, for docs/faults.md.
pub fn table() -> String {
    let mut table = "| fault | what happens | value | takes |\n|---|---|---|---|\n".to_owned();
    for kind in KINDS {
        let value = match kind.default {
            "" => String::new(),
            default => format!("{}; `{default}` if none is given", kind.value.syntax()),
        };
        let takes = request::keys(kind).join(", ");
        let _ = writeln!(table, "| `{}` | {} | {value} | {takes} |", kind.name, kind.about);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::KINDS;

    #[test]
    fn each_kind_stands_where_its_fault_says() {
        for (index, kind) in KINDS.iter().enumerate() {
            assert_eq!(kind.fault as usize, index, "{}", kind.name);
        }
    }

    #[test]
    fn each_default_is_a_value_of_its_kind() {
        for kind in KINDS {
            kind.value.read(kind.default).unwrap_or_else(|why| panic!("{}: {why}", kind.name));
        }
    }
}
