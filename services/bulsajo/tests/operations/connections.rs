//! Clients that are slow, silent or many: they are waited for so long and no longer, and probes are
//! answered meanwhile.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use testkit::{
    Fleet, Metrics, eventually,
    fleet::Service::{Gateway, Order},
    http::{self, Connection},
};

use crate::{BINARY, coffee};

/// A time-out that is over soon, and one that is not reached by any test here.
const SOON: &str = "1s";
const NEVER: &str = "1h";

/// A probe of the kubelet: it is answered well before it gives up, on a connection of its own.
fn probe(address: SocketAddr) {
    let began = Instant::now();
    let answer = http::send(address, "GET", "/actuator/health/liveness", &[], None).unwrap();
    assert_eq!(answer.status, 200);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    socket
}

/// Whether the other side has closed it: there is nothing to read but its end.
fn is_closed(socket: &TcpStream) -> bool {
    socket.set_nonblocking(true).unwrap();
    let looked = socket.peek(&mut [0]);
    socket.set_nonblocking(false).unwrap();
    match looked {
        Ok(bytes) => bytes == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}

fn closes(socket: &TcpStream, what: &str) {
    eventually(|| if is_closed(socket) { Ok(()) } else { Err(format!("{what} stays open")) });
}

/// Sends this, and a byte now and then after it as long as that is possible; what is answered.
fn trickle(address: SocketAddr, begin: &str) -> String {
    let mut socket = connect(address);
    socket.write_all(begin.as_bytes()).unwrap();
    let mut slow = socket.try_clone().unwrap();
    let trickling = thread::spawn(move || {
        while slow.write_all(b" ").is_ok() {
            // The pace of a slow client, which is what is tried: nothing is waited for.
            thread::sleep(Duration::from_millis(50));
        }
    });
    let mut answer = Vec::new();
    // It may be reset when it is closed, because of the bytes that nobody has read.
    let _ = socket.read_to_end(&mut answer);
    trickling.join().unwrap();
    String::from_utf8(answer).unwrap()
}

/// How many requests are under way at order.
fn in_flight(fleet: &Fleet) -> Option<i64> {
    let metrics = Metrics::of(fleet.address(Order)).ok()?;
    metrics.count("requests_in_flight", "")
}

#[test]
fn heads_that_do_not_end_are_given_up_and_connections_that_wait_are_not() {
    let settings = [("HTTP_HEADER_TIMEOUT", SOON), ("HTTP_IDLE_TIMEOUT", NEVER)];
    let fleet = Fleet::start(BINARY, &settings);
    for service in [Order, Gateway] {
        let address = fleet.address(service);
        let mut kept = Connection::open(address).unwrap();
        assert_eq!(kept.send("GET", "/orders", &[], None).unwrap().status, 200);

        closes(&connect(address), "a silent connection");
        let mut half = connect(address);
        half.write_all(b"GET /orders HTTP/1.1\r\nHost: loc").unwrap();
        closes(&half, "half a head");
        assert_eq!(trickle(address, "GET /orders HTTP/1.1\r\nHost: localhost\r\nX: "), "");

        assert_eq!(kept.send("GET", "/orders", &[], None).unwrap().status, 200);
    }
}

#[test]
fn a_connection_that_waits_for_its_next_request_is_closed_in_time() {
    let settings = [("HTTP_HEADER_TIMEOUT", NEVER), ("HTTP_IDLE_TIMEOUT", SOON)];
    let fleet = Fleet::start(BINARY, &settings);
    let mut kept = Connection::open(fleet.address(Order)).unwrap();
    assert_eq!(kept.send("GET", "/orders", &[], None).unwrap().status, 200);
    closes(kept.socket(), "an idle connection");
}

#[test]
fn a_head_has_a_longest_size() {
    let fleet = Fleet::start(BINARY, &[("HTTP_HEADER_SIZE", "8KiB")]);
    let ask = |length: usize| {
        let name = "a".repeat(length);
        http::send(fleet.address(Order), "GET", "/orders", &[("X-Name", &name)], None)
    };
    assert_eq!(ask(7 << 10).unwrap().status, 200);
    assert_eq!(ask(9 << 10).unwrap().status, 431);
}

#[test]
fn a_body_that_stalls_or_trickles_is_a_408_wherever_it_is_read() {
    for (body, request) in [(SOON, NEVER), (NEVER, SOON)] {
        let settings = [("HTTP_BODY_TIMEOUT", body), ("REQUEST_TIMEOUT", request)];
        let fleet = Fleet::start(BINARY, &settings);
        for (service, method, path) in [
            (Order, "POST", "/orders"),
            (Gateway, "POST", "/orders"),
            (Order, "PUT", "/actuator/maintenance"),
        ] {
            if body == NEVER && (service, path) != (Order, "/orders") {
                // Only there have requests a time in which they have to be done.
                continue;
            }
            let head = format!(
                "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                 Content-Length: 9000\r\n\r\n{{"
            );
            let address = fleet.address(service);
            let mut stalled = connect(address);
            stalled.write_all(head.as_bytes()).unwrap();
            let mut answer = String::new();
            stalled.read_to_string(&mut answer).unwrap();
            for answer in [answer, trickle(address, &head)] {
                assert!(answer.starts_with("HTTP/1.1 408 "), "{service:?} {path}: {answer}");
                assert!(answer.contains("HTTP_BODY_TIMEOUT"), "{answer}");
                // Over the gateway it may be order that gave up first.
                let closes = answer.to_lowercase().contains("connection: close");
                assert!(closes || service == Gateway, "{answer}");
            }
        }
        let orders = fleet.ask(Order, "GET", "/orders", None).json();
        assert_eq!(orders["page"]["totalElements"], 0, "{orders}");
    }
}

#[test]
fn an_answer_that_nobody_reads_is_given_up() {
    let fleet = Fleet::start(BINARY, &[("HTTP_WRITE_TIMEOUT", SOON)]);
    let mut socket = connect(fleet.address(Order));
    // More than any buffer between the two holds.
    let request = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.write_all(&request.repeat(2000)).unwrap();

    eventually(|| match socket.write_all(b"\r\n") {
        Ok(()) => Err("it is still open"),
        Err(_) => Ok(()),
    });
    eventually(|| match in_flight(&fleet) {
        Some(0) => Ok(()),
        other => Err(format!("{other:?} are under way")),
    });
}

#[test]
fn a_flood_of_silent_connections_keeps_neither_probes_nor_orders_waiting() {
    let settings = [("HTTP_CONNECTIONS", "40"), ("HTTP_HEADER_TIMEOUT", NEVER)];
    let fleet = Fleet::start(BINARY, &settings);
    let address = fleet.address(Order);
    let mut kept = Connection::open(address).unwrap();
    assert_eq!(kept.send("GET", "/orders", &[], None).unwrap().status, 200);

    let mut flood = Vec::new();
    for number in 0..200 {
        let mut socket = connect(address);
        if number % 2 == 0 {
            socket.write_all(b"GET /orders HTTP/1.1\r\nX: ").unwrap();
        }
        flood.push(socket);
        if number % 50 == 49 {
            probe(address);
        }
    }

    eventually(|| match flood.iter().filter(|it| !is_closed(it)).count() {
        ..=40 => Ok(()),
        open => Err(format!("{open} are open")),
    });
    assert_eq!(kept.send("GET", "/orders", &[], None).unwrap().status, 200, "it was in use");
    assert_eq!(fleet.http("POST", "/orders", Some(coffee())).status, 201);
}

#[test]
fn when_all_connections_are_in_use_probes_are_answered_and_others_are_sent_away() {
    let fleet = Fleet::start(BINARY, &[("HTTP_CONNECTIONS", "8")]);
    let address = fleet.address(Order);
    // Those before may not have left their places yet.
    let answered = |method: &str, path: &str, status: u16| {
        eventually(|| match http::send(address, method, path, &[], None) {
            Ok(answer) if answer.status == status => Ok(answer),
            other => Err(format!("{other:?}")),
        })
    };
    answered("PUT", "/actuator/faults/hang", 200);
    let mut hanging = Vec::new();
    // One by one: until its request has come a connection is the first one to go for another.
    eventually(|| match in_flight(&fleet) {
        Some(8) => Ok(()),
        fewer => {
            let mut socket = connect(address);
            let _ = socket.write_all(b"GET /orders HTTP/1.1\r\nHost: localhost\r\n\r\n");
            hanging.push(socket);
            Err(format!("{fewer:?} are under way"))
        }
    });

    let refused = answered("GET", "/orders", 503);

    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.header("connection"), Some("close"));
    assert!(refused.text().contains("HTTP_CONNECTIONS"), "{}", refused.text());
    answered("GET", "/actuator/health/liveness", 200);
    answered("DELETE", "/actuator/faults/hang", 204);
    drop(hanging);
    answered("GET", "/orders", 200);
}
