//! On a machine of one's own a service answers to that machine's names alone: a page of a site
//! whose name is made to lead there has another.

use testkit::{
    Fleet,
    fleet::Service::{Gateway, Order},
};

use crate::{BINARY, ask, orders};

#[test]
fn a_name_from_elsewhere_is_not_answered_to_whatever_it_asks() {
    let fleet = Fleet::start(BINARY, &[]);
    for service in [Order, Gateway] {
        let address = fleet.address(service);
        for host in ["shop.attack.test", "127.0.0.1.attack.test:8081", "localhost.attack.test"] {
            for line in
                ["GET /orders", "POST /orders", "GET /actuator/info", "GET /hpa", "PUT /nothing"]
            {
                let answer = ask(address, line, &[("Host", host)]);
                assert_eq!(answer.status, 421, "{line} {host}: {}", answer.text());
                let hint = answer.json()["hint"].to_string();
                let name = host.split(':').next().unwrap();
                assert!(hint.contains(&format!("ALLOWED_HOSTS={name}")), "{hint}");
            }
        }
        let same_site = [("Host", "attack.test"), ("Origin", "http://attack.test")];
        assert_eq!(ask(address, "POST /orders", &same_site).status, 421);
    }
    assert_eq!(orders(fleet.address(Order)), 0);
}

#[test]
fn this_machine_has_many_names() {
    let fleet = Fleet::start(BINARY, &[]);
    for host in [
        "localhost",
        "LocalHost:8088",
        "localhost.",
        "lab.localhost:80",
        "127.0.0.1:9",
        "[::1]:8088",
        "192.168.7.7",
        "order:8080",
        "gateway",
        "",
    ] {
        for service in [Order, Gateway] {
            let answer = ask(fleet.address(service), "GET /orders", &[("Host", host)]);
            assert_eq!(answer.status, 200, "{host}: {}", answer.text());
        }
    }
}

#[test]
fn names_can_be_allowed() {
    let names = [("ALLOWED_HOSTS", "Shop.test, .lab.test")];
    let fleet = Fleet::start(BINARY, &names);
    for (host, status) in [
        ("shop.test:8088", 200),
        ("SHOP.test", 200),
        ("lab.test", 200),
        ("a.b.lab.test", 200),
        ("localhost", 200),
        ("my.shop.test", 421),
        ("slab.test", 421),
    ] {
        let answer = ask(fleet.address(Gateway), "GET /orders", &[("Host", host)]);
        assert_eq!(answer.status, status, "{host}: {}", answer.text());
    }
    let any = Fleet::start(BINARY, &[("ALLOWED_HOSTS", "any")]);
    assert_eq!(ask(any.address(Order), "GET /orders", &[("Host", "a.b.test")]).status, 200);
}

#[test]
fn a_container_answers_to_every_name() {
    let fleet = Fleet::start(BINARY, &[("LISTEN_HOST", "0.0.0.0")]);
    let headers = [("Host", "shop.test"), ("Origin", "http://else.test")];
    for service in [Order, Gateway] {
        assert_eq!(ask(fleet.address(service), "POST /orders", &headers).status, 201);
    }
}
