//! A payment that answers as a test wants it to.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// Listens until the test ends.
pub(super) struct FakePayment {
    pub(super) url: String,
    state: Arc<(Mutex<State>, Condvar)>,
}

struct State {
    status: u16,
    /// Requests wait until this is over.
    held: bool,
    asked: usize,
}

impl FakePayment {
    /// Answers with 201 at first.
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = State { status: 201, held: false, asked: 0 };
        let state = Arc::new((Mutex::new(state), Condvar::new()));
        let shared = state.clone();
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let state = shared.clone();
                thread::spawn(move || drop(serve(socket, &state)));
            }
        });
        Self { url, state }
    }

    pub(super) fn answer(&self, status: u16) {
        self.state.0.lock().unwrap().status = status;
    }

    /// Gives no answer until this is called with `false`.
    pub(super) fn hold(&self, held: bool) {
        self.state.0.lock().unwrap().held = held;
        self.state.1.notify_all();
    }

    /// How many requests have come.
    pub(super) fn asked(&self) -> usize {
        self.state.0.lock().unwrap().asked
    }
}

fn serve(mut socket: TcpStream, (state, changed): &(Mutex<State>, Condvar)) -> std::io::Result<()> {
    let mut reader = BufReader::new(socket.try_clone()?);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        reader.read_exact(&mut vec![0; length])?;
        let mut state = state.lock().unwrap();
        state.asked += 1;
        let state = changed.wait_while(state, |state| state.held).unwrap();
        let status = state.status;
        drop(state);
        write!(socket, "HTTP/1.1 {status} Told\r\nContent-Length: 0\r\n\r\n")?;
    }
}
