//! What gets into a fleet, and what does not: at its public port, and at those of its services.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod framing;
mod hook;
mod hosts;
mod paths;
mod public;
mod sites;
mod spread;
mod uploads;

use std::net::SocketAddr;

use testkit::{Connection, Response, http};

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_bulsajo");

const COFFEE: &str = r#"{"productId":1,"qty":1,"cost":1000,"productName":"Coffee"}"#;

/// The answer to this line (`GET /orders`) with these headers beside a `Host`.
fn ask(address: SocketAddr, line: &str, headers: &[(&str, &str)]) -> Response {
    let (method, path) = line.split_once(' ').unwrap();
    let body = (method == "POST" && path == "/orders").then_some(COFFEE);
    let mut headers = headers.to_vec();
    headers.extend(body.map(|_| ("Content-Type", "application/json")));
    http::send(address, method, path, &headers, body).unwrap()
}

/// The answer to these bytes.
fn exchange(address: SocketAddr, request: &str) -> Response {
    Connection::open(address).unwrap().exchange(request.as_bytes(), false).unwrap()
}

/// How many orders there are.
fn orders(order: SocketAddr) -> u64 {
    let list = ask(order, "GET /orders?size=1", &[]).json();
    list["page"]["totalElements"].as_u64().unwrap()
}
