//! `kill -9` at random moments.

use std::time::Duration;

use testkit::{
    Cell, Dice, Fleet, Load, eventually,
    fleet::Service::{Gateway, OrderTrace},
    rows,
};

use crate::BINARY;

const CLIENTS: usize = 3;

#[test]
fn nothing_is_lost_or_charged_twice_when_the_embedded_fleet_is_killed() {
    kill(Cell::Embedded, 25, &[]);
}

#[test]
fn nothing_is_lost_or_charged_twice_when_the_fleet_on_postgresql_is_killed() {
    kill(Cell::Minimal, 6, &[]);
}

#[test]
fn nothing_is_lost_or_charged_twice_when_the_fleet_on_kafka_is_killed() {
    kill(Cell::KafkaSqlite, 6, &[]);
}

#[test]
fn nothing_is_lost_or_charged_twice_when_the_fleet_on_kafka_and_postgresql_is_killed() {
    kill(Cell::Full, 6, &[]);
}

/// As soon as anything can be removed it is.
const SHORT: &[(&str, &str)] = &[("RETENTION", "100ms")];

#[test]
fn nothing_is_lost_of_what_is_killed_while_it_removes_what_is_old() {
    kill(Cell::Embedded, 15, SHORT);
    kill(Cell::Minimal, 6, SHORT);
    kill(Cell::KafkaSqlite, 4, SHORT);
}

#[test]
fn nothing_is_lost_behind_a_pooler_when_the_fleet_is_killed() {
    kill(Cell::Pooled, 6, &[]);
}

/// Kills the fleet so often at random moments while clients order.
fn kill(cell: Cell, times: usize, also: &[(&str, &str)]) {
    if !cell.is_available(&format!("kill -9 on the {cell:?} fleet")) {
        return;
    }
    let settings = [("PAYMENT_TIMEOUT", "500ms"), ("PAYMENT_RETRIES", "0")];
    let mut fleet = Fleet::on(cell).settings(&settings).settings(also).start(BINARY);
    let (mut dice, load) = (Dice::new(), Load::start(fleet.address(Gateway), CLIENTS));
    for round in 0..times {
        // Servers miss a consumer that was killed only after some seconds. Half of the time it
        // is killed before that, and half of the time while its successor is at work.
        if cell != Cell::Embedded && round % 2 == 1 {
            hear_something_new(&fleet);
        }
        dice.pass(Duration::from_millis(250));
        fleet.kill();
        fleet.restart();
    }
    load.accepted(times);
    let ledger = load.stop();
    assert!(ledger.accepted.len() > times, "too little was ordered: {ledger:?}");
    ledger.verify(&fleet);
}

/// Waits until the last service of the saga has heard of one more order.
fn hear_something_new(fleet: &Fleet) {
    let traces = || rows::all(fleet, OrderTrace).len();
    let before = traces();
    eventually(|| if traces() > before { Ok(()) } else { Err("no new order is traced") });
}
