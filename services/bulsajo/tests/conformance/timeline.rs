//! In which order facts happened, and in which they were heard.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::{Fleet, fleet::Service::OrderTrace, rows};

/// Whatever has the second has the first, and that before it. `OrderCancelled` needs no `Ordered`:
/// it is also told of an order that was refused while payment may have heard of it.
const CAUSES: [(&str, &str); 6] = [
    ("Ordered", "Paid END"),
    ("Paid Not Pay", "Paid END"),
    ("Paid END", "Delivered"),
    ("OrderCancelled", "PayCancelled"),
    ("PayCancelled", "DeliveryCancelled"),
    ("Delivered", "DeliveryCancelled"),
];

/// What one service tells of an order: it happens and is heard in this order.
const TOLD: [&[&str]; 3] = [
    &["Ordered", "OrderCancelled"],
    &["Paid Not Pay", "Paid END", "PayCancelled"],
    &["Delivered", "DeliveryCancelled"],
];

/// The facts of each order, as its timeline shows them.
pub(crate) fn all(fleet: &Fleet) -> Vec<Vec<Value>> {
    let facts = |trace: i64| {
        let path = format!("/orderTraces/{trace}/timeline");
        let timeline = fleet.ask(OrderTrace, "GET", &path, None).json();
        timeline["facts"].as_array().expect("a list").clone()
    };
    rows::all(fleet, OrderTrace).into_keys().map(facts).collect()
}

/// Looks at every order: no fact is there twice, causes come before effects, and what one service
/// told was heard in that order.
pub(crate) fn assert_causes_before_effects(fleet: &Fleet) {
    for mut facts in all(fleet) {
        let happened: Vec<String> = facts.iter().map(kind).collect();
        let unique: BTreeSet<&String> = happened.iter().collect();
        assert_eq!(unique.len(), happened.len(), "a fact is there twice: {facts:#?}");
        let place = |of: &str| happened.iter().position(|it| it == of);
        for (cause, effect) in CAUSES.into_iter().filter(|(_, effect)| place(effect).is_some()) {
            let right = place(cause).is_some_and(|at| Some(at) < place(effect));
            assert!(right, "{effect} without {cause} before it: {facts:#?}");
        }

        facts.sort_by_key(|fact| fact["id"].as_i64());
        let heard: Vec<String> = facts.iter().map(kind).collect();
        for (facts, told) in
            [&happened, &heard].into_iter().flat_map(|it| TOLD.map(|told| (it, told)))
        {
            let of_one: Vec<&str> =
                facts.iter().map(String::as_str).filter(|it| told.contains(it)).collect();
            let expected = told.iter().filter(|it| of_one.contains(it));
            assert!(of_one.iter().eq(expected), "in another order than told: {facts:?}");
        }
    }
}

fn kind(fact: &Value) -> String {
    let kind = fact["eventType"].as_str().expect("a fact has a type");
    match fact["fact"]["paymentStatus"].as_str() {
        Some(status) if kind == "Paid" => format!("{kind} {status}"),
        _ => kind.to_owned(),
    }
}
