//! One request at a time, over a connection that is kept or made anew, and how it ended.

use std::{
    error::Error as _,
    fmt,
    io::{self, ErrorKind},
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    HeaderMap, Method, Request, Uri,
    client::conn::http1::{SendRequest, handshake},
    header::{CONNECTION, CONTENT_TYPE, HOST, HeaderValue},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, runtime::Handle, time};

use super::machine;
use crate::cli::Load;

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    uri: Uri,
    host: String,
    port: u16,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let uri: Uri = text.parse().map_err(|error| format!("{error}"))?;
        if uri.scheme_str() != Some("http") {
            return Err("it begins with http://".to_owned());
        }
        let host = uri.host().ok_or("it has no host")?.trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(80);
        Ok(Self { uri, host, port })
    }
}

/// An answer, whatever its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) bytes: u64,
}

/// Why there was no answer, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Failed {
    Refused,
    Reset,
    Closed,
    TimedOut,
    Name,
    /// This machine lacks something for it; nobody was asked.
    Here(&'static str),
    Other(String),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "connection refused",
            Self::Reset => "connection reset",
            Self::Closed => "connection closed before the answer was complete",
            Self::TimedOut => "timed out",
            Self::Name => "no such host",
            Self::Here(what) => what,
            Self::Other(what) => what,
        })
    }
}

type Sender = SendRequest<Full<Bytes>>;

/// Who asks.
pub(super) struct Client {
    target: Target,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
    timeout: Duration,
    keep_alive: bool,
    /// Connections that nobody uses at the moment.
    idle: Mutex<Vec<Sender>>,
}

impl Client {
    pub(super) fn new(wanted: &Load) -> Self {
        let body = wanted.body.clone().unwrap_or_default();
        let usual = if body.is_empty() { Method::GET } else { Method::POST };
        Self {
            target: wanted.url.clone(),
            method: wanted.method.clone().unwrap_or(usual),
            headers: headers(wanted),
            body: body.into(),
            timeout: wanted.timeout,
            keep_alive: wanted.keep_alive,
            idle: Mutex::default(),
        }
    }

    /// The same, with connections of its own.
    pub(super) fn for_one_user(&self) -> Arc<Self> {
        Arc::new(Self {
            target: self.target.clone(),
            method: self.method.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
            timeout: self.timeout,
            keep_alive: self.keep_alive,
            idle: Mutex::default(),
        })
    }

    /// How many bytes a request has, beside its head.
    pub(super) fn sends(&self) -> u64 {
        self.body.len() as u64
    }

    /// Asks once. Nothing is asked again: what fails has failed.
    pub(super) async fn ask(&self) -> Result<Answer, Failed> {
        let answer = time::timeout(self.timeout, self.ask_in_time()).await;
        answer.unwrap_or(Err(Failed::TimedOut))
    }

    async fn ask_in_time(&self) -> Result<Answer, Failed> {
        let mut sender = self.connection().await?;
        let told = sender.send_request(self.request()).await.map_err(|error| of_hyper(&error))?;
        let status = told.status().as_u16();
        let body = told.into_body().collect().await.map_err(|error| of_hyper(&error))?.to_bytes();
        if self.keep_alive {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
        }
        Ok(Answer { status, bytes: body.len() as u64 })
    }

    /// One that is idle and still open, or a new one.
    async fn connection(&self) -> Result<Sender, Failed> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut kept) = idle else { break };
            if kept.ready().await.is_ok() {
                return Ok(kept);
            }
        }
        let Target { host, port, .. } = &self.target;
        let found = tokio::net::lookup_host((host.as_str(), *port)).await;
        let addresses: Vec<_> = found.map_err(|error| of_lookup(&error))?.collect();
        let socket = TcpStream::connect(&*addresses).await.map_err(|error| of_socket(&error))?;
        // Small requests are not held back for more.
        socket.set_nodelay(true).map_err(|error| of_socket(&error))?;
        let (sender, connection) =
            handshake(TokioIo::new(socket)).await.map_err(|error| of_hyper(&error))?;
        // It ends with its socket; what goes wrong is told to the one who asks.
        Handle::current().spawn(connection);
        Ok(sender)
    }

    fn request(&self) -> Request<Full<Bytes>> {
        let path = self.target.uri.path_and_query().map_or("/", |it| it.as_str());
        let request = Request::builder().method(&self.method).uri(path);
        let mut request =
            request.body(Full::new(self.body.clone())).expect("its parts have been read as such");
        request.headers_mut().clone_from(&self.headers);
        request
    }
}

/// What every request carries: those that were asked for replace those that are usual.
fn headers(wanted: &Load) -> HeaderMap {
    let authority = wanted.url.uri.authority().map_or("", |it| it.as_str());
    let host = HeaderValue::from_str(authority).expect("a URL has no other characters");
    let mut headers = HeaderMap::from_iter([(HOST, host)]);
    if wanted.body.as_ref().is_some_and(|it| !it.is_empty()) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if !wanted.keep_alive {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    for (name, _) in &wanted.headers {
        headers.remove(name);
    }
    for (name, value) in wanted.headers.iter().cloned() {
        headers.append(name, value);
    }
    headers
}

fn of_hyper(error: &hyper::Error) -> Failed {
    let mut cause = error.source();
    while let Some(it) = cause {
        if let Some(socket) = it.downcast_ref::<io::Error>() {
            return of_socket(socket);
        }
        cause = it.source();
    }
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        Failed::Closed
    } else {
        Failed::Other(error.to_string())
    }
}

/// Names are looked up in files and by sockets; where none can be opened, no name is found.
fn of_lookup(error: &io::Error) -> Failed {
    let opened = || std::fs::File::open("/dev/null").err();
    let lacks = machine::lacks(error).or_else(|| machine::lacks(&opened()?));
    lacks.map_or(Failed::Name, Failed::Here)
}

fn of_socket(error: &io::Error) -> Failed {
    if let Some(what) = machine::lacks(error) {
        return Failed::Here(what);
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => Failed::Refused,
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => Failed::Reset,
        ErrorKind::UnexpectedEof => Failed::Closed,
        ErrorKind::TimedOut => Failed::TimedOut,
        _ => Failed::Other(error.to_string()),
    }
}
