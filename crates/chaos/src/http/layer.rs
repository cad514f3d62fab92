//! The layer around the business routes, and around nothing else, in which faults hit and requests
//! pay. While nothing is in force it costs a request two loads of memory.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{extract::Request, response::Response};
use futures::future::{BoxFuture, Either};
use tower::{Layer, Service, ServiceExt as _};

use super::inject::Victim;

/// Makes routes bad, slow and hungry on demand.
#[derive(Clone)]
pub(crate) struct OnDemandLayer(pub(crate) Arc<Victim>);

impl<S> Layer<S> for OnDemandLayer {
    type Service = OnDemand<S>;

    fn layer(&self, routes: S) -> OnDemand<S> {
        OnDemand { routes, victim: self.0.clone() }
    }
}

/// Routes in that layer. A service of its own: `axum::middleware::from_fn` would put every request
/// into boxes.
#[derive(Clone)]
pub(crate) struct OnDemand<S> {
    routes: S,
    victim: Arc<Victim>,
}

impl<S> Service<Request> for OnDemand<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.routes.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if !self.victim.any() {
            return Either::Left(self.routes.call(request));
        }
        let (victim, routes) = (self.victim.clone(), self.routes.clone());
        let rest = Rest(Box::new(|request| {
            Box::pin(async move { routes.oneshot(request).await.unwrap_or_else(|no| match no {}) })
        }));
        Either::Right(Box::pin(async move { Ok(victim.suffer(request, rest).await) }))
    }
}

/// What would answer the request without this layer.
pub(crate) struct Rest(Box<dyn FnOnce(Request) -> BoxFuture<'static, Response> + Send>);

impl Rest {
    pub(crate) async fn run(self, request: Request) -> Response {
        self.0(request).await
    }
}
