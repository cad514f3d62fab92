use std::{collections::BTreeMap, time::Duration};

use super::*;

fn wish(fault: Fault, pairs: &[(&str, &str)]) -> Wish {
    let wanted: BTreeMap<String, String> =
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Wish::read(fault, &wanted).expect("it is right")
}

#[test]
fn the_same_seed_hits_the_same_ones() {
    let hits = |seed: &str| {
        let faults = Faults::of(Arc::default());
        faults
            .set(wish(Fault::Error, &[("rate", "0.3"), ("seed", seed)]), "me")
            .expect("there is room");
        (0..200).map(|_| faults.strike(Fault::Error).is_some()).collect::<Vec<_>>()
    };
    assert_eq!(hits("7"), hits("7"));
    assert_ne!(hits("7"), hits("8"));
}

#[test]
fn fail_next_hits_so_many_and_is_over() {
    let faults = Faults::of(Arc::default());
    faults.set(wish(Fault::Error, &[("failNext", "3")]), "me").expect("there is room");
    let hits = (0..10).filter(|_| faults.strike(Fault::Error).is_some()).count();
    assert_eq!(hits, 3);
    assert!(!faults.any());
    assert_eq!(faults.history().last().expect("a change").what, "over");
}

#[tokio::test(start_paused = true)]
async fn a_fault_is_over_when_its_time_is() {
    let faults = Faults::of(Arc::default());
    faults.set(wish(Fault::Latency, &[("ttl", "2m")]), "me").expect("there is room");
    tokio::time::advance(Duration::from_secs(119)).await;
    assert!(faults.strike(Fault::Latency).is_some());
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(faults.strike(Fault::Latency).is_none());
    assert!(!faults.any());
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_fault_wakes_when_it_is_over_or_cleared() {
    let faults = Faults::of(Arc::default());
    faults.set(wish(Fault::OutboxStall, &[("ttl", "2m")]), "me").expect("there is room");
    faults.while_on(Fault::OutboxStall).await;
    assert!(!faults.any());
    faults.set(wish(Fault::OutboxStall, &[("ttl", "forever")]), "me").expect("there is room");
    let clear = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        faults.clear(Fault::OutboxStall, "me");
    };
    tokio::join!(faults.while_on(Fault::OutboxStall), clear);
}

#[tokio::test(start_paused = true)]
async fn whoever_follows_is_told_of_each_change_and_of_each_end_when_it_comes() {
    let faults = Faults::of(Arc::default());
    let mut changes = faults.changes();
    let began = tokio::time::Instant::now();
    faults.set(wish(Fault::Liveness, &[("ttl", "2m")]), "me").expect("there is room");
    faults.set(wish(Fault::Sigterm, &[("ttl", "30s")]), "me").expect("there is room");
    faults.set(wish(Fault::Cpu, &[("ttl", "forever")]), "me").expect("there is room");
    faults.next(&mut changes).await;
    assert_eq!(began.elapsed(), Duration::ZERO, "three changes, seen as one");

    let mut ends = Vec::new();
    while faults.on(Fault::Liveness).is_some() {
        faults.next(&mut changes).await;
        ends.push(began.elapsed().as_secs());
    }

    ends.dedup();
    assert_eq!(ends, [30, 120], "no look in between");
    faults.next(&mut changes).await;
    let later = tokio::time::timeout(Duration::from_hours(1), faults.next(&mut changes)).await;
    assert!(later.is_err(), "what is left stays for ever");
}

#[test]
fn only_the_wanted_requests_are_hit() {
    let faults = Faults::of(Arc::default());
    faults
        .set(wish(Fault::Error, &[("routes", "/orders"), ("methods", "post")]), "me")
        .expect("there is room");
    assert!(faults.strike_request(Fault::Error, "POST", "/orders").is_some());
    assert!(faults.strike_request(Fault::Error, "GET", "/orders").is_none());
    assert!(faults.strike_request(Fault::Error, "POST", "/payments").is_none());
}
