//! What old worksheets call to see a service fail: paths and a variable of other samples.

use std::{io::Write as _, net::TcpStream};

use testkit::{
    Fleet, eventually,
    fleet::Service::{Delivery, Gateway, Order, Payment},
};

use crate::{
    BINARY,
    process::{resident, ticks},
    steps::{ask, clear, is_well, orders, shown},
};

#[test]
fn memory_leaks_a_mebibyte_at_a_time_until_the_cap() {
    for path in ["/callMemleak", "/orders/memleak"] {
        let mut fleet = Fleet::start(BINARY, &[("MEMORY_CAP", "64MiB")]);
        let pid = fleet.replica(Order, 1).pid();
        let before = resident(pid);

        let answer = ask(&fleet, "GET", path);

        assert_eq!(answer.status, 507, "{path}: {}", answer.text());
        assert!(answer.text().contains("MEMORY_CAP"), "{}", answer.text());
        let (grown, cap) = (resident(pid) - before, 64 << 20);
        assert!((cap * 95 / 100..=cap * 110 / 100).contains(&grown), "{path}: {grown} bytes");
        assert_eq!(ask(&fleet, "GET", path).status, 507, "no more than once");
        is_well(&fleet);
    }
}

#[test]
fn the_gateway_leads_to_the_leak_of_orders_if_wanted_and_to_no_other() {
    let wanted = [("MEMORY_CAP", "1MiB"), ("GATEWAY_WORKSHEETS", "true")];
    let fleet = Fleet::start(BINARY, &wanted);
    assert_eq!(fleet.http("GET", "/orders/memleak", None).status, 507);
    for path in ["/callMemleak", "/hpa"] {
        assert_eq!(fleet.ask(Gateway, "GET", path, None).status, 404, "{path}");
    }
    for service in [Payment, Delivery] {
        assert_eq!(fleet.ask(service, "GET", "/callMemleak", None).status, 507, "{service:?}");
    }
}

#[test]
fn hpa_burns_processor_time_as_the_walkthrough_does() {
    let mut fleet = Fleet::start(BINARY, &[]);
    let pid = fleet.replica(Order, 1).pid();
    let before = ticks(pid);

    for _ in 0..10 {
        let answer = ask(&fleet, "GET", "/hpa?cpu=100ms");
        assert_eq!((answer.status, answer.text()), (200, "OK!"));
    }

    // 1 s is 100 ticks; the rest is what five idle services and the requests cost.
    let spent = ticks(pid) - before;
    assert!((95..=130).contains(&spent), "{spent} ticks");
    assert_eq!(ask(&fleet, "GET", "/hpa").text(), "OK!");
    let absurd = ask(&fleet, "GET", "/hpa?cpu=1h");
    assert_eq!(absurd.status, 400);
    assert!(absurd.text().contains("at most 10s"), "{}", absurd.text());
}

#[test]
fn hpa_burns_no_longer_than_its_client_waits_and_no_more_at_once_than_the_cap() {
    let mut fleet = Fleet::start(BINARY, &[("CPU_CAP", "1")]);
    let (pid, address) = (fleet.replica(Order, 1).pid(), fleet.address(Order));
    let before = ticks(pid);
    for _ in 0..12 {
        let mut client = TcpStream::connect(address).unwrap();
        let request = "GET /hpa?cpu=10s HTTP/1.1\r\nHost: localhost\r\n\r\n";
        client.write_all(request.as_bytes()).unwrap();
    }

    // Two minutes are asked for: this one would wait for them.
    assert_eq!(ask(&fleet, "GET", "/hpa?cpu=10ms").status, 200);

    let spent = ticks(pid) - before;
    assert!(spent < 500, "{spent} ticks of the 12,000 that nobody waits for");
}

#[test]
fn who_may_not_set_faults_may_not_leak_or_burn() {
    let fleet = Fleet::start(BINARY, &[("FAULTS", "off")]);
    for path in ["/callMemleak", "/orders/memleak", "/hpa"] {
        let refused = ask(&fleet, "GET", path);
        assert_eq!(refused.status, 403, "{path}: {}", refused.text());
        assert!(refused.text().contains("FAULTS=off"), "{}", refused.text());
    }
    is_well(&fleet);
}

#[test]
fn random_error_is_the_fault_error_from_the_start() {
    let fleet = Fleet::start(BINARY, &[("RANDOM_ERROR", "0.2")]);
    let failed = (0..400).filter(|_| {
        let answer = orders(fleet.address(Order)).0.unwrap();
        let by_fault = answer.header("x-fault") == Some("error");
        assert_eq!(by_fault, answer.status == 503, "{}", answer.text());
        by_fault
    });
    // The binomial's 99 % interval around 80 of 400.
    let failed = failed.count();
    assert!((60..=100).contains(&failed), "{failed} of 400");
    let told = shown(&fleet, "error");
    assert_eq!((&told["setBy"], &told["secondsLeft"]), (&"RANDOM_ERROR".into(), &().into()));

    clear(&fleet, "error");
    eventually(|| match orders(fleet.address(Order)).0.unwrap().status {
        200 => Ok(()),
        other => Err(other),
    });
}
