//! Lab 10 takes one guard of the saga away at a time: each must be missed.

use crate::verify::copy::{Copy, tells_the_truth};

#[test]
fn lab_10_tells_the_truth() {
    tells_the_truth("10-guards");
}

#[test]
fn lab_10_rejects_idempotency_that_is_left_on() {
    let test = "lab_10_rejects_idempotency_that_is_left_on";
    guard_is_left_on(test, "IDEMPOTENCY", 2, r#""doubleCharges":1"#);
}

#[test]
fn lab_10_rejects_compensation_that_is_left_on() {
    let test = "lab_10_rejects_compensation_that_is_left_on";
    guard_is_left_on(test, "COMPENSATION", 3, r#""cancelledNotRefunded":1"#);
}

#[test]
fn lab_10_rejects_ordering_that_is_left_on() {
    let test = "lab_10_rejects_ordering_that_is_left_on";
    guard_is_left_on(test, "ORDERING", 4, r#""cancelledNotRefunded":{1..3}"#);
}

#[test]
fn lab_10_rejects_dead_letters_that_are_left_on() {
    let test = "lab_10_rejects_dead_letters_that_are_left_on";
    guard_is_left_on(test, "DLQ", 5, "has held up those behind it");
}

#[test]
fn lab_10_rejects_an_outbox_that_is_left_on() {
    let test = "lab_10_rejects_an_outbox_that_is_left_on";
    guard_is_left_on(test, "OUTBOX", 6, r#""facts waiting":0"#);
}

/// The part of lab 10 that is about this guard, which is not switched off there.
fn guard_is_left_on(test: &str, guard: &str, part: u32, expected: &str) {
    let Some(copy) = Copy::of("10-guards", test) else { return };
    if part > 2 {
        copy.without("## 2.", &format!("## {part}."));
    }
    if part < 6 {
        copy.without(&format!("## {}.", part + 1), "## Why");
    }
    copy.says(&format!("guard {guard}=off"), "guard LEFT=on");
    copy.is_rejected_at(expected);
}
