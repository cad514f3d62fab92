//! Faults of what a process shows of itself: each probe fails alone, and SIGTERM misbehaves.

use testkit::{
    Cell, Fleet, eventually,
    fleet::Service::{Delivery, Order},
};

use crate::{
    BINARY,
    steps::{ask, clear, fleet, is_well, set},
};

const GROUPS: [&str; 3] = ["liveness", "readiness", "startup"];

/// The groups whose probe fails.
fn failing(fleet: &Fleet) -> Vec<&'static str> {
    let fails =
        |group: &&str| ask(fleet, "GET", &format!("/actuator/health/{group}")).status != 200;
    GROUPS.into_iter().filter(fails).collect()
}

fn becomes(fleet: &Fleet, expected: &[&str]) {
    eventually(|| match failing(fleet) {
        found if found == expected => Ok(()),
        found => Err(format!("{found:?} fail")),
    });
}

#[test]
fn each_probe_fails_alone_and_heals() {
    let fleet = fleet();
    for group in GROUPS {
        set(&fleet, group, "");
        becomes(&fleet, &[group]);
        let why = ask(&fleet, "GET", &format!("/actuator/health/{group}?details"));
        assert!(why.text().contains(&format!("the fault `{group}`")), "{}", why.text());
        let other = fleet.ask(Delivery, "GET", &format!("/actuator/health/{group}"), None);
        assert_eq!(other.status, 200, "delivery fails, too");

        clear(&fleet, group);

        becomes(&fleet, &[]);
    }
    is_well(&fleet);
}

#[test]
fn a_probe_heals_when_the_time_of_its_fault_is_over() {
    let fleet = fleet();
    set(&fleet, "readiness", "ttl=300ms");
    becomes(&fleet, &["readiness"]);
    becomes(&fleet, &[]);
}

#[test]
fn sigterm_is_ignored_until_the_fault_is_cleared() {
    let plan = Fleet::on(Cell::Embedded).replicas(1).settings(&[("DRAIN_DELAY", "0s")]);
    let mut fleet = plan.start(BINARY);
    set(&fleet, "sigterm", "value=ignore-sigterm");
    eventually(|| mode_is(&fleet, "ignore-sigterm"));
    fleet.replica(Order, 1).signal("TERM");
    is_well(&fleet);

    clear(&fleet, "sigterm");

    eventually(|| mode_is(&fleet, "graceful"));
    fleet.replica(Order, 1).signal("TERM");
    assert!(fleet.replica(Order, 1).ended().success());
}

fn mode_is(fleet: &Fleet, mode: &str) -> Result<(), String> {
    let shutdown = ask(fleet, "GET", "/actuator/shutdown").json();
    if shutdown["mode"] == mode { Ok(()) } else { Err(shutdown.to_string()) }
}
