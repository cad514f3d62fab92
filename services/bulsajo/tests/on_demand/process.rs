//! Faults that take the process's memory, time, disk or life.

use std::fs;

use testkit::{
    Cell, Fleet, eventually,
    fleet::Service::{Delivery, Order},
};

use crate::{
    BINARY,
    steps::{clear, fleet, is_well, orders, set},
};

/// Bytes of this process that are in memory and its own.
pub(crate) fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// Hundredths of a second of processor time.
pub(crate) fn ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn memory_is_taken_to_the_byte_and_given_back() {
    let mut fleet = fleet();
    let pid = fleet.replica(Order, 1).pid();
    let before = resident(pid);
    let asked = 200 << 20;

    set(&fleet, "memory", "value=200MiB");

    eventually(|| match resident(pid) - before {
        grown if (asked * 95 / 100..=asked * 105 / 100).contains(&grown) => Ok(()),
        grown => Err(format!("it grew by {grown} bytes")),
    });
    clear(&fleet, "memory");
    eventually(|| match resident(pid).saturating_sub(before) {
        left if left < asked / 20 => Ok(()),
        left => Err(format!("{left} bytes are kept")),
    });
    is_well(&fleet);
}

#[test]
fn each_request_leaks_until_the_cap() {
    let settings = [("MEMORY_CAP", "64MiB"), ("DRAIN_DELAY", "0s")];
    let mut fleet = Fleet::start(BINARY, &settings);
    let pid = fleet.replica(Order, 1).pid();
    let before = resident(pid);
    set(&fleet, "leak", "value=4MiB");

    for _ in 0..30 {
        assert_eq!(orders(fleet.address(Order)).0.unwrap().status, 200);
    }

    let grown = resident(pid) - before;
    let cap = 64 << 20;
    assert!((cap * 95 / 100..=cap * 110 / 100).contains(&grown), "{grown} bytes were leaked");
}

#[test]
fn cores_are_kept_busy_and_freed() {
    let mut fleet = fleet();
    let pid = fleet.replica(Order, 1).pid();
    let before = ticks(pid);

    set(&fleet, "cpu", "value=0.5");

    // Half a core for a second is 50 ticks, however long that second takes here.
    eventually(|| match ticks(pid) - before {
        50.. => Ok(()),
        spent => Err(format!("{spent} ticks")),
    });
    clear(&fleet, "cpu");
    is_well(&fleet);
}

/// One process of its own for order, so that the others live on.
fn apart() -> Fleet {
    Fleet::on(Cell::Embedded).replicas(1).settings(&[("DRAIN_DELAY", "0s")]).start(BINARY)
}

#[test]
fn a_crash_has_the_exit_code_that_was_asked_for() {
    let mut fleet = apart();

    set(&fleet, "crash", "value=exit:7");

    assert_eq!(fleet.replica(Order, 1).ended().code(), Some(7));
    fleet.restart();
    is_well(&fleet);
}

#[test]
fn a_crash_can_be_a_signal_and_wait_for_a_request() {
    use std::os::unix::process::ExitStatusExt as _;
    let mut fleet = apart();
    set(&fleet, "crash", "value=SIGKILL&failNext=1");

    let (answer, _) = orders(fleet.addresses(Order)[0]);

    assert!(answer.is_err(), "{answer:?}");
    assert_eq!(fleet.replica(Order, 1).ended().signal(), Some(9));
    fleet.restart();
    is_well(&fleet);
}

#[test]
fn a_file_fills_the_disk_and_goes_again() {
    let mut fleet = fleet();
    let pid = fleet.replica(Order, 1).pid();
    let begins = format!("bulsajo-fault-{pid}-");
    let sizes = || {
        let files = fs::read_dir(std::env::temp_dir()).unwrap().flatten();
        let files = files.filter(|it| it.file_name().to_string_lossy().starts_with(&begins));
        files.filter_map(|it| Some(it.metadata().ok()?.len())).collect::<Vec<_>>()
    };
    let becomes = |expected: &[u64]| {
        eventually(|| match sizes() {
            found if found == expected => Ok(()),
            found => Err(format!("files of {found:?} bytes")),
        });
    };

    set(&fleet, "disk", "value=20MiB");

    becomes(&[20 << 20]);
    // Another service of the same process has a file of its own.
    fleet.ask(Delivery, "PUT", "/actuator/faults/disk?value=20MiB", None);
    becomes(&[20 << 20, 20 << 20]);
    clear(&fleet, "disk");
    becomes(&[20 << 20]);
    fleet.ask(Delivery, "DELETE", "/actuator/faults/disk", None);
    becomes(&[]);
}
