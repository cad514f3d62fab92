//! Pods of the full fleet on Kafka and PostgreSQL die at random, under load.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use testkit::{
    Dice, Doors as _, Load, dose, fleet::Service::Gateway, invariants,
    namespace::PodSecurity::Restricted,
};

use crate::{fleet::install, namespace};

const CLIENTS: usize = 3;

#[test]
fn nothing_accepted_is_lost_while_pods_die_at_random() {
    let Some((namespace, _turn)) = namespace("random kills", Restricted) else { return };
    let long = dose("kills", Duration::from_mins(1), Duration::from_mins(5));
    install(&namespace, "--set backend=kafka --set replicaCount=2");
    invariants::hold(&namespace);

    let mut dice = Dice::new();
    let mut killed: BTreeMap<String, usize> = BTreeMap::new();
    let mut slowest = Duration::ZERO;
    let load = Load::start(namespace.address(Gateway), CLIENTS);
    let began = Instant::now();
    while began.elapsed() < long {
        load.accepted(5);
        dice.pass(Duration::from_secs(2));
        let pods = namespace.pods("app.kubernetes.io/part-of=bulsajo");
        let victim = dice.one_of(&pods);
        let field = |pointer| victim.pointer(pointer).and_then(|it| it.as_str()).expect("a name");
        *killed.entry(field("/metadata/labels/app").to_owned()).or_default() += 1;
        // SIGTERM, and SIGKILL a second later: nothing here ends that fast by itself. With 0 the
        // API forgets a pod that still runs, and two PostgreSQL would have one volume.
        namespace.kubectl(&format!(
            "delete pod {} --grace-period 1 --wait=false",
            field("/metadata/name")
        ));
        let harmed = Instant::now();
        load.accepted(5);
        slowest = slowest.max(harmed.elapsed());
    }
    let ledger = load.stop();

    eprintln!(
        "{} pods killed in {} s ({killed:?}): {ledger}; orders again after {:.1} s at most",
        killed.values().sum::<usize>(),
        began.elapsed().as_secs(),
        slowest.as_secs_f64(),
    );
    assert!(killed.len() > 4, "chance spared too many: {killed:?}");
    let settling = Instant::now();
    ledger.verify(&namespace);
    eprintln!("settled and compared within {} s", settling.elapsed().as_secs());
}
