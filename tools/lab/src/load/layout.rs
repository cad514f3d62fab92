//! The report, as the tools of the worksheets lay it out.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    time::Duration,
};

use super::{durations::go, tally::Tally};
use crate::cli::Layout;

/// Prints it, and every way to fail.
pub(super) fn print(layout: Layout, tally: &Tally) {
    let mut report = match layout {
        Layout::Siege => siege(tally),
        Layout::Vegeta => vegeta(tally),
    };
    report.push_str(&kinds(tally));
    // Nobody may be reading any more.
    let _ = io::stdout().write_all(report.as_bytes());
}

/// As siege 4 does.
fn siege(tally: &Tally) -> String {
    const MEGABYTE: f64 = 1024.0 * 1024.0;
    let (good, bad) = (tally.good(), tally.bad());
    let elapsed = (tally.attack() + tally.wait()).as_secs_f64();
    let megabytes = number(tally.bytes) / MEGABYTE;
    let ends = tally.took.at(&[0, 100]);
    let lines = [
        format!("Transactions:\t\t{good:>12} hits"),
        format!("Availability:\t\t{:>12.2} %", 100.0 * share(number(good), number(good + bad))),
        format!("Elapsed time:\t\t{elapsed:>12.2} secs"),
        format!("Data transferred:\t{megabytes:>12.2} MB"),
        format!("Response time:\t\t{:>12.2} secs", tally.took.mean().as_secs_f64()),
        format!("Transaction rate:\t{:>12.2} trans/sec", share(number(good), elapsed)),
        format!("Throughput:\t\t{:>12.2} MB/sec", share(megabytes, elapsed)),
        format!("Concurrency:\t\t{:>12.2}", share(tally.took.sum().as_secs_f64(), elapsed)),
        format!("Successful transactions:{good:>12}"),
        format!("Failed transactions:\t{bad:>12}"),
        format!("Longest transaction:\t{:>12.2}", ends[1].as_secs_f64()),
        format!("Shortest transaction:\t{:>12.2}", ends[0].as_secs_f64()),
    ];
    lines.join("\n") + "\n"
}

/// As `vegeta report` does.
fn vegeta(tally: &Tally) -> String {
    let (sent, good) = (number(tally.sent), number(tally.good()));
    let (attack, wait) = (tally.attack(), tally.wait());
    let total = attack + wait;
    let rate = tally.rate();
    let throughput = share(good, total.as_secs_f64());
    let mut latencies = tally.took.at(&[0, 50, 90, 95, 99, 100]);
    latencies.insert(1, tally.took.mean());
    let latencies: Vec<String> = latencies.into_iter().map(go).collect();
    let unanswered: u64 = tally.failures.values().sum();
    let zero = (unanswered > 0).then_some((0, unanswered));
    let codes = tally.statuses.iter().map(|(status, count)| (*status, *count));
    let codes = zero.into_iter().chain(codes).map(|(code, count)| format!("{code}:{count}  "));
    let bytes = |all: u64| format!("{all}, {:.2}", share(number(all), sent));
    let rows = [
        (
            "Requests",
            "[total, rate, throughput]",
            format!("{}, {rate:.2}, {throughput:.2}", tally.sent),
        ),
        ("Duration", "[total, attack, wait]", three([total, attack, wait])),
        ("Latencies", "[min, mean, 50, 90, 95, 99, max]", latencies.join(", ")),
        ("Bytes In", "[total, mean]", bytes(tally.bytes)),
        ("Bytes Out", "[total, mean]", bytes(tally.bytes_out)),
        ("Success", "[ratio]", format!("{:.2}%", 100.0 * share(good, sent))),
        ("Status Codes", "[code:count]", codes.collect()),
    ];
    let mut report = String::new();
    for (name, parts, values) in rows {
        let _ = writeln!(report, "{name:<14}{parts:<34}{values}");
    }
    report.push_str("Error Set:\n");
    report.extend(tally.by_kind().into_iter().map(|(kind, _)| kind + "\n"));
    report
}

/// What siege and vegeta leave to be guessed.
fn kinds(tally: &Tally) -> String {
    let kinds = tally.by_kind();
    if kinds.is_empty() {
        return String::new();
    }
    let mut report = "Failures by kind:\n".to_owned();
    for (kind, count) in kinds {
        let _ = writeln!(report, "{count:>12} {kind}");
    }
    report
}

fn three(times: [Duration; 3]) -> String {
    times.map(go).join(", ")
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "no load counts to 2^52")]
fn number(count: u64) -> f64 {
    count as f64
}
