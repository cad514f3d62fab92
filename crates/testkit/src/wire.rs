//! A wire to a server that can be cut and mended, or fall silent.

use std::{
    io,
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
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
    connections: Vec<Connection>,
}

struct Connection {
    client: TcpStream,
    silent: Arc<AtomicBool>,
}

impl Wire {
    fn to(server: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (held, server): (Arc<Mutex<Held>>, _) = (Arc::default(), server.to_owned());
        let shared = Arc::clone(&held);
        thread::spawn(move || listener.incoming().for_each(|it| connect(it, &server, &shared)));
        Self { address, held }
    }

    /// A wire to the server of this URL, and the URL that leads over it.
    pub fn over(url: &str) -> (Self, String) {
        let begin = url.find('@').or_else(|| Some(url.find("://")? + 2)).expect("a URL") + 1;
        let end = url[begin..].find('/').map_or(url.len(), |at| begin + at);
        let wire = Self::to(&url[begin..end]);
        let over = format!("{}{}{}", &url[..begin], wire.address, &url[end..]);
        (wire, over)
    }

    /// Breaks every connection, and every one to come.
    pub fn cut(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.cut = true;
        for connection in held.connections.drain(..) {
            // One that has ended cannot be ended.
            let _ = connection.client.shutdown(Shutdown::Both);
        }
    }

    /// Carries nothing more over any connection, and tells nobody: so it looks when a machine is
    /// gone. Those to come are not harmed.
    pub fn silence(&self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.connections.drain(..).for_each(|it| it.silent.store(true, Relaxed));
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
    let (silent, server) = (Arc::<AtomicBool>::default(), server.to_owned());
    let known = client.try_clone().map(|client| Connection { client, silent: silent.clone() });
    held.connections.extend(known);
    thread::spawn(move || forward(&client, &[server], &silent));
}
