//! Objects of the cluster as JSON: their fields by path, absent ones empty.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

/// What is at a path such as `/metadata/name`.
pub(crate) trait Read {
    fn text(&self, path: &str) -> &str;
    fn whole(&self, path: &str) -> Option<i64>;
    fn list(&self, path: &str) -> &[Value];
    fn time(&self, path: &str) -> Option<Timestamp>;
    /// Labels, or what a selector asks of them.
    fn labels(&self, path: &str) -> BTreeMap<&str, &str>;
    fn name(&self) -> &str;
}

impl Read for Value {
    fn text(&self, path: &str) -> &str {
        self.pointer(path).and_then(Value::as_str).unwrap_or_default()
    }

    fn whole(&self, path: &str) -> Option<i64> {
        self.pointer(path)?.as_i64()
    }

    fn list(&self, path: &str) -> &[Value] {
        self.pointer(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    fn time(&self, path: &str) -> Option<Timestamp> {
        self.text(path).parse().ok()
    }

    fn labels(&self, path: &str) -> BTreeMap<&str, &str> {
        let labels = self.pointer(path).and_then(Value::as_object).into_iter().flatten();
        labels.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect()
    }

    fn name(&self) -> &str {
        self.text("/metadata/name").max(self.text("/name"))
    }
}

/// When an event was seen for the last time.
pub(crate) fn last_seen(event: &Value) -> Option<Timestamp> {
    let paths = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/firstTimestamp"];
    paths.into_iter().find_map(|it| event.time(it))
}

/// `app=order,tier=web`
pub(crate) fn joined(labels: &BTreeMap<&str, &str>) -> String {
    let each: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    each.join(",")
}

/// The first line, and no more of it than a screen is wide.
pub(crate) fn brief(text: &str) -> String {
    const WIDE: usize = 160;
    let line = text.trim().lines().next().unwrap_or_default();
    if line.chars().count() <= WIDE {
        return line.to_owned();
    }
    line.chars().take(WIDE).chain(std::iter::once('…')).collect()
}

/// A message in one line of a few screens' width at most: what is too long loses its middle, because
/// the reason is at its end.
pub(crate) fn abridged(text: &str) -> String {
    const HEAD: usize = 70;
    const TAIL: usize = 170;
    let words: Vec<&str> = text.split_whitespace().collect();
    let line: Vec<char> = words.join(" ").chars().collect();
    if line.len() <= HEAD + TAIL {
        return line.into_iter().collect();
    }
    let (head, tail) = (&line[..HEAD], &line[line.len() - TAIL..]);
    head.iter().chain(&[' ', '…', ' ']).chain(tail).collect()
}

/// A line without colours.
pub(crate) fn plain(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |line, part| line + part.split_once('m').map_or(part, |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::{abridged, brief};

    #[test]
    fn long_lines_are_cut_between_letters() {
        assert_eq!(brief(" one\ntwo"), "one");
        assert_eq!(brief(&"가".repeat(161)), format!("{}…", "가".repeat(160)));
    }
    #[test]
    fn the_end_of_a_long_message_stays() {
        let said = format!("failed to create: {} not a directory", "layer ".repeat(99));
        let short = abridged(&said);
        assert!(short.starts_with("failed to create: layer"), "{short}");
        assert!(short.ends_with("layer not a directory"), "{short}");
        assert_eq!(short.chars().count(), 243, "{short}");
        assert_eq!(abridged(" one\n two"), "one two");
    }
}
