//! The headers that concern one hop: taken off, and written anew for the next.

use std::{
    fmt::Write,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::ConnectInfo,
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{
            CONNECTION, FORWARDED, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
            TRANSFER_ENCODING, UPGRADE,
        },
        request::Parts,
    },
};
use web::{Problem, TrustedProxies};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What only a trusted proxy may say.
static CLAIMS: [HeaderName; 8] = [
    FORWARDED,
    X_FORWARDED_FOR,
    X_FORWARDED_HOST,
    X_FORWARDED_PORT,
    X_FORWARDED_PROTO,
    HeaderName::from_static("x-forwarded-prefix"),
    HeaderName::from_static("x-forwarded-ssl"),
    HeaderName::from_static("x-real-ip"),
];

/// RFC 9110 7.6.1, beside what `Connection` names.
static HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-authentication-info"),
    HeaderName::from_static("proxy-connection"),
];

/// Whether a header says who the client is, or what it asked for: only a trusted proxy may.
pub(crate) fn is_claim(name: &HeaderName) -> bool {
    CLAIMS.contains(name) || name.as_str().starts_with("x-forwarded-")
}

pub(crate) fn is_hop_by_hop(name: &HeaderName) -> bool {
    HOP_BY_HOP.contains(name)
}

/// Whether chunks are the whole transfer coding, as far as there is one.
pub(crate) fn is_only_chunked(headers: &HeaderMap) -> bool {
    let mut codings = tokens(headers, TRANSFER_ENCODING);
    codings.next().is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
        && codings.next().is_none()
}

/// Who sent the request, and which host they asked for.
pub(crate) struct Caller {
    peer: Option<IpAddr>,
    is_trusted: bool,
    host: Option<HeaderValue>,
    proto: &'static str,
}

impl Caller {
    pub(crate) fn of(request: &Parts) -> Result<Self, Problem> {
        let connection = request.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = connection.map(|ConnectInfo(address)| address.ip().to_canonical());
        let trusted = request.extensions.get::<TrustedProxies>();
        let is_trusted = peer
            .zip(trusted)
            .is_some_and(|(peer, trusted)| trusted.believe(peer, &request.headers));
        let claim = |name| if is_trusted { first(&request.headers, name) } else { None };
        let is_https = claim(X_FORWARDED_PROTO).is_some_and(|proto| proto == "https");
        let host = match claim(X_FORWARDED_HOST) {
            Some(host) => Some(HeaderValue::from_str(host).map_err(|_| not_a_host())?),
            None => asked_host(request)?,
        };
        if host.as_ref().is_some_and(|host| !is_host(host.as_bytes())) {
            return Err(not_a_host());
        }
        Ok(Self { peer, is_trusted, host, proto: if is_https { "https" } else { "http" } })
    }

    pub(crate) fn host(&self) -> Option<&str> {
        self.host.as_ref()?.to_str().ok()
    }

    pub(crate) fn proto(&self) -> &'static str {
        self.proto
    }

    /// Tells the service who asked, for what host.
    pub(crate) fn introduce(&self, headers: &mut HeaderMap) {
        if !self.is_trusted {
            let claims: Vec<HeaderName> =
                headers.keys().filter(|name| is_claim(name)).cloned().collect();
            for claim in claims {
                headers.remove(claim);
            }
        }
        append(headers, FORWARDED, &self.element());
        if let Some(peer) = self.peer {
            append(headers, X_FORWARDED_FOR, &peer.to_string());
        }
        headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(self.proto));
        if let Some(host) = &self.host {
            headers.entry(X_FORWARDED_PORT).or_insert_with(|| self.port());
            headers.insert(X_FORWARDED_HOST, host.clone());
        }
    }

    /// This hop as an element of RFC 7239's `Forwarded`.
    fn element(&self) -> String {
        let mut element = String::with_capacity(64);
        let written = match self.peer {
            Some(IpAddr::V4(peer)) => write!(element, "for={peer};"),
            Some(IpAddr::V6(peer)) => write!(element, "for=\"[{peer}]\";"),
            None => Ok(()),
        };
        let written = written.and_then(|()| match self.host() {
            Some(host) => write!(element, "host=\"{host}\";"),
            None => Ok(()),
        });
        written.expect("a String takes everything");
        element.push_str("proto=");
        element.push_str(self.proto);
        // Services believe a gateway that says its name.
        element.push_str(";by=");
        element.push_str(web::GATEWAY);
        element
    }

    fn port(&self) -> HeaderValue {
        let port = self.host().and_then(|host| host.rsplit_once(':')).map(|(_, port)| port);
        match port.filter(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
        {
            Some(port) => HeaderValue::from_str(port).expect("digits are visible ASCII"),
            None if self.proto == "https" => HeaderValue::from_static("443"),
            None => HeaderValue::from_static("80"),
        }
    }
}

/// The authority of an absolute request target wins over `Host` (RFC 9112 3.2.2).
fn asked_host(request: &Parts) -> Result<Option<HeaderValue>, Problem> {
    match request.uri.authority() {
        Some(authority) => {
            HeaderValue::from_str(authority.as_str()).map(Some).map_err(|_| not_a_host())
        }
        None => Ok(request.headers.get(HOST).cloned()),
    }
}

/// Only what cannot end a quoted string, a link or a header, for all three are made of it.
fn is_host(host: &[u8]) -> bool {
    host.iter().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_~%".contains(byte))
}

fn not_a_host() -> Problem {
    Problem::bad_request("the Host header is not a host and a port")
}

fn first(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    tokens(headers, name).next()
}

/// The elements of a header that is a list.
pub(crate) fn tokens(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|token| !token.is_empty())
}

/// Adds an element to a list, in one line, because some readers look at the first line only.
fn append(headers: &mut HeaderMap, name: HeaderName, element: &str) {
    let mut list = String::new();
    for line in headers.get_all(&name).iter().filter_map(|line| line.to_str().ok()) {
        list.push_str(line);
        list.push_str(", ");
    }
    list.push_str(element);
    if let Ok(list) = HeaderValue::try_from(list) {
        headers.insert(name, list);
    }
}

/// Takes off what concerned the last hop only.
pub(crate) fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = tokens(headers, CONNECTION)
        .filter(|option| !option.eq_ignore_ascii_case("keep-alive"))
        .filter_map(|option| option.parse().ok())
        .collect();
    for name in HOP_BY_HOP.iter().chain(&named) {
        headers.remove(name);
    }
}

/// Like [`strip`], but the client's word that it reads trailers stays.
pub(crate) fn strip_request(headers: &mut HeaderMap) {
    let reads_trailers = tokens(headers, TE).any(|code| code.eq_ignore_ascii_case("trailers"));
    strip(headers);
    if reads_trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
        headers.insert(CONNECTION, HeaderValue::from_static("te"));
    }
}
