//! What order asks of payment reaches every payment that there is.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use testkit::{Cell, Fleet, fleet::Service::Order};

use crate::{BINARY, ask};

/// One address for payments that come and go: each connection goes to the next of them in turn.
struct Payments {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Arc<AtomicUsize>>>>,
}

impl Payments {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(vec![Arc::default()]));
        let payments = asked.clone();
        thread::spawn(move || {
            for (turn, socket) in listener.incoming().flatten().enumerate() {
                let payment: Arc<AtomicUsize> = {
                    let payments: &Vec<Arc<AtomicUsize>> = &payments.lock().unwrap();
                    payments[turn % payments.len()].clone()
                };
                thread::spawn(move || drop(serve(socket, &payment)));
            }
        });
        Self { address, asked }
    }

    fn add(&self, count: usize) {
        self.asked.lock().unwrap().extend((0..count).map(|_| Arc::default()));
    }

    fn asked(&self) -> Vec<usize> {
        self.asked.lock().unwrap().iter().map(|it| it.load(Relaxed)).collect()
    }
}

/// Says yes to every request on this connection.
fn serve(mut socket: TcpStream, asked: &AtomicUsize) -> io::Result<()> {
    let mut reader = BufReader::new(socket.try_clone()?);
    loop {
        let (mut length, mut line) = (0, String::new());
        while reader.read_line(&mut line)? > 2 {
            let known = line.to_ascii_lowercase();
            let value = known.strip_prefix("content-length:").map(|it| it.trim().parse());
            length = value.transpose().map_err(io::Error::other)?.unwrap_or(length);
            line.clear();
        }
        if line.is_empty() {
            return Ok(());
        }
        reader.read_exact(&mut vec![0; length])?;
        asked.fetch_add(1, Relaxed);
        socket.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")?;
    }
}

fn place_for(order: SocketAddr, time: Duration) {
    let end = Instant::now() + time;
    thread::scope(|clients| {
        for _ in 0..3 {
            clients.spawn(move || {
                while Instant::now() < end {
                    assert_eq!(ask(order, "POST /orders", &[]).status, 201);
                }
            });
        }
    });
}

#[test]
fn payments_that_are_added_have_their_share_within_five_seconds() {
    let payments = Payments::start();
    let url = format!("http://{}", payments.address);
    let plan = Fleet::on(Cell::Embedded).replicas(1).settings(&[("PAYMENT_URL", &url)]);
    let fleet = plan.start(BINARY);
    let order = fleet.addresses(Order)[0];
    place_for(order, Duration::from_secs(2));
    let before = payments.asked()[0];
    assert!(before > 0);

    payments.add(2);
    place_for(order, Duration::from_secs(5));

    let mut shares = payments.asked();
    shares[0] -= before;
    let all: usize = shares.iter().sum();
    assert!(shares.iter().all(|share| share * 100 / all >= 15), "{shares:?}");
}
