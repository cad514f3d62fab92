//! Links: hypertext to follow, and the `Link` header that says the same to HEAD.

use std::fmt::Write;

use axum::http::{HeaderValue, Uri};
use serde::{Serialize, Serializer, ser::SerializeMap};

use web::Base;

/// Relations and where they lead, in the order in which they are shown.
#[derive(Default)]
pub(crate) struct Links(Vec<(&'static str, Link)>);

#[derive(Serialize)]
struct Link {
    href: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    templated: bool,
}

impl Links {
    pub(crate) fn with(mut self, rel: &'static str, href: impl Into<String>) -> Self {
        self.0.push((rel, Link { href: href.into(), templated: false }));
        self
    }

    pub(crate) fn with_template(mut self, rel: &'static str, href: impl Into<String>) -> Self {
        self.0.push((rel, Link { href: href.into(), templated: true }));
        self
    }

    /// `<url>;rel="self",<url>;rel="profile"`, as HEAD answers.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let mut text = String::new();
        for (rel, link) in self.0.iter().filter(|(_, link)| !link.templated) {
            let comma = if text.is_empty() { "" } else { "," };
            let _ = write!(text, "{comma}<{}>;rel=\"{rel}\"", link.href);
        }
        HeaderValue::from_str(&text).ok().filter(|_| !text.is_empty())
    }
}

impl Serialize for Links {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (rel, link) in &self.0 {
            map.serialize_entry(rel, link)?;
        }
        map.end()
    }
}

/// The request's own address, as the client sent it.
pub(crate) fn current(base: &Base, uri: &Uri) -> String {
    let mut text = base.as_str().to_owned();
    // Our parser lets through what no URI may hold, and a `>` would end a Link header's URL.
    let sent = uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
    for byte in sent.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}
