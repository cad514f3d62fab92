//! Which requests are let in at all: those with one Host and a framing that we know, and, where a
//! service listens for its own machine alone, none that a page of another site has sent.

use std::{net::IpAddr, str::FromStr, sync::Arc};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header, uri::Authority},
};
use web::Problem;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Safe by their method, and yet they change something: old worksheets and kubelets know only GET.
const HARMFUL: [&str; 5] =
    ["/prestop", "/actuator/prestop", "/callMemleak", "/orders/memleak", "/hpa"];

/// By which names services may be asked.
#[derive(Debug, Clone, clap::Args)]
pub struct HostArgs {
    /// Names by which services may be asked, and sites whose pages may change something, besides
    /// localhost and this machine's addresses: `shop.example`, `.shop.example` for all below it,
    /// commas between them, or `any` [default: none for a service that listens on loopback alone,
    /// `any` for others, as in containers].
    #[arg(long, env)]
    pub allowed_hosts: Option<AllowedHosts>,
}

/// Names of hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHosts(Option<Arc<[Box<str>]>>);

impl FromStr for AllowedHosts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim().eq_ignore_ascii_case("any") {
            return Ok(Self(None));
        }
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let names = names.map(|name| {
            let fits = name.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._".contains(&it));
            let name = fits.then(|| name.to_ascii_lowercase().into_boxed_str());
            name.ok_or_else(|| {
                "write names without ports, such as `shop.example`, or `any`".to_owned()
            })
        });
        names.collect::<Result<_, _>>().map(|names| Self(Some(names)))
    }
}

impl HostArgs {
    /// The names for a service that listens there.
    pub(crate) fn entry(&self, listens_at: IpAddr) -> Entry {
        let on_loopback = if listens_at.is_loopback() { Some(Arc::default()) } else { None };
        Entry { names: self.allowed_hosts.as_ref().map_or(on_loopback, |it| it.0.clone()) }
    }
}

/// What a service lets in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    /// Names that are allowed besides local ones; none: all are.
    names: Option<Arc<[Box<str>]>>,
}

impl Entry {
    /// Refuses what no route shall see.
    pub(crate) fn check(&self, request: &Request) -> Result<(), Problem> {
        let headers = request.headers();
        one_host(request.version(), headers)?;
        known_coding(headers)?;
        let Some(names) = &self.names else { return Ok(()) };
        let asked = request.uri().authority().map(Authority::as_str);
        let asked = asked.or_else(|| headers.get(header::HOST)?.to_str().ok()).unwrap_or_default();
        if !is_own(host_of(asked), names) {
            return Err(misdirected(host_of(asked)));
        }
        let is_harmless = request.method().is_safe() && !HARMFUL.contains(&request.uri().path());
        if is_harmless { Ok(()) } else { same_site(headers, asked, names) }
    }
}

/// RFC 9112 3.2.
fn one_host(version: Version, headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get_all(header::HOST).iter().count() {
        1 => Ok(()),
        0 if version < Version::HTTP_11 => Ok(()),
        0 => Err(Problem::bad_request("the request has no Host header")
            .hint("HTTP/1.1 needs one, such as Host: localhost")),
        _ => Err(Problem::bad_request("the request has more than one Host header")),
    }
}

/// RFC 9112 6.1: chunks are the one transfer coding here.
fn known_coding(headers: &HeaderMap) -> Result<(), Problem> {
    let lines = headers.get_all(header::TRANSFER_ENCODING).iter();
    let mut chunked = 0;
    for coding in lines.flat_map(|it| it.as_bytes().split(|byte| *byte == b',')) {
        match coding.trim_ascii() {
            [] => {}
            known if known.eq_ignore_ascii_case(b"chunked") => chunked += 1,
            _ => {
                let detail = "the body has a transfer coding other than chunked";
                let problem = Problem::new(StatusCode::NOT_IMPLEMENTED, detail);
                return Err(problem.hint("send it without, or name the coding in Content-Encoding"));
            }
        }
    }
    let twice = || Problem::bad_request("the body is chunked more than once");
    if chunked > 1 { Err(twice()) } else { Ok(()) }
}

/// A page of another site may read, as the browser lets it, and change nothing.
fn same_site(headers: &HeaderMap, asked: &str, names: &[Box<str>]) -> Result<(), Problem> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        let site = headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes);
        return if site == Some(b"cross-site") { Err(foreign("another site")) } else { Ok(()) };
    };
    let origin = origin.to_str().unwrap_or_default();
    let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
    let is_same = !authority.is_empty() && authority.eq_ignore_ascii_case(asked);
    let host = host_of(authority);
    let is_ours = !host.is_empty() && (is_this_machine(host) || is_named(host, names));
    if is_same || is_ours { Ok(()) } else { Err(foreign(origin)) }
}

/// Without its port, its brackets and the dot of the root.
fn host_of(authority: &str) -> &str {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.trim_end_matches('.')
}

/// Nobody can make a name without a dot, or an address, lead a browser here from elsewhere.
fn is_own(host: &str, names: &[Box<str>]) -> bool {
    !host.contains('.')
        || host.parse::<IpAddr>().is_ok()
        || is_this_machine(host)
        || is_named(host, names)
}

fn is_this_machine(host: &str) -> bool {
    let is_below = |parent: &str| {
        let cut = host.len().checked_sub(parent.len()).and_then(|at| host.get(at..));
        cut.is_some_and(|end| end.eq_ignore_ascii_case(parent))
    };
    host.eq_ignore_ascii_case("localhost")
        || is_below(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

fn is_named(host: &str, names: &[Box<str>]) -> bool {
    let host = host.to_ascii_lowercase();
    names.iter().any(|name| match name.strip_prefix('.') {
        Some(parent) => host == parent || host.ends_with(&**name),
        None => host == **name,
    })
}

fn misdirected(host: &str) -> Problem {
    let shown = shown(host);
    let detail = format!("this service is not asked for as {shown}: it serves this machine alone");
    Problem::new(StatusCode::MISDIRECTED_REQUEST, detail)
        .hint(format!("ask for localhost, or start it with ALLOWED_HOSTS={shown}"))
}

fn foreign(site: &str) -> Problem {
    let site = shown(site);
    let detail = format!("a page of {site} may not change anything here: it is another site");
    Problem::new(StatusCode::FORBIDDEN, detail)
        .hint("ALLOWED_HOSTS names the sites whose pages may; `any` lets all of them")
}

fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}
