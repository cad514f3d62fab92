//! Requests reach every replica, with a Service or a headless Service before it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use axum::{Router, extract::Request};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::support::{Gateway, serve};

/// A service and how many requests it has had.
struct Replica {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Replica {
    async fn start() -> Self {
        let asked = Arc::<AtomicUsize>::default();
        let count = asked.clone();
        let app = Router::new().fallback(move |_: Request| async move {
            count.fetch_add(1, Relaxed);
            "here"
        });
        let (address, tasks) = serve(app).await;
        Self { address, asked, _tasks: tasks }
    }

    fn asked(&self) -> usize {
        self.asked.load(Relaxed)
    }
}

/// One address for replicas that come and go, as a Service of Kubernetes has it: each *connection*
/// goes to the next of those that there are.
struct Balancer {
    address: SocketAddr,
    replicas: Arc<Mutex<Vec<SocketAddr>>>,
    connections: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Balancer {
    async fn before(replica: &Replica) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let replicas = Arc::new(Mutex::new(vec![replica.address]));
        let connections = Arc::<AtomicUsize>::default();
        let (known, count) = (replicas.clone(), connections.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut open = JoinSet::new();
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let turn = count.fetch_add(1, Relaxed);
                let next = {
                    let known = known.lock().unwrap();
                    known[turn % known.len()]
                };
                open.spawn(async move {
                    let mut replica = TcpStream::connect(next).await.unwrap();
                    let _ = copy_bidirectional(&mut client, &mut replica).await;
                });
            }
        });
        Self { address, replicas, connections, _tasks: tasks }
    }

    fn add(&self, replica: &Replica) {
        self.replicas.lock().unwrap().push(replica.address);
    }
}

/// Sends requests one after the other over one connection, until this moment; none may fail.
async fn ask_until(gateway: SocketAddr, end: Instant) {
    let mut client = crate::support::Peer::connect(gateway).await;
    while Instant::now() < end {
        client.write("POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").await;
        let head = client.read_head().await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert_eq!(client.read_exactly(4).await, "here");
    }
}

async fn ask_for(gateway: &Gateway, clients: usize, time: Duration) {
    let end = Instant::now() + time;
    let mut asking = JoinSet::new();
    for _ in 0..clients {
        asking.spawn(ask_until(gateway.address, end));
    }
    while let Some(done) = asking.join_next().await {
        done.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_are_added_have_their_share_within_five_seconds() {
    let first = Replica::start().await;
    let balancer = Balancer::before(&first).await;
    let gateway = Gateway::before(balancer.address, &[]).await;
    ask_for(&gateway, 4, Duration::from_secs(2)).await;
    let alone = first.asked();
    assert!(alone > 0);

    let others = [Replica::start().await, Replica::start().await];
    for other in &others {
        balancer.add(other);
    }
    ask_for(&gateway, 4, Duration::from_secs(5)).await;

    let shares = [first.asked() - alone, others[0].asked(), others[1].asked()];
    let all: usize = shares.iter().sum();
    // A third each; only the very first requests are the first one's alone.
    assert!(shares.iter().all(|share| share * 100 / all >= 20), "{shares:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_client_reaches_every_replica_too() {
    let replicas = [Replica::start().await, Replica::start().await, Replica::start().await];
    let balancer = Balancer::before(&replicas[0]).await;
    replicas[1..].iter().for_each(|it| balancer.add(it));
    let gateway = Gateway::before(balancer.address, &[]).await;

    ask_for(&gateway, 1, Duration::from_secs(5)).await;

    let shares = replicas.each_ref().map(Replica::asked);
    let all: usize = shares.iter().sum();
    // Equal times, in which a busy machine may answer unequal numbers of requests.
    assert!(shares.iter().all(|share| share * 100 / all >= 15), "{shares:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_used_again_all_the_same() {
    let replica = Replica::start().await;
    let balancer = Balancer::before(&replica).await;
    let gateway = Gateway::before(balancer.address, &[]).await;

    ask_for(&gateway, 4, Duration::from_secs(3)).await;

    let (connections, requests) = (balancer.connections.load(Relaxed), replica.asked());
    // A hundred a second at most, and four at first.
    assert!((10..=320).contains(&connections), "{connections} connections");
    assert!(requests > connections, "{requests} requests over {connections} connections");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_connections_do_not_all_end_at_once() {
    let replica = Replica::start().await;
    let balancer = Balancer::before(&replica).await;
    let gateway = Gateway::before(balancer.address, &[]).await;

    ask_for(&gateway, 150, Duration::from_secs(3)).await;

    let connections = balancer.connections.load(Relaxed);
    // All of them at first, and then a hundred a second at most.
    assert!(connections <= 150 + 320, "{connections} connections");
}
