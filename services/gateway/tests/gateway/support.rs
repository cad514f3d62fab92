//! A gateway on a port of its own, raw clients before it and services behind it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use std::net::SocketAddr;

use axum::{Extension, Router, extract::Request, middleware};
use clap::Parser;
use gateway::{Backends, GatewayArgs};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use web::problem::{Dialect, render};

/// The settings as a command line gives them.
#[derive(Parser)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) backends: Backends,
    #[command(flatten)]
    pub(crate) args: GatewayArgs,
    #[arg(long, default_value = "none")]
    pub(crate) trusted_proxies: web::TrustedProxies,
}

/// A gateway that ends with the test.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Gateway {
    /// All four routes lead to one service.
    pub(crate) async fn before(service: SocketAddr, settings: &[&str]) -> Self {
        Self::before_all([service; 4], settings).await
    }

    pub(crate) async fn before_all(services: [SocketAddr; 4], settings: &[&str]) -> Self {
        let [order, payment, delivery, ordertrace] = services.map(|at| format!("http://{at}"));
        Self::with(
            [
                &["--order-url", &order, "--payment-url", &payment],
                &["--delivery-url", &delivery, "--ordertrace-url", &ordertrace],
                settings,
            ]
            .concat(),
        )
        .await
    }

    pub(crate) async fn with(settings: Vec<&str>) -> Self {
        let command_line = CommandLine::parse_from([vec!["gateway"], settings].concat());
        let router = gateway::router(&command_line.backends, &command_line.args);
        let app = router.layer(Extension(command_line.trusted_proxies)).layer(middleware::from_fn(
            |request: Request, next| render(Dialect::WebFlux, request, next),
        ));
        let (address, tasks) = serve(app).await;
        Self { address, _tasks: tasks }
    }

    /// Sends `line` (a method and a target) with headers, and reads to the end.
    pub(crate) async fn send(&self, line: &str, headers: &[&str]) -> Answer {
        let mut request = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|header| header.starts_with("Host:")) {
            request.push_str("Host: localhost:8088\r\n");
        }
        for header in headers {
            request.push_str(header);
            request.push_str("\r\n");
        }
        self.send_raw(&(request + "\r\n")).await
    }

    pub(crate) async fn send_raw(&self, request: &str) -> Answer {
        let mut stream = self.connect().await;
        stream.write(request).await;
        stream.read_answer().await
    }

    pub(crate) async fn connect(&self) -> Peer {
        Peer::connect(self.address).await
    }
}

/// Serves on a free port until the set is dropped.
pub(crate) async fn serve(app: Router) -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tasks.spawn(async move { axum::serve(listener, app).await.unwrap() });
    (address, tasks)
}

/// A service that the test plays by hand.
pub(crate) struct Script {
    pub(crate) address: SocketAddr,
    listener: TcpListener,
}

impl Script {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { address: listener.local_addr().unwrap(), listener }
    }

    pub(crate) async fn accept(&self) -> Peer {
        Peer::new(self.listener.accept().await.unwrap().0)
    }

    /// Takes one request, answers it with `answer`, and returns its head.
    pub(crate) async fn answer(&self, answer: &str) -> String {
        let mut peer = self.accept().await;
        let head = peer.read_head().await;
        peer.write(answer).await;
        head
    }
}

/// The other end of a connection.
pub(crate) struct Peer(BufReader<TcpStream>);

impl Peer {
    fn new(stream: TcpStream) -> Self {
        Self(BufReader::new(stream))
    }

    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::new(TcpStream::connect(address).await.unwrap())
    }

    /// Writes as far as the other side still reads.
    pub(crate) async fn try_write(&mut self, text: &str) -> std::io::Result<()> {
        self.0.write_all(text.as_bytes()).await
    }

    pub(crate) async fn write(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Up to and without the empty line; what came so far if the peer left.
    pub(crate) async fn read_head(&mut self) -> String {
        let mut head = String::new();
        while self.0.read_line(&mut head).await.unwrap() > 2 {}
        head.trim_end().to_owned()
    }

    pub(crate) async fn read_exactly(&mut self, length: usize) -> String {
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes).await.unwrap();
        String::from_utf8(bytes).unwrap()
    }

    pub(crate) async fn read_to_end(&mut self) -> std::io::Result<String> {
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes).await?;
        Ok(String::from_utf8(bytes).unwrap())
    }

    /// Reads and drops what comes, until the connection ends in any way.
    pub(crate) async fn read_all(&mut self) {
        let _ = tokio::io::copy(&mut self.0, &mut tokio::io::sink()).await;
    }

    pub(crate) async fn read_answer(&mut self) -> Answer {
        let head = self.read_head().await;
        Answer { head, body: self.read_to_end().await.unwrap() }
    }

    /// Ends our direction only.
    pub(crate) async fn finish(&mut self) {
        self.0.shutdown().await.unwrap();
    }

    /// Breaks the connection off, so that the other side sees a reset.
    pub(crate) fn reset(self) {
        self.0.get_ref().set_zero_linger().unwrap();
    }
}

/// What a gateway answered, as it came.
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        let status = self.head.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.unwrap_or_else(|| panic!("not a status line: {:?}", self.head))
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        all(&self.head, name)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Every value of a header, in order.
pub(crate) fn all<'a>(head: &'a str, name: &str) -> Vec<&'a str> {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
}
