//! Commands of a shell: what is in quotes and in comments stays as it is.

use std::ops::Range;

use super::{DASH, QUOTE, Stand, blank, is_dash, is_hyphen, is_plain, quote, replaced};
use crate::migrate::{
    change::{Found, Layers, Part},
    kubectl,
    shell::{is_whole, quoted},
};

/// Programs whose flags are known well enough to say how many hyphens a dash stands for, and whose words
/// need quotes.
const PROGRAMS: [&str; 16] = [
    "aws",
    "az",
    "curl",
    "docker",
    "docker-compose",
    "eksctl",
    "gcloud",
    "helm",
    "http",
    "istioctl",
    "k",
    "kind",
    "kubectl",
    "minikube",
    "siege",
    "wget",
];

/// How often a quote that is one by now may show what stands behind it.
const ROUNDS: usize = 8;

/// The text with what the letters stand for, and the edits that make it so.
pub(crate) fn mend(text: &str) -> Layers {
    let mut layers = Layers::default().and(blanks(text));
    let steps = [quotes, dashes, blanks];
    let mut idle = 0;
    for step in steps.iter().cycle().take(ROUNDS * steps.len()) {
        let next = step(layers.text());
        idle = if next.1.edits.is_empty() { idle + 1 } else { 0 };
        layers = layers.and(next);
        if idle == steps.len() {
            break;
        }
    }
    layers
}

/// Blanks and letters that are not seen.
fn blanks(text: &str) -> (Part, Found) {
    let (mut stands, mut found) = (Vec::new(), Found::default());
    if is_plain(text) {
        return replaced(text, stands, found);
    }
    let (quoted, comments) = quoted(text);
    let inside = |ranges: &[Range<usize>], at: usize| ranges.iter().any(|it| it.contains(&at));
    for (at, letter) in text.char_indices() {
        let Some(stand) = blank(at, letter) else { continue };
        if inside(&comments, at) {
            continue;
        }
        if inside(&quoted, at) {
            found.tell(at, format!("{}: this one is in quotes, and stays", stand.why));
            continue;
        }
        stands.push(stand);
    }
    replaced(text, stands, found)
}

/// Curly quotes, if they are quotes by what is between them.
fn quotes(text: &str) -> (Part, Found) {
    let found = Found::default();
    let first = curly(text).first().map(|it| it.place.start);
    let (part, edits) = replaced(text, curly(text), found);
    let Some(first) = first.filter(|_| is_whole(text) && !is_whole(&part.text)) else {
        return (part, edits);
    };
    let (part, mut found) = replaced(text, Vec::new(), Found::default());
    found.tell(first, format!("{QUOTE}: which one it stands for is not clear, and it stays"));
    (part, found)
}

fn dashes(text: &str) -> (Part, Found) {
    let (mut stands, mut found) = (Vec::new(), Found::default());
    if is_plain(text) {
        return replaced(text, stands, found);
    }
    let (quoted, comments) = quoted(text);
    let inside = |at: usize| quoted.iter().chain(&comments).any(|it| it.contains(&at));
    for (line, start) in lines(text) {
        let known = is_known(line);
        let mut before = "";
        for (word, at) in words(line, start) {
            if word.chars().any(is_dash) && !inside(at) {
                dash((word, at), before, line, known, &mut stands, &mut found);
            }
            before = word;
        }
    }
    replaced(text, stands, found)
}

/// Curly quotes on lines of programs that are known, outside of others.
fn curly(text: &str) -> Vec<Stand> {
    if is_plain(text) {
        return Vec::new();
    }
    let (quoted, comments) = quoted(text);
    let inside = |at: usize| quoted.iter().chain(&comments).any(|it| it.contains(&at));
    let mut stands = Vec::new();
    for (line, start) in lines(text).filter(|(line, _)| is_known(line)) {
        for (at, letter) in line.char_indices() {
            if let Some(with) = quote(letter).filter(|_| !inside(start + at)) {
                let place = start + at..start + at + letter.len_utf8();
                stands.push(Stand { place, with: with.to_string(), why: QUOTE });
            }
        }
    }
    stands
}

/// What the dashes of a word stand for.
fn dash(
    (word, at): (&str, usize),
    before: &str,
    line: &str,
    known: bool,
    stands: &mut Vec<Stand>,
    found: &mut Found,
) {
    let name = word.trim_start_matches(|it| it == '-' || is_dash(it));
    let lead = &word[..word.len() - name.len()];
    let begins = lead.chars().any(is_dash);
    if !known {
        if begins {
            found.tell(at, format!("{DASH}: put `-` or `--`"));
        }
        return;
    }
    if begins {
        match hyphens(lead, name, before, line) {
            Some(with) => {
                let with = with.to_owned();
                stands.push(Stand { place: at..at + lead.len(), with, why: DASH });
            }
            None => found.tell(at, format!("{DASH}: put `-` or `--`, or take it away")),
        }
    }
    let start = at + lead.len();
    let quoted = name.find(['"', '\'']).unwrap_or(name.len());
    for (inside, letter) in name[..quoted].char_indices().filter(|(_, it)| is_dash(*it)) {
        let place = start + inside..start + inside + letter.len_utf8();
        stands.push(Stand { place, with: "-".to_owned(), why: DASH });
    }
}

/// `-` or `--`
fn hyphens(lead: &str, name: &str, before: &str, line: &str) -> Option<&'static str> {
    const FILE: [&str; 2] = ["f", "filename"];
    if name.is_empty() {
        let flag = before.trim_start_matches(|it| it == '-' || is_dash(it));
        let words = || line.split_whitespace();
        let takes_command = words().any(|it| kubectl::NAMES.contains(&it))
            && words().any(|it| matches!(it, "exec" | "run" | "debug"))
            && !words().any(|it| it == "--");
        return match lead.chars().count() {
            1 if before != flag && FILE.contains(&flag) => Some("-"),
            _ if takes_command => Some("--"),
            _ => None,
        };
    }
    if lead.chars().count() > 1 {
        return Some("--");
    }
    let flag = name.split('=').next().unwrap_or_default();
    let letters = flag.chars().count();
    let together = ["it", "ti", "rf", "sS", "fsSL"].contains(&flag);
    if lead.chars().all(is_hyphen) || together || (letters <= 2 && !kubectl::is_known(flag)) {
        return Some("-");
    }
    Some(if letters == 1 { "-" } else { "--" })
}

/// A line that begins with such a program, or has it behind a `|` or `$(`.
fn is_known(line: &str) -> bool {
    line.split_whitespace()
        .map(|it| it.trim_start_matches(['$', '(', '`', ';', '|', '&', '"', '\'']))
        .any(|it| PROGRAMS.contains(&it))
}

/// Each line with those that a backslash joins to it, and where it begins.
fn lines(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|it| !it.is_empty())?;
        let mut end = 0;
        for line in rest.split_inclusive('\n') {
            end += line.len();
            if !line.trim_end_matches(['\r', '\n']).ends_with('\\') {
                break;
            }
        }
        let line = (&rest[..end], start);
        start += end;
        Some(line)
    })
}

fn words(line: &str, start: usize) -> impl Iterator<Item = (&str, usize)> {
    line.split_whitespace()
        .map(move |it| (it, start + (it.as_ptr() as usize - line.as_ptr() as usize)))
}
