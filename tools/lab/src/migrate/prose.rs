//! Commands and manifests of a worksheet that stand in no block. Nobody knows where they end, so they are
//! only told.

use std::ops::Range;

use crate::migrate::{change::Found, manifest, sheet, yaml::line_start};

/// What a command begins with.
const PROGRAMS: [&str; 5] = ["kubectl", "helm", "docker", "k", "istioctl"];

const OUTSIDE: &str = "this is in no block, and left as it is: put it between two lines of ```, and it \
                       is changed as well";

/// Tells where something would change if it were in a block.
pub(crate) fn tell(markdown: &str, outside: &[Range<usize>], found: &mut Found) {
    for range in outside {
        let mut told_at = None;
        for paragraph in paragraphs(markdown, range) {
            let text = &markdown[paragraph.clone()];
            let Some(inner) = would_change(text) else { continue };
            let first = inner.edits.iter().map(|it| it.place.start);
            let first = first.chain(inner.told.iter().map(|it| it.at)).min().unwrap_or_default();
            let at = line_start(markdown, paragraph.start + first);
            if told_at != Some(at) {
                found.tell(at, OUTSIDE);
                told_at = Some(at);
            }
        }
    }
}

/// Lines without an empty one between them.
fn paragraphs(markdown: &str, range: &Range<usize>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = range.start;
    let mut open = false;
    for line in markdown[range.clone()].split_inclusive('\n') {
        let end = at + line.len();
        match found.last_mut() {
            _ if line.trim().is_empty() => open = false,
            Some(last) if open => last.end = end,
            _ => {
                found.push(at..end);
                open = true;
            }
        }
        at = end;
    }
    found
}

/// What would become of it, if it is a manifest or commands by its first word on some line.
fn would_change(text: &str) -> Option<Found> {
    let mut lines = text.lines().map(str::trim_start);
    let found = if lines.clone().any(|it| it.starts_with("apiVersion:")) {
        manifest::mend(text)
    } else {
        let begins = |line: &str| {
            let line = line.trim_start_matches("$ ");
            line.split_once(' ').is_some_and(|(program, _)| PROGRAMS.contains(&program))
        };
        if !lines.any(begins) {
            return None;
        }
        sheet::script(text)
    };
    (!found.edits.is_empty()).then_some(found)
}
