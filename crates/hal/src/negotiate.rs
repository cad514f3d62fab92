//! Which media type an answer has, and whether it has a body at all.

use axum::http::{HeaderMap, StatusCode, header};

use crate::Problem;

pub(crate) const HAL_JSON: &str = "application/hal+json";
pub(crate) const JSON: &str = "application/json";
pub(crate) const ALPS_JSON: &str = "application/alps+json";

/// How the client wants to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) media_type: &'static str,
    /// Spring Data REST shows what it has written only to those who said what they accept.
    pub(crate) asked: bool,
}

/// The best of what a representation can be, or 406.
pub(crate) fn representation(headers: &HeaderMap) -> Result<Answer, Problem> {
    choose(headers, &[HAL_JSON, JSON])
}

/// The best of what a profile can be, or 406.
pub(crate) fn profile(headers: &HeaderMap) -> Result<Answer, Problem> {
    choose(headers, &[ALPS_JSON, JSON])
}

fn choose(headers: &HeaderMap, offers: &[&'static str]) -> Result<Answer, Problem> {
    let values = headers.get_all(header::ACCEPT).iter();
    let texts: Vec<&str> = values.map(|value| value.to_str().unwrap_or_default()).collect();
    if texts.iter().all(|text| text.trim().is_empty()) {
        return Ok(Answer { media_type: offers[0], asked: false });
    }
    let mut ranges: Vec<Range> =
        texts.iter().flat_map(|text| text.split(',')).map(Range::parse).collect();
    // Stable: of equals the first one named wins.
    ranges.sort_by_key(|range| std::cmp::Reverse(range.weight));
    let refused = |offer: &str| ranges.iter().any(|range| range.weight == 0 && range.name == offer);
    let wanted = ranges.iter().filter(|range| range.weight > 0);
    wanted
        .flat_map(|range| offers.iter().filter(|offer| range.matches(offer)))
        .find(|offer| !refused(offer))
        .map(|offer| Answer { media_type: offer, asked: true })
        .ok_or_else(|| not_acceptable(offers))
}

fn not_acceptable(offers: &[&str]) -> Problem {
    Problem::new(StatusCode::NOT_ACCEPTABLE, "none of the accepted media types can be served here")
        .hint(format!("send 'Accept: {}' or no Accept header at all", offers.join(", ")))
}

struct Range {
    name: String,
    /// In thousandths.
    weight: u16,
}

impl Range {
    fn parse(text: &str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let weight = weight.map_or(Some(1.0), |weight| weight.trim().parse::<f32>().ok());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 0..=1, and NaN becomes 0"
        )]
        let weight = (weight.unwrap_or(0.0).clamp(0.0, 1.0) * 1000.0) as u16;
        Self { name, weight }
    }

    fn matches(&self, offer: &str) -> bool {
        match self.name.as_str() {
            "*/*" | "application/*" => true,
            "application/*+json" => offer.ends_with("+json"),
            name => name == offer,
        }
    }
}

/// What a body says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    Json,
    JsonPatch,
}

/// What was sent, or 415; no Content-Type is taken for JSON.
pub(crate) fn sent(headers: &HeaderMap) -> Result<Sent, Problem> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(Sent::Json) };
    let text = value.to_str().unwrap_or("?").to_ascii_lowercase();
    let essence = text.split(';').next().unwrap_or_default().trim();
    let suffix = essence.strip_prefix("application/").and_then(|kind| kind.strip_suffix("+json"));
    match essence {
        "" | JSON => Ok(Sent::Json),
        "application/json-patch+json" => Ok(Sent::JsonPatch),
        _ if suffix.is_some_and(|name| !name.is_empty()) => Ok(Sent::Json),
        _ => Err(unsupported(essence)),
    }
}

fn unsupported(essence: &str) -> Problem {
    let shown: String = essence.chars().take(80).collect();
    let detail = format!("a body of type {shown:?} cannot be read here");
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
        .hint("send JSON with 'Content-Type: application/json'")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_best_servable_type_is_chosen() {
        const BROWSER: &str =
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";
        for (accept, chosen) in [
            ("*/*", Some(HAL_JSON)),
            ("application/*", Some(HAL_JSON)),
            ("application/json", Some(JSON)),
            ("application/json, */*;q=0.5", Some(JSON)),
            ("application/json;q=0.2, */*;q=0.5", Some(HAL_JSON)),
            ("application/hal+json;q=0, */*", Some(JSON)),
            ("APPLICATION/JSON; Q=0.3", Some(JSON)),
            ("application/*+json", Some(HAL_JSON)),
            (BROWSER, Some(HAL_JSON)),
            ("text/plain", None),
            ("application/json;q=0", None),
            ("*/*;q=NaN", None),
            ("nonsense", None),
        ] {
            let headers =
                HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            let found = representation(&headers).ok().map(|answer| answer.media_type);

            assert_eq!(found, chosen, "{accept}");
        }
    }

    #[test]
    fn without_an_accept_header_nothing_was_asked_for() {
        let silent = Answer { media_type: HAL_JSON, asked: false };

        assert_eq!(representation(&HeaderMap::new()), Ok(silent));
    }

    #[test]
    fn json_in_any_guise_is_read() {
        for (given, read) in [
            ("application/json", Some(Sent::Json)),
            ("Application/JSON; charset=utf-8", Some(Sent::Json)),
            ("application/hal+json", Some(Sent::Json)),
            ("application/merge-patch+json", Some(Sent::Json)),
            ("application/json-patch+json", Some(Sent::JsonPatch)),
            ("application/+json", None),
            ("text/plain", None),
            ("application/x-www-form-urlencoded", None),
        ] {
            let headers =
                HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(given))]);

            assert_eq!(sent(&headers).ok(), read, "{given}");
        }
    }
}
