//! HTTP as it is on the wire: requests written by hand, answers with every byte.

use std::{
    fmt::Write as _,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// In their order, as they were spelt.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header, if it came once or more: the first.
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = |header: &&(String, String)| header.0.eq_ignore_ascii_case(name);
        self.headers.iter().find(named).map(|(_, value)| value.as_str())
    }

    /// Every value of a header.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = move |header: &&(String, String)| header.0.eq_ignore_ascii_case(name);
        self.headers.iter().filter(named).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of text")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {:?}", String::from_utf8_lossy(&self.body)))
    }
}

/// A connection that is kept alive as long as the other side lets it.
pub struct Connection {
    socket: BufReader<TcpStream>,
    address: SocketAddr,
}

impl Connection {
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        socket.set_read_timeout(Some(Duration::from_secs(20)))?;
        socket.set_nodelay(true)?;
        Ok(Self { socket: BufReader::new(socket), address })
    }

    /// Sends a request with this body, if any, and reads the answer.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> io::Result<Response> {
        let mut text = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            let _ = write!(text, "Host: localhost:{}\r\n", self.address.port());
        }
        for (name, value) in headers {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        if let Some(body) = body {
            let _ = write!(text, "Content-Length: {}\r\n", body.len());
        }
        text.push_str("\r\n");
        text.push_str(body.unwrap_or_default());
        self.exchange(text.as_bytes(), method == "HEAD")
    }

    /// Sends these bytes and reads one answer.
    pub fn exchange(&mut self, request: &[u8], head_only: bool) -> io::Result<Response> {
        self.socket.get_mut().write_all(request)?;
        self.read(head_only)
    }

    fn read(&mut self, head_only: bool) -> io::Result<Response> {
        let status_line = self.line()?;
        let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status: {status_line}")))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let mut response = Response { status, headers, body: Vec::new() };
        if !head_only && status != 204 && status != 304 {
            self.read_body(&mut response)?;
        }
        Ok(response)
    }

    fn read_body(&mut self, response: &mut Response) -> io::Result<()> {
        if response.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = self.line()?;
                let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
                let mut chunk = vec![0; size];
                self.socket.read_exact(&mut chunk)?;
                response.body.extend_from_slice(&chunk);
                self.line()?;
                if size == 0 {
                    return Ok(());
                }
            }
        }
        let length = response.header("content-length").and_then(|length| length.parse().ok());
        response.body = vec![0; length.unwrap_or(0)];
        self.socket.read_exact(&mut response.body)
    }

    /// Whether the other side has not closed it yet: what is sent may be answered.
    pub fn is_open(&self) -> bool {
        let socket = self.socket.get_ref();
        let looked = socket.set_nonblocking(true).and_then(|()| socket.peek(&mut [0]));
        let back = socket.set_nonblocking(false);
        back.is_ok() && looked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// The socket, for whoever writes a request by hand and reads a stream by [`Self::line`].
    pub fn socket(&mut self) -> &mut TcpStream {
        self.socket.get_mut()
    }

    /// Reads one line of a stream, without its end.
    pub fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.socket.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// One request on a connection of its own.
pub fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> io::Result<Response> {
    Connection::open(address)?.send(method, path, headers, body)
}
