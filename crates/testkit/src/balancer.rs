//! A balancer in front of replicas, as a Kubernetes Service is one.

use std::{
    io::{self, Read},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// Gives each connection to the next replica in turn; one that refuses is passed over. When all
/// refuse, the connection is closed.
pub(crate) struct Balancer {
    pub(crate) address: SocketAddr,
    closed: Arc<AtomicBool>,
}

impl Balancer {
    pub(crate) fn start(replicas: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let closed = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&closed);
        thread::spawn(move || accept(&listener, &replicas, &told));
        Self { address, closed }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // Whoever accepts has to look.
        let _ = TcpStream::connect(self.address);
    }
}

fn accept(listener: &TcpListener, replicas: &[SocketAddr], closed: &AtomicBool) {
    for (turn, client) in listener.incoming().enumerate() {
        if closed.load(Ordering::Relaxed) {
            return;
        }
        let mut replicas = replicas.to_vec();
        let first = turn % replicas.len();
        replicas.rotate_left(first);
        let silent = AtomicBool::new(false);
        thread::spawn(move || client.and_then(|client| forward(&client, &replicas, &silent)));
    }
}

/// Passes on what both sides say, between this client and the first that takes it, as long as the
/// connection is not to be silent.
pub(crate) fn forward(
    client: &TcpStream,
    replicas: &[impl ToSocketAddrs],
    silent: &AtomicBool,
) -> io::Result<()> {
    let server = replicas.iter().find_map(|replica| TcpStream::connect(replica).ok());
    let server = server.ok_or(io::ErrorKind::ConnectionRefused)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    thread::scope(|scope| {
        scope.spawn(|| pump(client, &server, silent));
        pump(&server, client, silent);
    });
    Ok(())
}

/// Passes on what comes, and then that nothing more will come.
fn pump(from: &TcpStream, mut to: &TcpStream, silent: &AtomicBool) {
    let half = match io::copy(&mut Incoming { stream: from, silent }, &mut to) {
        Ok(_) => Shutdown::Write,
        // A replica was killed, or a client is gone: the other side hears of it at once.
        Err(_) => Shutdown::Both,
    };
    let _ = to.shutdown(half);
    if half == Shutdown::Both {
        let _ = from.shutdown(half);
    }
}

/// What comes over a connection, until it falls silent.
struct Incoming<'a> {
    stream: &'a TcpStream,
    silent: &'a AtomicBool,
}

impl Read for Incoming<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer);
        while self.silent.load(Ordering::Relaxed) {
            thread::park();
        }
        count
    }
}
