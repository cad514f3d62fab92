//! gRPC health (`grpc.health.v1.Health`) for probes of the kind `grpc`, on a port of its own.

use std::{net::SocketAddr, pin::Pin, time::Duration};

use actuator::{Group, Health, Status as Condition, Verdict};
use futures::{Stream, future::join_all, stream};
use tokio::time::{Interval, MissedTickBehavior, interval};
use tonic::{
    Request, Response, Status,
    transport::{Server, server::Connected},
};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_check_response::ServingStatus,
    health_server::{self, HealthServer},
};

use crate::{
    BeforeProbe,
    listener::{Entrance, Listener},
    socket::Socket,
};

/// How often those who watch are looked after.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(1);

/// How often a client is asked whether it is still there. One that has been silent for three times
/// as long is gone.
const PING: Duration = Duration::from_secs(10);
pub(crate) const GONE: Duration = PING.saturating_mul(3);

/// What one client may ask at once, and how long its question and its headers may be.
const STREAMS: u32 = 16;
const LONGEST: usize = 4096;
const HEADERS: u32 = 16 << 10;

/// How to answer probes.
#[derive(Debug, Clone, clap::Args)]
pub struct ProbeArgs {
    /// The TCP port for gRPC health checks (`grpc.health.v1`) of the whole process, whose services
    /// are `liveness`, `readiness`, `startup` and the empty name [default: none].
    #[arg(long, env, value_parser = clap::value_parser!(u16).range(1..))]
    pub grpc_health_port: Option<u16>,
}

/// The health of the services of a process, and what comes before each answer: all have to be well.
pub(crate) struct Probes(pub(crate) Vec<(Health, Option<BeforeProbe>)>);

impl Probes {
    /// Answers until it is dropped.
    pub(crate) async fn serve(self, listener: Listener, entrance: Entrance) {
        let at = listener.local_addr().unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)));
        tracing::info!(%at, "gRPC health checks are answered");
        let connections = stream::unfold((listener, entrance), async |(listener, entrance)| {
            loop {
                if let Some((socket, _)) = entrance.admit(listener.accept().await).await {
                    return Some((std::io::Result::Ok(socket), (listener, entrance)));
                }
            }
        });
        let service = HealthServer::new(Answers(self.0.into())).max_decoding_message_size(LONGEST);
        let server = Server::builder()
            .max_concurrent_streams(STREAMS)
            .http2_max_header_list_size(HEADERS)
            .http2_keepalive_interval(Some(PING))
            .http2_keepalive_timeout(Some(PING));
        if let Err(error) = server.serve_with_incoming(service, connections).await {
            tracing::error!(%error, "gRPC health checks are no longer answered");
        }
    }
}

impl Connected for Socket {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

#[derive(Clone)]
struct Answers(std::sync::Arc<[(Health, Option<BeforeProbe>)]>);

impl Answers {
    async fn status(&self, service: &str) -> ServingStatus {
        for before in self.0.iter().filter_map(|(_, before)| before.as_ref()) {
            before().await;
        }
        let health = self.0.iter().map(|(health, _)| health);
        let verdicts: Vec<Verdict> = match (service, Group::named(service)) {
            ("", _) => health.map(Health::whole).collect(),
            (_, Some(group)) => join_all(health.map(|it| it.group(group))).await,
            (_, None) => return ServingStatus::ServiceUnknown,
        };
        if verdicts.iter().all(|it| it.status == Condition::Up) {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        }
    }
}

fn told(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

#[tonic::async_trait]
impl health_server::Health for Answers {
    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let service = request.into_inner().service;
        match self.status(&service).await {
            ServingStatus::ServiceUnknown => Err(Status::not_found(format!(
                "there is no {service:?}: ask for liveness, readiness, startup or the empty name"
            ))),
            status => Ok(Response::new(told(status))),
        }
    }

    /// Tells the status now, and again when it is another one.
    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let mut clock = interval(LOOKED_AT_EVERY);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let begin = (self.clone(), request.into_inner().service, clock, None);
        Ok(Response::new(Box::pin(stream::unfold(begin, next))))
    }
}

type Watched = (Answers, String, Interval, Option<ServingStatus>);

async fn next(watched: Watched) -> Option<(Result<HealthCheckResponse, Status>, Watched)> {
    let (answers, service, mut clock, before) = watched;
    loop {
        clock.tick().await;
        let now = answers.status(&service).await;
        if Some(now) != before {
            return Some((Ok(told(now)), (answers, service, clock, Some(now))));
        }
    }
}
