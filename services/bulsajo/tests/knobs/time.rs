//! Time: requests wait as long as they should.

use std::time::Duration;

use testkit::fleet::Service::Payment;

use crate::steps::{doses, fleet, get, is_dose, order, turn, turn_back};

#[test]
fn a_request_waits_as_long_as_it_should() {
    let fleet = fleet(&[]);
    // The shortest of some: what the machine does besides only makes a request longer.
    let shortest = || (0..10).map(|_| get(order(&fleet), "/orders")).min().unwrap();
    doses(|| {
        let plain = shortest();
        turn(&fleet, "latency", "500ms");
        let with = shortest();
        turn_back(&fleet, "latency");
        is_dose((with.saturating_sub(plain)).as_secs_f64(), 0.5, 2.0)
    });
}

#[test]
fn a_knob_is_of_one_service() {
    let fleet = fleet(&[]);

    turn(&fleet, "latency", "1s");

    assert!(get(order(&fleet), "/orders") >= Duration::from_secs(1));
    assert!(get(fleet.address(Payment), "/payments") < Duration::from_secs(1));
}

#[test]
fn latency_may_be_between_two() {
    let fleet = fleet(&[("LATENCY", "50ms-100ms")]);
    let took: Vec<Duration> = (0..20).map(|_| get(order(&fleet), "/orders")).collect();

    assert!(took.iter().all(|it| *it >= Duration::from_millis(50)), "{took:?}");
    assert!(
        took.iter().max().unwrap().abs_diff(*took.iter().min().unwrap())
            > Duration::from_millis(10)
    );
}
