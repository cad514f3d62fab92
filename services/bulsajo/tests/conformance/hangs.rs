//! Replicas that stop for a while and then go on with what they were about.

use std::net::SocketAddr;

use serde_json::Value;
use testkit::{
    Fleet, Load, eventually,
    fleet::Service::{self, Order, OrderTrace},
    http, rows,
};

use crate::{steps::coffee, timeline};

pub(crate) fn replicas_that_hang_are_replaced_and_do_no_harm_later(fleet: &mut Fleet) {
    // The balancers go on sending work to those that hang: these two are asked past them.
    let (door, window) = (fleet.addresses(Order)[1], fleet.addresses(OrderTrace)[1]);
    let load = Load::start(door, 2);
    load.accepted(10);

    for service in Service::STATEFUL {
        fleet.replica(service, 1).signal("STOP");
    }
    let orders: Vec<i64> = (0..8).map(|_| eventually(|| place(door))).collect();
    for order in orders {
        eventually(|| is_sent(window, order));
    }
    for service in Service::STATEFUL {
        fleet.replica(service, 1).signal("CONT");
    }

    load.accepted(10);
    load.stop().verify(fleet);
    timeline::assert_causes_before_effects(fleet);
}

fn place(door: SocketAddr) -> Result<i64, String> {
    let headers = [("Content-Type", "application/json"), ("Accept", "*/*")];
    let answer = http::send(door, "POST", "/orders", &headers, Some(&coffee().to_string()));
    match answer.map_err(|error| error.to_string())? {
        answer if answer.status == 201 => {
            Ok(rows::id_of(answer.header("location").expect("a new order has a place")))
        }
        answer => Err(answer.text().to_owned()),
    }
}

fn is_sent(window: SocketAddr, order: i64) -> Result<(), String> {
    let path = format!("/orderTraces/search/findByOrderId?OrderId={order}");
    let answer = http::send(window, "GET", &path, &[], None).map_err(|error| error.to_string())?;
    let traces: Value = answer.json()["_embedded"]["orderTraces"].clone();
    if traces[0]["status"] == "DELIVERY START" { Ok(()) } else { Err(traces.to_string()) }
}
