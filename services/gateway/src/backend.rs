//! Where a service listens, checked when the setting is read.

use std::{fmt, str::FromStr};

use axum::{
    body::Body,
    http::{HeaderValue, Uri, uri::Authority, uri::Scheme},
};
use upstream::Upstream;

use crate::GatewayArgs;

/// The address of a service: `http://host[:port]` and nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendUrl(Authority);

impl FromStr for BackendUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |why: &str| Err(format!("{why}; expected http://host:port"));
        let Ok(url) = text.parse::<Uri>() else { return refuse("this is not a URL") };
        if url.scheme() != Some(&Scheme::HTTP) {
            return refuse("it must begin with http://");
        }
        if url.path() != "/" || url.query().is_some() {
            return refuse("it must end after the port, because paths are passed on unchanged");
        }
        let Some(authority) = url.into_parts().authority else { return refuse("it has no host") };
        if authority.host().is_empty() || authority.as_str().contains('@') {
            return refuse("it must have a host and no user");
        }
        let names_port = authority.as_str().len() > authority.host().len();
        if names_port && authority.port_u16().is_none_or(|port| port == 0) {
            return refuse("its port must be between 1 and 65535");
        }
        Ok(Self(authority))
    }
}

impl BackendUrl {
    pub(crate) fn local(port: u16) -> Self {
        Self(format!("localhost:{port}").parse().expect("a host and a port"))
    }
}

impl fmt::Display for BackendUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "http://{}", self.0)
    }
}

/// A service, with what every request to it needs ready-made.
pub(crate) struct Backend {
    pub(crate) service: &'static str,
    pub(crate) url: BackendUrl,
    pub(crate) host: HeaderValue,
    pub(crate) upstream: Upstream<Body>,
}

impl Backend {
    pub(crate) fn new(service: &'static str, url: BackendUrl, args: &GatewayArgs) -> Self {
        let host = HeaderValue::from_str(url.0.as_str()).expect("an authority is visible ASCII");
        let upstream = Upstream::new(&url.0, args.connect_timeout.into());
        Self { service, url, host, upstream }
    }
}
