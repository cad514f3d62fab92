//! Rollouts under load lose nothing; with SHUTDOWN=abrupt they do, so that a loss would be seen.

use std::time::Instant;

use testkit::{
    Doors as _, Load, dose,
    fleet::Service::{self, Gateway, Order},
    namespace::PodSecurity::Restricted,
    toolbox::{Asking, Tally, Toolbox},
};

use crate::{
    fleet::{install, roll, url},
    namespace,
};

/// How many requests a rollout of five services meets at least.
const REQUESTS_EACH: u64 = 1_000;

#[test]
fn rollouts_of_the_whole_fleet_on_kafka_lose_nothing() {
    let Some((namespace, _turn)) = namespace("rollouts", Restricted) else { return };
    let rollouts = dose("rollouts", 1, 20);
    install(&namespace, "--set backend=kafka");
    let toolbox = Toolbox::start(&namespace);

    let load = Load::start(namespace.address(Gateway), 2);
    load.accepted(5);
    let kept = Service::ALL.map(|service| toolbox.keep_asking(&url(service), 2));
    let anew = Service::ALL.map(|service| toolbox.ask_anew(&url(service), 1));
    let began = Instant::now();
    for _ in 0..rollouts {
        load.accepted(1);
        roll(&namespace, &Service::ALL);
    }
    let took = began.elapsed();
    let all: Tally = kept.into_iter().chain(anew).map(Asking::stop).sum();
    let ledger = load.stop();

    eprintln!(
        "{rollouts} rollouts of five services in {} s: {} requests answered, {} failed; {ledger}",
        took.as_secs(),
        all.answered,
        all.failed,
    );
    assert_eq!(all.failed, 0, "of {} requests", all.answered + all.failed);
    assert!(all.answered >= rollouts * REQUESTS_EACH, "{} requests prove little", all.answered);
    ledger.nobody_was_refused();
    ledger.verify(&namespace);
}

#[test]
fn a_rollout_of_what_stops_abruptly_loses_requests() {
    let Some((namespace, _turn)) = namespace("abrupt rollouts", Restricted) else { return };
    install(&namespace, "--set shutdown=abrupt --set drain.delay=0s");
    let toolbox = Toolbox::start(&namespace);

    let asking = toolbox.keep_asking(&url(Order), 8);
    for _ in 0..3 {
        roll(&namespace, &[Order]);
    }
    let tally = asking.stop();

    assert!(tally.failed > 0, "a test that cannot fail: {tally:?}");
}
