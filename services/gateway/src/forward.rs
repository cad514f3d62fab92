//! A request's way to its service, and the answer's way back; bodies stream in both directions.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode, Version,
        header::{CONTENT_LENGTH, EXPECT, HOST, TRANSFER_ENCODING},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use hal::Problem;
use hyper::{body::Incoming, upgrade::OnUpgrade};
use hyper_util::{
    client::legacy::{Client, Error, ResponseFuture, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use tokio::time::timeout;

use crate::{
    Backends, GatewayArgs,
    backend::Backend,
    cors, failure, headers,
    headers::Caller,
    routes::{self, Route},
    upgrade,
    upload::{self, Movement},
};

/// Less than the 75 s after which the services close a connection that idles.
const POOL_IDLE: Duration = Duration::from_secs(30);

type Answer = Result<hyper::Response<Incoming>, Error>;

/// The way out, shared by all doors: one pool of connections.
#[derive(Clone)]
pub(crate) struct Onward {
    pooled: Client<HttpConnector, Body>,
    /// For a second attempt: others in the pool may have ended with the first.
    fresh: Client<HttpConnector, Body>,
    response_timeout: Duration,
    retry: bool,
}

impl Onward {
    pub(crate) fn new(args: &GatewayArgs) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(args.connect_timeout.into()));
        let mut client = Client::builder(TokioExecutor::new());
        client.pool_idle_timeout(POOL_IDLE).pool_timer(TokioTimer::new()).set_host(false);
        Self {
            pooled: client.build(connector.clone()),
            fresh: client.pool_max_idle_per_host(0).build(connector),
            response_timeout: args.response_timeout.into(),
            retry: args.retry,
        }
    }

    /// Sends the request; once more if it may be repeated and met a connection that had ended.
    async fn send(&self, parts: Parts, body: Body, backend: &Backend) -> Result<Response, Problem> {
        // The one copy of a head: hyper gives a request back only if no byte of it was written.
        let may_repeat = self.retry && parts.method.is_idempotent() && body.is_end_stream();
        let spare = may_repeat.then(|| parts.clone());
        let (body, movement) = upload::watch(body);
        let sending = self.pooled.request(Request::from_parts(parts, body));
        let mut answer = self.wait(sending, &movement, backend).await?;
        if let (Err(error), Some(parts)) = (&answer, spare)
            && failure::is_stale(error)
        {
            let sending = self.fresh.request(Request::from_parts(parts, Body::empty()));
            answer = self.wait(sending, &movement, backend).await?;
        }
        let answer = answer.map_err(|error| failure::explain(&error, backend))?;
        Ok(answer.map(Body::new))
    }

    /// Waits for the head of the answer, and longer as long as the upload moves.
    async fn wait(
        &self,
        mut sending: ResponseFuture,
        movement: &Movement,
        backend: &Backend,
    ) -> Result<Answer, Problem> {
        loop {
            match timeout(self.response_timeout, &mut sending).await {
                Ok(answer) => return Ok(answer),
                Err(_) if movement.take() => {}
                Err(_) => return Err(failure::too_late(self.response_timeout, backend)),
            }
        }
    }
}

/// The entrance to one service.
pub(crate) struct Door {
    backend: Backend,
    onward: Onward,
}

impl Door {
    pub(crate) fn new(route: &Route, backends: &Backends, onward: Onward) -> Self {
        let backend = Backend::new(route.service, (route.url)(backends).clone());
        Self { backend, onward }
    }

    pub(crate) async fn enter(self: Arc<Self>, request: Request) -> Response {
        self.answer(request).await.unwrap_or_else(Problem::into_response)
    }

    async fn answer(&self, request: Request) -> Result<Response, Problem> {
        routes::refuse_detours(request.uri().path())?;
        let (parts, body) = request.into_parts();
        let caller = Caller::of(&parts)?;
        let Some(origin) = cors::foreign_origin(&parts.headers, &caller) else {
            return self.pass(parts, body, &caller).await;
        };
        if cors::is_preflight(&parts.method, &parts.headers) {
            return Ok(cors::preflight(&parts.headers, origin));
        }
        let mut response =
            self.pass(parts, body, &caller).await.unwrap_or_else(Problem::into_response);
        cors::allow(response.headers_mut(), origin);
        Ok(response)
    }

    async fn pass(
        &self,
        mut parts: Parts,
        body: Body,
        caller: &Caller,
    ) -> Result<Response, Problem> {
        let protocol = upgrade::protocol(&parts.headers);
        let client = protocol.as_ref().and_then(|_| parts.extensions.remove::<OnUpgrade>());
        headers::strip_request(&mut parts.headers);
        if let (Some(protocol), Some(_)) = (protocol, &client) {
            upgrade::restore(&mut parts.headers, protocol);
        }
        caller.introduce(&mut parts.headers);
        self.address(&mut parts, &body);
        let is_head = parts.method == Method::HEAD;
        let response = self.onward.send(parts, body, &self.backend).await?;
        self.bring_back(response, is_head, client)
    }

    /// Turns the request towards the service.
    fn address(&self, parts: &mut Parts, body: &Body) {
        parts.uri = self.backend.at(std::mem::take(&mut parts.uri));
        parts.version = Version::HTTP_11;
        parts.extensions.clear();
        parts.headers.insert(HOST, self.backend.host.clone());
        // Our server has answered it when the body is first read.
        parts.headers.remove(EXPECT);
        // hyper would leave out the body of a GET whose length it does not know.
        if !body.is_end_stream() && !parts.headers.contains_key(CONTENT_LENGTH) {
            parts.headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
    }

    fn bring_back(
        &self,
        mut response: Response,
        is_head: bool,
        client: Option<OnUpgrade>,
    ) -> Result<Response, Problem> {
        let status = response.status();
        if status == StatusCode::SWITCHING_PROTOCOLS {
            return self.switch(response, client);
        }
        headers::strip(response.headers_mut());
        if (is_head || status == StatusCode::NOT_MODIFIED) && has_no_length(response.headers()) {
            // axum would call the length 0, which is not what a GET would have told.
            *response.body_mut() =
                Body::from_stream(futures::stream::empty::<Result<Bytes, Infallible>>());
        }
        Ok(response)
    }

    fn switch(
        &self,
        mut response: Response,
        client: Option<OnUpgrade>,
    ) -> Result<Response, Problem> {
        let protocol = upgrade::protocol(response.headers());
        let (Some(client), Some(protocol)) = (client, protocol) else {
            return Err(failure::uninvited_upgrade(&self.backend));
        };
        upgrade::tunnel(self.backend.service, client, hyper::upgrade::on(&mut response));
        headers::strip(response.headers_mut());
        upgrade::restore(response.headers_mut(), protocol);
        Ok(response)
    }
}

fn has_no_length(headers: &HeaderMap) -> bool {
    !headers.contains_key(CONTENT_LENGTH)
}
