//! HTTP on a socket, so that a stop loses nothing.
//!
//! axum's own graceful shutdown closes idle keep-alive connections at once, and with them requests
//! that are already on their way. Here a service that leaves first keeps accepting while every
//! answer says `Connection: close`, and only then closes what is idle (docs/adr/0004).

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actuator::Traffic;
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, Request, Response, StatusCode, header},
};
use futures::{FutureExt as _, StreamExt as _};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use web::{LocalPort, TrustedProxies};

use crate::{
    activity::{Answered, Phase},
    connections::Place,
    counted::Counted,
    listener::{Entrance, Listener},
    observe::is_control,
    overload::Crowded,
    shutdown::Shutdown,
    socket::{Requests, Socket},
    target::Slashes,
    unread, upload,
};

const EVENT_STREAM: &str = "text/event-stream";

/// How long a connection that was just opened may take to send its first request while we close:
/// its client could not know that we leave.
const FIRST_REQUEST: Duration = Duration::from_secs(1);

/// In the extensions of an answer: the connection is to be reset (TCP RST) instead.
#[derive(Clone)]
pub struct Reset;

/// One service's way of answering on sockets.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) router: Router,
    pub(crate) port: u16,
    pub(crate) slashes: Slashes,
    pub(crate) trusted: TrustedProxies,
    pub(crate) entrance: Entrance,
    /// Counts requests under way; nothing does on a management port.
    pub(crate) traffic: Option<Traffic>,
    /// Whether we leave: still accepting, but every answer closes its connection.
    pub(crate) shutdown: Shutdown,
    /// Event streams end: they never would by themselves, and hold up whoever proxies them.
    pub(crate) ending: CancellationToken,
    /// Closing: no new connections, idle ones are closed.
    pub(crate) closing: CancellationToken,
    /// Cutting: what is under way is dropped where it stands.
    pub(crate) cutting: CancellationToken,
}

impl Server {
    /// The same service's way of answering on its management port: nothing is counted, and it goes
    /// on until the process ends.
    pub(crate) fn managing(&self, router: Router, port: u16) -> Self {
        let (closing, cutting) = (CancellationToken::new(), CancellationToken::new());
        let entrance = Entrance::new(self.entrance.limits, Requests::InTurn);
        Self { router, port, entrance, traffic: None, closing, cutting, ..self.clone() }
    }

    /// Accepts until `closing`, then waits for the requests under way.
    pub(crate) async fn run(self, listener: Listener) {
        let server = Arc::new(self);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = server.closing.cancelled() => break,
                accepted = listener.accept() => server.accept(accepted, &mut connections).await,
                Some(_) = connections.join_next() => {}
            }
        }
        // Whoever was in the queue had connected before we closed.
        while let Some(accepted) = listener.accept().now_or_never() {
            server.accept(accepted, &mut connections).await;
        }
        drop(listener);
        let answered = async { while connections.join_next().await.is_some() {} };
        if server.cutting.run_until_cancelled(answered).await.is_none() {
            connections.shutdown().await;
        }
    }

    async fn accept(
        self: &Arc<Self>,
        accepted: std::io::Result<(TcpStream, SocketAddr)>,
        connections: &mut JoinSet<()>,
    ) {
        if let Some((socket, peer)) = self.entrance.admit(accepted).await {
            connections.spawn(self.clone().connection(socket, peer));
        }
    }

    async fn connection(self: Arc<Self>, socket: Socket, peer: SocketAddr) {
        let greeted = AtomicBool::new(false);
        let (reset, place) = (socket.reset.clone(), socket.place().clone());
        let answer = service_fn(|request| {
            greeted.store(true, Ordering::Relaxed);
            self.clone().answer(request, peer, reset.clone(), place.clone())
        });
        let head = self.entrance.limits.head_bytes;
        let connection = http1::Builder::new()
            // The socket itself is silent for so long and no longer.
            .header_read_timeout(None::<Duration>)
            .max_header_size(head)
            .max_buf_size(2 * head)
            .serve_connection(TokioIo::new(socket), answer)
            .with_upgrades();
        let mut connection = pin!(connection);
        let close = async {
            self.closing.cancelled().await;
            if !greeted.load(Ordering::Relaxed) {
                tokio::time::sleep(FIRST_REQUEST).await;
            }
        };
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = reset.cancelled() => return,
            () = close => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, %peer, "a connection ended early");
        }
    }

    async fn answer(
        self: Arc<Self>,
        mut request: Request<Incoming>,
        peer: SocketAddr,
        reset: CancellationToken,
        place: Arc<Place>,
    ) -> Result<Response<Counted>, Infallible> {
        self.slashes.collapse(request.uri_mut());
        let control = is_control(request.uri().path());
        let under_way = self.traffic.as_ref().filter(|_| !control).map(Traffic::begin);
        let answered = Answered::begin(&place.activity);
        if !control && place.is_reserved() {
            request.extensions_mut().insert(Crowded);
        }
        self.shutdown.hold_if_cut().await;
        let response = self.routed(request, peer).await?;
        if response.extensions().get::<Reset>().is_some() {
            reset.cancel();
            std::future::pending::<()>().await;
        }
        self.shutdown.hold_if_cut().await;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            place.activity.enter(Phase::Upgraded);
        }
        Ok(response.map(|body| Counted::new(body, under_way, answered)))
    }

    async fn routed(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Result<Response<Body>, Infallible> {
        let (parts, body) = unread::watched(request).into_parts();
        let (body, upload) = upload::watch(body, self.entrance.limits);
        let mut request = Request::from_parts(parts, body);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(LocalPort(self.port));
        request.extensions_mut().insert(self.trusted.clone());
        upload.map(|upload| request.extensions_mut().insert(upload));
        let mut response = self.router.clone().oneshot(request).await?;
        if self.shutdown.is_leaving() {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        if response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == EVENT_STREAM) {
            let ending = self.ending.clone().cancelled_owned();
            return Ok(
                response.map(|body| Body::from_stream(body.into_data_stream().take_until(ending)))
            );
        }
        Ok(response)
    }
}
