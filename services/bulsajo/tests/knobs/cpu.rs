//! CPU: what a request costs is what the process spends, by method and by rows.

use std::{
    thread,
    time::{Duration, Instant},
};

use testkit::{Fleet, fleet::Service::Order};

use crate::steps::{
    apart, ask, cpu, doses, fleet, get, is_dose, order, paid, place, turn, turn_back,
};

/// CPU time that order spends on so many, in seconds, if one begins no sooner than so long after
/// the one before it; and how long one took, with that.
fn spent(
    fleet: &mut Fleet,
    requests: u32,
    every: Duration,
    request: impl Fn(&Fleet),
) -> (f64, Duration) {
    let pid = fleet.replica(Order, 1).pid();
    let (before, began) = (cpu(pid), Instant::now());
    for number in 1..=requests {
        request(fleet);
        // How often it is asked is part of what is measured: nothing is waited for.
        thread::sleep((every * number).saturating_sub(began.elapsed()));
    }
    (cpu(pid).saturating_sub(before).as_secs_f64(), began.elapsed() / requests)
}

/// What a knob adds to the CPU time of requests is its dose, within 5 %.
fn costs(knob: &str, value: &str, dose: Duration, request: impl Fn(&Fleet) + Copy) {
    let mut fleet = apart(&[]);
    (0..10).for_each(|_| place(&fleet));
    let requests = u32::try_from(500 / dose.as_millis()).unwrap();
    // With and without in turns, as a machine gets busier and less busy; and without it as slowly
    // as with it, so that what order does besides costs as much in both.
    let mut added = || {
        turn(&fleet, knob, value);
        let (with, took) = spent(&mut fleet, requests, Duration::ZERO, request);
        turn_back(&fleet, knob);
        let (plain, _) = spent(&mut fleet, requests, took, request);
        with - plain
    };
    doses(|| {
        let added: f64 = (0..3).map(|_| added()).sum();
        is_dose(added, (dose * requests * 3).as_secs_f64(), 5.0)
    });
}

#[test]
fn a_request_costs_what_it_should() {
    costs("cpu-per-request", "15ms", Duration::from_millis(15), |fleet| {
        get(order(fleet), "/orders/1");
    });
}

#[test]
fn a_method_has_a_cost_of_its_own() {
    costs("CPU_PER_REQUEST", "0s,POST:30ms", Duration::from_millis(30), place);
}

#[test]
fn rows_of_a_collection_cost() {
    costs("cpu-per-row", "2ms", Duration::from_millis(20), |fleet| {
        get(order(fleet), "/orders?size=10");
    });
}

#[test]
fn what_was_burnt_is_told() {
    let fleet = fleet(&[("CPU_PER_REQUEST", "GET:10ms,LIST:20ms"), ("CPU_PER_ROW", "1s")]);

    get(order(&fleet), "/orders");
    get(order(&fleet), "/profile");

    let paid = paid(&fleet);
    assert_eq!(paid["requests"], 2);
    is_dose(paid["cpuSeconds"].as_f64().unwrap(), 0.03, 5.0).unwrap();
    let figures = ask(&fleet, "GET", "/actuator/prometheus");
    let figure = format!("knob_cpu_seconds_total{{service=\"order\"}} {}", paid["cpuSeconds"]);
    assert!(figures.text().contains(&figure), "{figure}");
}

#[test]
fn a_cold_service_costs_more() {
    let settings = [("CPU_PER_REQUEST", "10ms"), ("WARMUP", "1h"), ("WARMUP_FACTOR", "5")];
    let fleet = fleet(&settings);

    get(order(&fleet), "/orders");

    is_dose(paid(&fleet)["cpuSeconds"].as_f64().unwrap(), 0.05, 5.0).unwrap();
    turn(&fleet, "warmup", "0s");
    get(order(&fleet), "/orders");
    is_dose(paid(&fleet)["cpuSeconds"].as_f64().unwrap(), 0.06, 5.0).unwrap();
}

/// Four times as many requests as there are workers, each with how long it took.
fn crowd(fleet: &Fleet) -> Vec<thread::JoinHandle<Duration>> {
    let (count, address) = (thread::available_parallelism().unwrap().get() * 4, order(fleet));
    (0..count).map(|_| thread::spawn(move || get(address, "/orders"))).collect()
}

#[test]
fn requests_that_burn_on_workers_block_others_but_never_the_control_plane() {
    let fleet = fleet(&[("CPU_PER_REQUEST", "500ms"), ("CPU_ON_WORKERS", "on")]);
    let crowd = crowd(&fleet);

    let mut looks: Vec<Duration> = (0..9)
        .map(|_| {
            let began = Instant::now();
            assert_eq!(ask(&fleet, "GET", "/actuator/knobs").status, 200);
            began.elapsed()
        })
        .collect();

    assert!(crowd.iter().any(|it| !it.is_finished()), "nothing burnt meanwhile");
    looks.sort();
    assert!(looks[4] < Duration::from_millis(50), "the control plane waits, too: {looks:?}");
    let took: Vec<Duration> = crowd.into_iter().map(|it| it.join().unwrap()).collect();
    // They had to stand in line: the first was done long before the last.
    let (first, last) = (took.iter().min().unwrap(), took.iter().max().unwrap());
    assert!(*first < *last / 2, "{took:?}");
}

#[test]
fn who_hangs_up_costs_nothing_more() {
    let mut fleet = apart(&[("CPU_PER_REQUEST", "10s")]);
    let pid = fleet.replica(Order, 1).pid();
    let mut connection = testkit::Connection::open(order(&fleet)).unwrap();
    let (request, before) = (b"GET /orders HTTP/1.1\r\nHost: localhost\r\n\r\n", cpu(pid));
    std::io::Write::write_all(connection.socket(), request).unwrap();
    // More than order needs for anything else: it burns.
    testkit::eventually(|| match cpu(pid).saturating_sub(before) {
        burnt if burnt > Duration::from_millis(500) => Ok(()),
        burnt => Err(format!("{burnt:?} were spent")),
    });

    drop(connection);

    let spent = testkit::eventually(|| match paid(&fleet)["cpuSeconds"].as_f64() {
        Some(spent) if spent > 0.0 => Ok(spent),
        _ => Err("it still burns"),
    });
    assert!(spent < 9.0, "all of it was burnt: {spent}");
}
