//! A refusal reaches the client whose upload is still under way.

use std::{io::Write as _, net::SocketAddr};

use testkit::{
    Connection, Fleet,
    fleet::Service::{Gateway, Order},
};

use crate::BINARY;

/// What is refused without being read, its size, and how.
const REFUSED: [(&str, usize, u16); 5] = [
    ("POST /orders", 400_000, 413),
    ("POST /orders", 3_000_000, 413),
    ("POST /orders/7", 400_000, 405),
    ("PUT /orders", 2_000_000, 405),
    ("POST /orders/a/b", 1_000_000, 404),
];

fn head(line: &str, size: usize) -> String {
    format!(
        "{line} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {size}\r\n\r\n"
    )
}

fn through(fleet: &Fleet) -> [SocketAddr; 2] {
    [fleet.address(Order), fleet.address(Gateway)]
}

#[test]
fn a_client_that_sends_all_of_it_first_reads_the_refusal_then() {
    let fleet = Fleet::start(BINARY, &[]);
    for address in through(&fleet) {
        for (line, size, status) in REFUSED {
            for _ in 0..15 {
                let upload = head(line, size) + &"x".repeat(size);
                let mut connection = Connection::open(address).unwrap();
                let answer = connection.exchange(upload.as_bytes(), false);
                assert_eq!(answer.unwrap().status, status, "{address} {line} {size}");
            }
        }
    }
}

#[test]
fn the_refusal_comes_amid_the_upload_and_the_connection_stays() {
    let fleet = Fleet::start(BINARY, &[]);
    for address in through(&fleet) {
        for (line, size, status) in REFUSED {
            let mut connection = Connection::open(address).unwrap();
            // More than is read of any body.
            let begun = head(line, size) + &"x".repeat(300_000);
            let answer = connection.exchange(begun.as_bytes(), false).unwrap();
            assert_eq!(answer.status, status, "{address} {line} {size}");

            connection.socket().write_all("x".repeat(size - 300_000).as_bytes()).unwrap();
            let next = connection.send("GET", "/orders", &[], None).unwrap();
            assert_eq!(next.status, 200, "{address} {line}: the connection is used again");
        }
    }
}

#[test]
fn a_client_that_waits_for_100_continue_is_refused_instead() {
    let fleet = Fleet::start(BINARY, &[]);
    let asked = head("POST /orders/7", 3_000_000);
    let asked = asked.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
    let mut connection = Connection::open(fleet.address(Order)).unwrap();
    let answer = connection.exchange(asked.as_bytes(), false).unwrap();
    assert_eq!(answer.status, 405, "not 100: nothing of it will be read");
}
