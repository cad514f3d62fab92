//! The fleet in containers, on Kafka and PostgreSQL, under load, while one part after the other is
//! killed or stands still. What clients were told is held against what the fleet says later.

use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use testkit::{Compose, Dice, Doors as _, Load, fleet::Service::Gateway, invariants, workspace};

/// Everything there is.
const VICTIMS: [&str; 7] =
    ["order", "payment", "delivery", "ordertrace", "gateway", "kafka", "postgres"];
const CLIENTS: usize = 3;
/// How long a part stands still: longer than a consumer's session.
const PAUSE: Duration = Duration::from_secs(10);

/// One such fleet at a time is enough for a small machine.
static TURN: Mutex<()> = Mutex::new(());

#[test]
fn nothing_accepted_is_lost_whatever_is_killed() {
    suffer("whatever is killed", |fleet, victim, dice| {
        dice.pass(Duration::from_secs(1));
        fleet.signal(victim, "KILL");
        dice.pass(Duration::from_secs(2));
        fleet.start(victim);
    });
}

#[test]
fn nothing_accepted_is_lost_whatever_stands_still() {
    suffer("whatever stands still", |fleet, victim, dice| {
        dice.pass(Duration::from_secs(1));
        fleet.signal(victim, "STOP");
        // How long it lasts is the harm itself: nothing is waited for.
        thread::sleep(PAUSE);
        fleet.signal(victim, "CONT");
    });
}

/// Does this to each part in turn while clients order, and compares each time.
fn suffer(test: &str, harm: impl Fn(&Compose, &str, &mut Dice)) {
    if !Compose::is_available(test) {
        return;
    }
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let fleet = Compose::up(&workspace());
    invariants::hold(&fleet);
    let mut dice = Dice::new();
    for victim in VICTIMS {
        let load = Load::start(fleet.address(Gateway), CLIENTS);
        load.accepted(20);
        harm(&fleet, victim, &mut dice);
        let healed = Instant::now();
        load.accepted(20);
        let accepted_after = healed.elapsed();
        let ledger = load.stop();
        ledger.verify(&fleet);
        eprintln!(
            "{test}: {victim}: {ledger}; orders again after {:.1} s, settled after {:.1} s",
            accepted_after.as_secs_f64(),
            healed.elapsed().as_secs_f64(),
        );
    }
}
