//! An answer as the contract sees it: without what is told anew each time.

use serde_json::Value;

/// Stands for words that may be chosen freely.
pub(crate) const WORDS: &str = "(words)";
/// Stands for the time of day.
pub(crate) const TIME: &str = "(time)";
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Headers that clients act upon. The others may differ.
const TOLD: [&str; 12] = [
    "location",
    "content-type",
    "content-length",
    "allow",
    "link",
    "vary",
    "connection",
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-allow-credentials",
    "access-control-expose-headers",
];

/// What came back, or what should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// What a fleet answered, ready to be compared.
    pub(crate) fn of(response: &testkit::Response) -> Self {
        let headers = response.headers.iter();
        let mut answer = Self {
            status: response.status,
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
                .collect(),
            body: response.text().to_owned(),
        };
        if answer.header("content-type") == Some(PROBLEM_JSON) {
            answer.body = masked_problem(&answer.body);
            answer.set("content-length", Some(&answer.body.len().to_string()));
        }
        answer
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Replaces or removes a header.
    pub(crate) fn set(&mut self, name: &str, value: Option<&str>) {
        match (self.headers.iter().position(|(known, _)| known == name), value) {
            (Some(place), Some(value)) => value.clone_into(&mut self.headers[place].1),
            (Some(place), None) => drop(self.headers.remove(place)),
            (None, Some(value)) => self.headers.push((name.to_owned(), value.to_owned())),
            (None, None) => {}
        }
    }

    /// What differs between this expectation and an answer, in words; nothing is a match.
    pub(crate) fn unlike(&self, actual: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.status != actual.status {
            found.push(format!("status {} instead of {}", actual.status, self.status));
        }
        for name in TOLD {
            let (wanted, given) = (self.values(name), actual.values(name));
            if wanted != given {
                found.push(format!("{name}: {given:?} instead of {wanted:?}"));
            }
        }
        if self.body != actual.body {
            found.push(format!("body:\n{}\n  instead of:\n{}", actual.body, self.body));
        }
        found
    }

    fn values(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(known, _)| known == name);
        let values = named.map(|(_, value)| value.as_str());
        if name != "allow" {
            return values.collect();
        }
        let mut verbs: Vec<&str> = values.flat_map(|list| list.split(',')).map(str::trim).collect();
        verbs.sort_unstable();
        verbs
    }
}

/// A problem with its words and its time masked, and without the hint; its form is checked.
fn masked_problem(text: &str) -> String {
    let mut problem: Value = serde_json::from_str(text).expect("a problem is JSON");
    assert_eq!(problem.to_string(), text, "a problem is compact JSON");
    let members = problem.as_object_mut().expect("a problem is an object");
    let time = members["timestamp"].as_str().expect("a timestamp");
    assert!(is_time(time), "{time} is not as 2026-11-21T02:11:48.152+00:00");
    members["timestamp"] = TIME.into();
    assert_eq!(members["message"], members["detail"]);
    for name in ["message", "detail"] {
        assert_ne!(members[name], "", "{text}");
        members[name] = WORDS.into();
    }
    if let Some(hint) = members.shift_remove("hint") {
        assert_ne!(hint, "", "{text}");
    }
    if let Some(cause) = members.get_mut("cause") {
        assert!(cause["message"].is_string(), "{text}");
        cause["message"] = WORDS.into();
    }
    problem.to_string()
}

/// `2026-11-21T02:11:48.152+00:00`, as Boot 2.3 writes it.
fn is_time(text: &str) -> bool {
    let shape: String =
        text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    shape == "0000-00-00T00:00:00.000+00:00"
}
