//! Clients that order, and call orders off, all the time.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
};

use crate::{Connection, Ledger, eventually, http, rows::id_of};

/// Several clients at once, who order until they are told to stop.
pub struct Load {
    progress: Arc<Progress>,
    clients: Vec<JoinHandle<Ledger>>,
}

#[derive(Default)]
struct Progress {
    stop: AtomicBool,
    accepted: AtomicUsize,
}

impl Load {
    /// Lets so many clients begin at this door.
    pub fn start(door: SocketAddr, clients: usize) -> Self {
        let progress: Arc<Progress> = Arc::default();
        let client = |_| {
            let progress = Arc::clone(&progress);
            thread::spawn(move || shop(door, &progress))
        };
        let clients = (0..clients).map(client).collect();
        Self { progress, clients }
    }

    /// Waits until so many more orders have been accepted than now.
    pub fn accepted(&self, more: usize) {
        let wanted = self.progress.accepted.load(Relaxed) + more;
        eventually(|| match self.progress.accepted.load(Relaxed) {
            accepted if accepted >= wanted => Ok(()),
            accepted => Err(format!("{accepted} of {wanted} orders were accepted")),
        });
    }

    /// Lets every client finish what it is about, and gathers what they know.
    pub fn stop(mut self) -> Ledger {
        self.progress.stop.store(true, Relaxed);
        let mut all = Ledger::default();
        for client in self.clients.drain(..) {
            all.add(client.join().expect("a client ends"));
        }
        all
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.progress.stop.store(true, Relaxed);
    }
}

/// A client that orders, and calls every third order off again.
fn shop(door: SocketAddr, progress: &Progress) -> Ledger {
    let (mut ledger, mut connection, mut count) = (Ledger::default(), None, 0);
    while !progress.stop.load(Relaxed) {
        let Some(id) = place(door, &mut connection, &mut ledger) else { continue };
        ledger.accepted.insert(id);
        if count % 3 == 0 {
            call_off(door, id, &mut ledger);
        }
        count += 1;
        progress.accepted.fetch_add(1, Relaxed);
    }
    ledger
}

const COFFEE: &str =
    r#"{"productId":1,"qty":1,"paymentType":"cash","cost":1000,"productName":"Coffee"}"#;

fn place(
    door: SocketAddr,
    connection: &mut Option<Connection>,
    ledger: &mut Ledger,
) -> Option<i64> {
    if connection.is_none() {
        // While the fleet is down there is nothing to do but to try again.
        *connection = Connection::open(door).ok();
        if connection.is_none() {
            ledger.unanswered += 1;
            thread::yield_now();
        }
    }
    let headers = [("Content-Type", "application/json"), ("Accept", "*/*")];
    let answer = connection.as_mut()?.send("POST", "/orders", &headers, Some(COFFEE));
    let Ok(answer) = answer else {
        *connection = None;
        ledger.unanswered += 1;
        return None;
    };
    *ledger.answers.entry(answer.status).or_default() += 1;
    if answer.header("connection") == Some("close") {
        *connection = None;
    }
    (answer.status == 201).then(|| answer.header("location").map(id_of)).flatten()
}

fn call_off(door: SocketAddr, id: i64, ledger: &mut Ledger) {
    ledger.accepted.remove(&id);
    match http::send(door, "DELETE", &format!("/orders/{id}"), &[], None) {
        Ok(answer) if answer.status == 204 => ledger.cancelled.insert(id),
        _ => ledger.unsure.insert(id),
    };
}
