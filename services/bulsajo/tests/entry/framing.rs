//! Heads that two servers could read in two ways.

use testkit::{
    Fleet,
    fleet::Service::{Gateway, Order},
};

use crate::{BINARY, exchange, orders};

#[test]
fn a_request_names_one_host() {
    let fleet = Fleet::start(BINARY, &[]);
    for service in [Order, Gateway] {
        let address = fleet.address(service);
        for (head, status) in [
            ("GET /orders HTTP/1.1\r\n\r\n", 400),
            ("GET /orders HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
            ("GET /orders HTTP/1.1\r\nHost: localhost\r\nhost: other\r\n\r\n", 400),
            ("GET http://localhost/orders HTTP/1.1\r\n\r\n", 400),
            ("GET /orders HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            ("GET /orders HTTP/1.0\r\n\r\n", 200),
            ("GET /orders HTTP/1.1\r\nHost:\r\n\r\n", 200),
        ] {
            let answer = exchange(address, head);
            assert_eq!(answer.status, status, "{head:?}: {}", answer.text());
        }
    }
}

#[test]
fn chunks_are_the_one_transfer_coding() {
    let fleet = Fleet::start(BINARY, &[]);
    let body = "2\r\n{}\r\n0\r\n\r\n";
    for service in [Order, Gateway] {
        for (codings, status) in [
            ("Transfer-Encoding: gzip, chunked", 501),
            ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", 501),
            ("Transfer-Encoding: identity, chunked", 501),
            ("Transfer-Encoding: chunked, chunked", 400),
            ("Transfer-Encoding: Chunked", 201),
        ] {
            let head = "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";
            let request = format!("{head}\r\n{codings}\r\n\r\n{body}");
            let answer = exchange(fleet.address(service), &request);
            assert_eq!(answer.status, status, "{codings}: {}", answer.text());
        }
    }
    assert_eq!(orders(fleet.address(Order)), 2);
}
