//! A service of several addresses, as the name of a headless Service has them: here of loopback.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, Response, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
};

use super::*;

/// A replica at an address of its own.
struct Replica {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    tasks: JoinSet<()>,
}

impl Replica {
    async fn start(host: &str, port: u16) -> Self {
        let listener = TcpListener::bind((host, port)).await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let asked = Arc::<AtomicUsize>::default();
        let (count, mut tasks) = (asked.clone(), JoinSet::new());
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (socket, _) = listener.accept().await.expect("a connection");
                let count = count.clone();
                let answer = service_fn(move |_| {
                    count.fetch_add(1, Relaxed);
                    async { Ok::<_, io::Error>(Response::new(Empty::<Bytes>::new())) }
                });
                let serving = http1::Builder::new().serve_connection(TokioIo::new(socket), answer);
                connections.spawn(async move { drop(serving.await) });
            }
        });
        Self { address, asked, tasks }
    }

    /// Ends it, and all connections to it.
    async fn end(&mut self) {
        self.tasks.shutdown().await;
    }
}

async fn replicas() -> Vec<Replica> {
    let first = Replica::start("127.0.0.1", 0).await;
    let port = first.address.port();
    vec![first, Replica::start("127.0.0.2", port).await, Replica::start("127.0.0.3", port).await]
}

/// A service whose name was just resolved to these addresses.
fn upstream(addresses: Vec<SocketAddr>) -> Upstream<Empty<Bytes>> {
    let upstream = Upstream::new(&"replicas.invalid".parse().expect("a host"), TIMEOUT);
    upstream.0.addresses.learn(addresses);
    upstream
}

const TIMEOUT: Duration = Duration::from_secs(2);

async fn ask(upstream: &Upstream<Empty<Bytes>>) -> Result<u16, Error> {
    let request = Request::get("/").header("host", "replicas").body(Empty::new());
    let response = upstream.send(request.expect("a request")).await?;
    let status = response.status().as_u16();
    response.into_body().collect().await.map_err(Error::Exchange)?;
    Ok(status)
}

#[tokio::test]
async fn each_request_goes_to_the_next_of_several_addresses() {
    let replicas = replicas().await;
    let upstream = upstream(replicas.iter().map(|it| it.address).collect());

    for _ in 0..30 {
        assert_eq!(ask(&upstream).await.expect("an answer"), 200);
    }

    let asked: Vec<usize> = replicas.iter().map(|it| it.asked.load(Relaxed)).collect();
    assert_eq!(asked, [10, 10, 10]);
}

#[tokio::test]
async fn a_replica_that_takes_no_connection_costs_no_request() {
    let mut replicas = replicas().await;
    let upstream = upstream(replicas.iter().map(|it| it.address).collect());
    replicas[1].end().await;

    for _ in 0..30 {
        assert_eq!(ask(&upstream).await.expect("an answer"), 200);
    }

    let asked: Vec<usize> = replicas.iter().map(|it| it.asked.load(Relaxed)).collect();
    assert!(asked[1] == 0 && asked[0].abs_diff(asked[2]) <= 2, "{asked:?}");
}

#[tokio::test]
async fn a_replica_that_is_found_later_takes_its_turns_and_one_that_is_gone_does_not() {
    let replicas = replicas().await;
    let upstream = upstream(vec![replicas[0].address, replicas[1].address]);
    for _ in 0..10 {
        ask(&upstream).await.expect("an answer");
    }

    upstream.0.addresses.learn(vec![replicas[1].address, replicas[2].address]);
    for _ in 0..10 {
        ask(&upstream).await.expect("an answer");
    }

    let asked: Vec<usize> = replicas.iter().map(|it| it.asked.load(Relaxed)).collect();
    assert_eq!(asked, [5, 10, 5]);
}

#[tokio::test]
async fn nobody_at_any_address_is_an_error_of_connecting() {
    let mut replicas = replicas().await;
    for replica in &mut replicas {
        replica.end().await;
    }
    let addresses = replicas.iter().map(|it| it.address).collect();
    let error = ask(&upstream(addresses)).await.expect_err("nobody listens");

    let Error::Connect(error) = error else { panic!("{error:?}") };
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_connection_that_is_made_anew_does_not_lose_what_was_not_sent() {
    let mut replicas = replicas().await;
    let upstream = upstream(vec![replicas[0].address]);
    ask(&upstream).await.expect("an answer");
    let address = replicas[0].address;
    replicas[0].end().await;
    let again = Replica::start("127.0.0.1", address.port()).await;

    // The connection that waits has ended; this may be noticed only when it is used.
    let mut answered = 0;
    for _ in 0..10 {
        answered += usize::from(ask(&upstream).await.is_ok());
    }

    assert!(answered >= 9, "{answered} of 10");
    assert_eq!(again.asked.load(Relaxed), answered);
}

/// Answers before it has read a body, and closes: the body's next bytes meet a reset.
#[tokio::test]
async fn an_answer_is_read_when_the_request_can_no_longer_be_written() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut some = [0; 1024];
            let _ = socket.read(&mut some).await;
            let _ = socket.write_all(b"HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno").await;
        }
    });
    let authority = address.to_string().parse().expect("an authority");
    let upstream = Upstream::<http_body_util::Full<Bytes>>::new(&authority, TIMEOUT);

    for _ in 0..20 {
        let body = http_body_util::Full::new(Bytes::from(vec![b'x'; 4 << 20]));
        let request = Request::post("/").header("host", "a").body(body).expect("a request");
        let response = upstream.send(request).await.expect("its answer");
        assert_eq!(response.status(), 413);
        let body = response.into_body().collect().await.expect("its body").to_bytes();
        assert_eq!(&*body, b"no");
    }
}
