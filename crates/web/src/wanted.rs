//! What somebody wants of a control, as httpie, curl and worksheets say it: in the query, as a JSON
//! object, or as a form.

use axum::extract::{FromRequest, Request};
use serde_json::{Map, Value};

use crate::{Problem, query, upload};

/// Names and values as text, in the order in which they were said: the body's, then the query's.
/// Who says a name twice means the last one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted(pub Vec<(String, String)>);

impl Wanted {
    /// Reads a query and a body. Numbers may be text, a list is its items with commas between
    /// them, and null is nothing.
    pub fn read(query: Option<&str>, body: &[u8]) -> Result<Self, Problem> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
        let mut wanted = if is_form(body) { form(body)? } else { members(body)? };
        wanted.extend(pairs(query));
        Ok(Self(wanted))
    }

    /// What was said of this name.
    pub fn of(&self, name: &str) -> Option<&str> {
        let said = self.0.iter().rev().find(|(key, _)| key == name);
        said.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

impl<S: Sync> FromRequest<S> for Wanted {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        Self::read(head.uri.query(), &upload::bytes(body).await?)
    }
}

fn pairs(text: Option<&str>) -> impl Iterator<Item = (String, String)> {
    query::pairs(text).map(|(name, value)| (name.into_owned(), value.into_owned()))
}

/// `curl -d rate=0.3` and `http -f`. Every JSON value that holds a `=` begins otherwise.
fn is_form(body: &[u8]) -> bool {
    body.contains(&b'=') && !b"{[\"".contains(&body[0])
}

fn form(body: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    let text = std::str::from_utf8(body).map_err(|error| unlike().cause(error.to_string()))?;
    Ok(pairs(Some(text)).collect())
}

fn members(body: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let members: Map<String, Value> =
        serde_json::from_slice(body).map_err(|error| unlike().cause(error.to_string()))?;
    let read = |(name, value): (String, Value)| {
        let value = text(&name, &value)?;
        Ok((name, value))
    };
    members.into_iter().map(read).collect()
}

fn text(name: &str, value: &Value) -> Result<String, Problem> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Array(items) => {
            let items: Result<Vec<String>, Problem> =
                items.iter().map(|item| text(name, item)).collect();
            Ok(items?.join(","))
        }
        Value::Object(_) => {
            Err(Problem::bad_request(format!("{name}: write a text or a number, not an object")))
        }
    }
}

fn unlike() -> Problem {
    Problem::bad_request("the body must be a JSON object, or a form")
        .hint(r#"send such as {"name": "value"}, or ?name=value without a body"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: Option<&str>, body: &str) -> Vec<(String, String)> {
        Wanted::read(query, body.as_bytes()).expect("it can be read").0
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn json_a_form_and_a_query_say_the_same() {
        let expected = pairs(&[("rate", "0.3"), ("routes", "/orders,/docs"), ("on", "true")]);
        for (query, body) in [
            (None, r#"{"rate": 0.3, "routes": ["/orders", "/docs"], "on": true}"#),
            (None, "\u{feff} {\"rate\":\"0.3\",\"routes\":\"/orders,/docs\",\"on\":\"true\"}\n"),
            (None, "rate=0.3&routes=%2Forders%2C%2Fdocs&on=true"),
            (Some("rate=0.3&routes=/orders,/docs&on=true"), ""),
            (Some("on=true"), r#"{"rate":0.3,"routes":["/orders","/docs"]}"#),
        ] {
            assert_eq!(read(query, body), expected, "{query:?} {body}");
        }
    }

    #[test]
    fn the_query_has_the_last_word_and_nothing_is_nothing() {
        let wanted = Wanted::read(Some("mode=slow&none="), br#"{"mode":"abrupt","ttl":null}"#);
        let wanted = wanted.expect("it can be read");
        assert_eq!(wanted.of("mode"), Some("slow"));
        assert_eq!((wanted.of("ttl"), wanted.of("none"), wanted.of("other")), (None, None, None));
        assert!(read(None, " \r\n").is_empty());
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in ["[1]", "[\"a=b\"]", "\"a=b\"", "{", "retries", "5", "null", "{\"a\":{}}"] {
            let refused = Wanted::read(None, body.as_bytes()).expect_err(body);
            assert_eq!(refused.status, 400, "{body}");
        }
    }
}
