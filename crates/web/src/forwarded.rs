//! Where the client believes we are: the base of every link.

use std::{
    convert::Infallible,
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{Extensions, HeaderMap, Uri, header, request::Parts},
};
use ipnet::IpNet;

/// Whose `Forwarded` and `X-Forwarded-*` headers are believed; a request extension.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    nets: Arc<[IpNet]>,
    /// Only what our own gateway wrote, which says so in `Forwarded`'s `by`.
    only_the_gateway: bool,
}

/// How our gateway calls itself in `Forwarded` (RFC 7239 section 6.3: an obfuscated identifier).
pub const GATEWAY: &str = "_bulsajo";

/// Tomcat's `internalProxies`: loopback, private, link-local, unique local.
const PRIVATE: &str = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,\
                       ::1/128,fe80::/10,fc00::/7";

impl TrustedProxies {
    /// `gateway`, `private`, `none`, or addresses and CIDRs between commas.
    pub fn parse(text: &str) -> Result<Self, ipnet::AddrParseError> {
        let list = match text.trim() {
            "gateway" | "private" => PRIVATE,
            "none" => "",
            list => list,
        };
        let nets = list.split(',').map(str::trim).filter(|net| !net.is_empty());
        nets.map(|net| {
            net.parse().or_else(|error| net.parse::<IpAddr>().map(IpNet::from).map_err(|_| error))
        })
        .collect::<Result<_, ipnet::AddrParseError>>()
        .map(|nets| Self { nets, only_the_gateway: text.trim() == "gateway" })
    }

    /// Whether this peer may say on whose behalf it asks, in these headers.
    pub fn believe(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let near = self.nets.iter().any(|net| net.contains(&peer.to_canonical()));
        near && (!self.only_the_gateway || is_signed(headers))
    }
}

impl FromStr for TrustedProxies {
    type Err = ipnet::AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in ["none", "gateway", "private"] {
            if Self::parse(name).is_ok_and(|named| named == *self) {
                return to.write_str(name);
            }
        }
        let nets: Vec<String> = self.nets.iter().map(ToString::to_string).collect();
        to.write_str(&nets.join(","))
    }
}

/// The port we listen on, for links in answers to clients that name no host; a request extension.
#[derive(Debug, Clone, Copy)]
pub struct LocalPort(pub u16);

/// What every link starts with: `http://order:8080`, or nothing if the client named no host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base(Box<str>);

impl Base {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The base for a request, from what it says and who sent it.
    pub fn of(uri: &Uri, headers: &HeaderMap, extensions: &Extensions) -> Self {
        let claim = Claim::of(headers, extensions);
        let named = value(headers, header::HOST.as_str())
            .or_else(|| uri.authority().map(axum::http::uri::Authority::as_str));
        let authority = claim.host.or(named).and_then(Authority::parse);
        let scheme = claim.scheme.unwrap_or("http");
        let origin = match (authority, extensions.get::<LocalPort>()) {
            (Some(found), _) => {
                let port = claim.port.or(found.port).filter(|&port| port != usual_port(scheme));
                let port = port.map(|port| format!(":{port}")).unwrap_or_default();
                format!("{scheme}://{}{port}", found.host)
            }
            (None, Some(LocalPort(port))) => format!("{scheme}://:{port}"),
            (None, None) => String::new(),
        };
        Self(format!("{origin}{}", claim.prefix.unwrap_or_default()).into())
    }
}

impl<S: Sync> FromRequestParts<S> for Base {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.uri, &parts.headers, &parts.extensions))
    }
}

fn usual_port(scheme: &str) -> u16 {
    if scheme == "https" { 443 } else { 80 }
}

/// What a trusted proxy says the client asked for.
#[derive(Default)]
struct Claim<'r> {
    scheme: Option<&'static str>,
    host: Option<&'r str>,
    port: Option<u16>,
    prefix: Option<&'r str>,
}

impl<'r> Claim<'r> {
    fn of(headers: &'r HeaderMap, extensions: &Extensions) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let trusted = extensions.get::<TrustedProxies>();
        match (peer, trusted) {
            (Some(peer), Some(trusted)) if trusted.believe(peer, headers) => Self::read(headers),
            _ => Self::default(),
        }
    }

    fn read(headers: &'r HeaderMap) -> Self {
        let first = |name| first(value(headers, name)?, ',');
        let valid = |host: &&str| Authority::parse(host).is_some();
        let prefix = first("x-forwarded-prefix").and_then(prefix);
        let Some(forwarded) = first("forwarded") else {
            return Self {
                scheme: first("x-forwarded-proto").and_then(scheme),
                host: first("x-forwarded-host").filter(valid),
                port: first("x-forwarded-port").and_then(|port| port.parse().ok()),
                prefix,
            };
        };
        let says = |name: &str| {
            let pairs = forwarded.split(';').filter_map(|pair| pair.split_once('='));
            let mut named = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
            named.next().map(|(_, value)| value.trim().trim_matches('"'))
        };
        Self {
            scheme: says("proto").and_then(scheme),
            host: says("host").filter(valid),
            port: None,
            prefix,
        }
    }
}

/// Whether the last proxy, the one that speaks to us, is our gateway.
fn is_signed(headers: &HeaderMap) -> bool {
    let last = headers.get_all("forwarded").iter().next_back();
    let last = last.and_then(|value| value.to_str().ok()?.rsplit(',').next());
    let by = last.and_then(|hop| hop.split(';').find_map(|pair| pair.trim().strip_prefix("by=")));
    by == Some(GATEWAY)
}

fn value<'r>(headers: &'r HeaderMap, name: &str) -> Option<&'r str> {
    headers.get(name)?.to_str().ok()
}

/// The part that the first proxy wrote.
fn first(list: &str, separator: char) -> Option<&str> {
    list.split(separator).next().map(str::trim).filter(|part| !part.is_empty())
}

fn scheme(text: &str) -> Option<&'static str> {
    ["http", "https"].into_iter().find(|known| text.eq_ignore_ascii_case(known))
}

fn prefix(text: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let fits = text.starts_with('/') && !text.starts_with("//") && text.bytes().all(plain);
    Some(text.trim_end_matches('/')).filter(|_| fits)
}

/// A host and perhaps a port, made of nothing that could end a header, a link or a string.
struct Authority<'r> {
    host: &'r str,
    port: Option<u16>,
}

impl<'r> Authority<'r> {
    fn parse(text: &'r str) -> Option<Self> {
        let end = match text.strip_prefix('[') {
            Some(_) => text.find(']')? + 1,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (host, rest) = text.split_at(end);
        let port = match rest.strip_prefix(':') {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().ok()?)
            }
            None if rest.is_empty() => None,
            _ => return None,
        };
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let fits = match address {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(named),
        };
        (fits && text.len() <= 255).then_some(Self { host, port })
    }
}

fn named(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._".contains(&byte)
}
