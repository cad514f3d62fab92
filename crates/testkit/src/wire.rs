//! A wire to a server that can be cut, and mended.

use std::{
    io,
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use crate::balancer::forward;

/// What connects to it is connected to the server, until the wire is cut.
pub struct Wire {
    address: SocketAddr,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    cut: bool,
    clients: Vec<TcpStream>,
}

impl Wire {
    /// A wire to the server at this `host:port`.
    pub fn to(server: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (held, server): (Arc<Mutex<Held>>, _) = (Arc::default(), server.to_owned());
        let shared = Arc::clone(&held);
        thread::spawn(move || listener.incoming().for_each(|it| connect(it, &server, &shared)));
        Self { address, held }
    }

    /// Where to connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Breaks every connection, and every one to come.
    pub fn cut(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.cut = true;
        for client in held.clients.drain(..) {
            // One that has ended cannot be ended.
            let _ = client.shutdown(Shutdown::Both);
        }
    }

    /// Lets new connections through again.
    pub fn mend(&self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).cut = false;
    }
}

fn connect(client: io::Result<TcpStream>, server: &str, held: &Mutex<Held>) {
    let Ok(client) = client else { return };
    let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
    if held.cut {
        return;
    }
    held.clients.extend(client.try_clone());
    let server = server.to_owned();
    thread::spawn(move || forward(&client, &[server]));
}
