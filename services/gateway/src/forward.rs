//! A request's way to its service, and the answer's way back; bodies stream in both directions.

use std::{pin::pin, sync::Arc, time::Duration};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::{
        HeaderValue, Method, StatusCode, Uri, Version,
        header::{CONTENT_LENGTH, EXPECT, HOST, TRANSFER_ENCODING},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use hyper::{body::Incoming, upgrade::OnUpgrade};
use tokio::time::timeout;
use upstream::Error;
use web::Problem;

use crate::{
    Backends, GatewayArgs, answer,
    backend::Backend,
    cors, failure, headers,
    headers::Caller,
    routes::{self, Route},
    trailers, upgrade,
    upload::{self, Movement},
};

type Answer = Result<Response<Incoming>, Error>;

/// How requests are sent on, by all routes alike.
#[derive(Clone)]
pub(crate) struct Onward {
    response_timeout: Duration,
    retry: bool,
}

impl Onward {
    pub(crate) fn new(args: &GatewayArgs) -> Self {
        Self { response_timeout: args.response_timeout.into(), retry: args.retry }
    }

    /// Sends the request; once more if it may be repeated and met a connection that had ended.
    async fn send(
        &self,
        parts: Parts,
        body: Body,
        backend: &Backend,
    ) -> Result<(Response<Incoming>, Movement), Problem> {
        // The one copy of a head: hyper gives a request back only if no byte of it was written.
        let may_repeat = self.retry && parts.method.is_idempotent() && body.is_end_stream();
        let spare = may_repeat.then(|| parts.clone());
        let (body, movement) = upload::watch(body);
        let sending = backend.upstream.send(Request::from_parts(parts, body));
        let mut answer = self.wait(sending, &movement, backend).await?;
        if let (Err(error), Some(parts)) = (&answer, spare)
            && failure::is_stale(error)
        {
            let again = Request::from_parts(parts, Body::empty());
            let sending = backend.upstream.send_fresh(again);
            answer = self.wait(sending, &movement, backend).await?;
        }
        let answer = answer.map_err(|error| failure::explain(&error, backend))?;
        Ok((answer, movement))
    }

    /// Waits for the head of the answer, and longer as long as the upload moves.
    async fn wait(
        &self,
        sending: impl Future<Output = Answer>,
        movement: &Movement,
        backend: &Backend,
    ) -> Result<Answer, Problem> {
        let mut sending = pin!(sending);
        loop {
            match timeout(self.response_timeout, sending.as_mut()).await {
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
    worksheets: bool,
}

impl Door {
    pub(crate) fn new(route: &Route, backends: &Backends, args: &GatewayArgs) -> Self {
        let backend = Backend::new(route.service, (route.url)(backends).clone(), args);
        Self { backend, onward: Onward::new(args), worksheets: args.worksheets }
    }

    pub(crate) async fn enter(self: Arc<Self>, request: Request) -> Response {
        self.answer(request).await.unwrap_or_else(Problem::into_response)
    }

    async fn answer(&self, request: Request) -> Result<Response, Problem> {
        routes::refuse_detours(request.uri().path())?;
        if !self.worksheets {
            routes::refuse_worksheets(request.uri().path())?;
        }
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
        let (response, movement) = self.onward.send(parts, body, &self.backend).await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return self.switch(response.map(Body::new), client);
        }
        answer::pass_back(response, movement, is_head, &self.backend).await
    }

    /// Turns the request towards the service.
    fn address(&self, parts: &mut Parts, body: &Body) {
        parts.uri = in_origin_form(std::mem::take(&mut parts.uri));
        parts.version = Version::HTTP_11;
        parts.extensions.clear();
        parts.headers.insert(HOST, self.backend.host.clone());
        // Our server has answered it when the body is first read.
        parts.headers.remove(EXPECT);
        trailers::filter_announcement(&mut parts.headers);
        // hyper would leave out the body of a GET whose length it does not know.
        if !body.is_end_stream() && !parts.headers.contains_key(CONTENT_LENGTH) {
            parts.headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
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

/// The same path and query, byte for byte, and nothing else.
fn in_origin_form(uri: Uri) -> Uri {
    let mut parts = uri.into_parts();
    (parts.scheme, parts.authority) = (None, None);
    Uri::from_parts(parts).expect("a routed request has a path")
}
