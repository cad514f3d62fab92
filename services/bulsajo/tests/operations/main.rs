//! What an operator meets: starts that fail, facts that cannot be handled, feeds, figures.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod breaker;
mod clocks;
mod config;
mod connections;
mod dead_letters;
mod few_files;
mod guards;
mod ids;
mod invariants;
mod kafka;
mod live;
mod log;
mod management;
mod outages;
mod probes;
mod retention;
mod secrets;
mod start;
mod version;
mod websample;

use std::{path::Path, process::Command};

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_bulsajo");

/// What a run of the binary left behind.
struct Ran {
    code: Option<i32>,
    answer: String,
    told: String,
}

/// Runs the binary to its end in this folder, with nothing else in its environment.
fn run_in(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let output = Command::new(BINARY)
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), answer: text(output.stdout), told: text(output.stderr) }
}

fn assert_one_line(told: &str, words: &[&str]) {
    assert_eq!(told.lines().count(), 1, "more than one line: {told}");
    for word in words {
        assert!(told.contains(word), "{word:?} is not in {told:?}");
    }
}

/// An order as a worksheet places it.
fn coffee() -> serde_json::Value {
    serde_json::json!({
        "productId": "1", "qty": "1", "paymentType": "cash", "cost": "1000", "productName": "Coffee"
    })
}
