//! Facts that come late, twice, or from another generation.

use testkit::{
    Fleet,
    fleet::Service::{Delivery, Payment},
    ledger::settle,
};

use crate::{
    steps::{PREPARING, becomes, cancel, everything, place, words},
    timeline,
};

/// Ends every process in an orderly way and starts them again.
fn restart(fleet: &mut Fleet) {
    fleet.signal("TERM");
    assert!(fleet.ended().success());
    fleet.restart();
}

pub(crate) fn a_restart_keeps_everything_and_goes_on(fleet: &mut Fleet) {
    let (order, other) = (place(fleet), place(fleet));
    becomes(fleet, order, "DELIVERY START");
    becomes(fleet, other, "DELIVERY START");
    settle(fleet);
    let before = everything(fleet);

    restart(fleet);

    assert_eq!(everything(fleet), before);
    let third = place(fleet);
    cancel(fleet, order);
    becomes(fleet, order, "ORDER CANCEL");
    becomes(fleet, third, "DELIVERY START");
    settle(fleet);
    assert_eq!(words(fleet, Delivery, other, "deliveryStatus"), [PREPARING]);
    timeline::assert_causes_before_effects(fleet);
}

pub(crate) fn facts_that_come_again_change_nothing(fleet: &mut Fleet) {
    let orders = [place(fleet), place(fleet), place(fleet)];
    for order in orders {
        becomes(fleet, order, "DELIVERY START");
    }
    cancel(fleet, orders[0]);
    becomes(fleet, orders[0], "ORDER CANCEL");
    settle(fleet);
    let before = everything(fleet);

    fleet.kill();
    rewind(fleet);
    fleet.restart();

    settle(fleet);
    assert_eq!(everything(fleet), before);
    let next = place(fleet);
    becomes(fleet, next, "DELIVERY START");
    assert_eq!(words(fleet, Payment, next, "paymentStatus"), ["END"]);
}

/// Makes every service hear everything again from the first fact.
fn rewind(fleet: &mut Fleet) {
    if fleet.cell().has_kafka() {
        let groups = format!("{}-again-{{service}}", fleet.name());
        fleet.set("KAFKA_GROUP", &groups);
    } else {
        // Those who were killed need not be waited for.
        let sql = "UPDATE log_group SET position = 0, member = NULL; DELETE FROM log_member";
        fleet.run_sql("log", sql);
    }
}

pub(crate) fn both_generations_of_facts_are_understood(fleet: &mut Fleet) {
    let (order, cancelled) = (place(fleet), place(fleet));
    becomes(fleet, cancelled, "DELIVERY START");

    fleet.set("EVENT_STYLE", "msaez");
    restart(fleet);

    let later = place(fleet);
    cancel(fleet, cancelled);
    becomes(fleet, order, "DELIVERY START");
    becomes(fleet, later, "DELIVERY START");
    becomes(fleet, cancelled, "ORDER CANCEL");
    settle(fleet);
    assert_eq!(words(fleet, Payment, later, "paymentStatus"), ["END"]);
    assert_eq!(words(fleet, Payment, cancelled, "paymentStatus"), ["ORDER CANCEL"]);
    timeline::assert_causes_before_effects(fleet);
}
