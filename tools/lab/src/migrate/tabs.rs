//! Tabs before a line of YAML: no parser takes them. How many blanks each stands for is found by
//! trying.

use std::ops::Range;

use crate::migrate::{
    change::{Found, Part},
    yaml::{self, Node},
};

const WHY: &str = "YAML has no tabs before a line; blanks stand for them";

/// Keys that have their place below one of these, if they are where they belong.
const PLACES: &[(&str, &[&str])] = &[
    ("image", &["containers", "initContainers"]),
    ("imagePullPolicy", &["containers", "initContainers"]),
    ("livenessProbe", &["containers"]),
    ("readinessProbe", &["containers"]),
    ("startupProbe", &["containers"]),
    ("volumeMounts", &["containers", "initContainers"]),
    ("httpGet", PROBES),
    ("tcpSocket", PROBES),
    ("initialDelaySeconds", PROBES),
    ("periodSeconds", PROBES),
    ("timeoutSeconds", PROBES),
    ("failureThreshold", PROBES),
    ("successThreshold", PROBES),
    ("containers", &["spec"]),
    ("replicas", &["spec"]),
    ("template", &["spec"]),
];
const PROBES: &[&str] =
    &["livenessProbe", "readinessProbe", "startupProbe", "postStart", "preStop"];

/// The text with blanks for tabs, and the edits that make it so. A document that would be no YAML
/// all the same keeps its tabs.
pub(crate) fn untabbed(text: &str) -> (Part, Found) {
    let (tabbed, mut found, mut chosen) = (tabbed(text), Found::default(), Vec::new());
    for document in documents(text) {
        let inside = tabbed.iter().filter(|it| document.contains(it));
        let lines: Vec<usize> = inside.map(|it| it - document.start).collect();
        let Some(first) = lines.first() else { continue };
        match widths(&text[document.clone()], &lines) {
            Some(widths) => chosen.extend(widths.iter().map(|it| (it.0 + document.start, it.1))),
            None => found.tell(
                first + document.start,
                "no number of blanks for its tabs makes \
                                                        this document YAML: it keeps them",
            ),
        }
    }
    (expanded(text, &chosen, &mut found), found)
}

/// From one `---` to the next.
fn documents(text: &str) -> Vec<Range<usize>> {
    let mut starts = vec![0];
    starts.extend(text.match_indices("\n---").map(|(at, _)| at + 1));
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| *start..end).collect()
}

/// A line, and what its tabs stand for.
type Width = (usize, Wide);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wide {
    /// Each for the blanks up to the next stop.
    Stops(usize),
    /// All for as many blanks as the line above has, and two more below a key.
    Beside,
    /// All for so many blanks.
    Exactly(usize),
}

const WIDTHS: [Wide; 4] = [Wide::Stops(2), Wide::Stops(4), Wide::Stops(8), Wide::Beside];

/// Beyond that many lines they are not tried one by one.
const MANY: usize = 200;

/// The first of those with the fewest things in the wrong place; None if none can be read.
fn widths(document: &str, lines: &[usize]) -> Option<Vec<Width>> {
    let wrong = |widths: &[Width]| {
        let mut found = Found::default();
        wrong(&expanded(document, widths, &mut found).text)
    };
    let alike = |width| lines.iter().map(|it| (*it, width)).collect::<Vec<Width>>();
    let mut best = WIDTHS.map(alike).into_iter().min_by_key(|it| wrong(it))?;
    if wrong(&best) > 0 && lines.len() <= MANY {
        let own = one_by_one(document, lines);
        if wrong(&own) < wrong(&best) {
            best = own;
        }
    }
    (wrong(&best) < UNREADABLE).then_some(best)
}

/// Tabs and blanks mixed by hand: for each line what fits those above it.
fn one_by_one(document: &str, lines: &[usize]) -> Vec<Width> {
    let (mut chosen, mut last): (Vec<Width>, Wide) = (Vec::new(), WIDTHS[0]);
    for line in lines {
        let end = document[*line..].find('\n').map_or(document.len(), |it| line + it + 1);
        let with = |end: usize, wide: &[Width]| {
            let widths = [chosen.as_slice(), wide].concat();
            expanded(&document[..end], &widths, &mut Found::default()).text
        };
        let mut above: Vec<usize> = with(*line, &[]).lines().map(lead).collect();
        above.sort_unstable();
        above.dedup();
        let above = above.into_iter().rev().map(Wide::Exactly);
        let wrong = |wide: &Wide| wrong(&with(end, &[(*line, *wide)]));
        let fits = std::iter::once(last).chain(WIDTHS).chain(above).min_by_key(wrong);
        last = fits.unwrap_or(last);
        chosen.push((*line, last));
    }
    chosen
}

/// Where lines begin that have a tab before their text, but for those of a text of several lines.
fn tabbed(text: &str) -> Vec<usize> {
    let (mut found, mut start) = (Vec::new(), 0);
    let mut block: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        let lead = lead(line);
        let inside = block.is_some_and(|it| blanks > it || line.trim().is_empty());
        if !inside {
            let tabbed = line[..lead].contains('\t');
            if tabbed {
                found.push(start);
            }
            let opens = line.trim_end().trim_end_matches(['-', '+']).ends_with(['>', '|']);
            block = (opens && line.contains(':') && !tabbed).then_some(blanks);
        }
        start += line.len();
    }
    found
}

/// How long the blanks, tabs and dashes before a line's text are.
fn lead(line: &str) -> usize {
    let mut rest = line.trim_end_matches(['\n', '\r']);
    let whole = rest.len();
    loop {
        let next = rest.trim_start_matches([' ', '\t']);
        match next.strip_prefix('-') {
            Some(item) if item.starts_with([' ', '\t']) => rest = item,
            _ => return whole - next.len(),
        }
    }
}

/// With tabs of these widths.
fn expanded(text: &str, widths: &[Width], found: &mut Found) -> Part {
    let mut widths = widths.iter().peekable();
    let mut part = Part { text: String::new(), places: vec![(0, 0)], prefix: String::new() };
    let (mut start, mut above) = (0, (0, false));
    for line in text.split_inclusive('\n') {
        let lead = lead(line);
        if let Some((_, width)) = widths.next_if(|(line, _)| *line == start) {
            let blanks = blanks(&line[..lead], *width, above);
            part.text.push_str(&blanks);
            found.edit(start..start + lead, blanks, WHY);
        } else {
            part.text.push_str(&line[..lead]);
        }
        part.places.push((part.text.len(), start + lead));
        let rest = &line[lead..];
        if !rest.trim().is_empty() && !rest.starts_with('#') {
            let begin = part.text.rfind('\n').map_or(0, |it| it + 1);
            above = (part.text.len() - begin, rest.trim_end().ends_with(':'));
        }
        part.text.push_str(rest);
        start += line.len();
    }
    part
}

/// What stands for this lead.
fn blanks(lead: &str, wide: Wide, (above, key): (usize, bool)) -> String {
    let width = match wide {
        Wide::Beside if !lead.contains('-') => return " ".repeat(above + if key { 2 } else { 0 }),
        Wide::Exactly(blanks) if !lead.contains('-') => return " ".repeat(blanks),
        Wide::Stops(width) => width,
        Wide::Beside | Wide::Exactly(_) => 2,
    };
    let mut blanks = String::new();
    for letter in lead.chars() {
        match letter {
            '\t' if blanks.ends_with('-') => blanks.push(' '),
            '\t' => blanks.push_str(&" ".repeat(width - blanks.len() % width)),
            _ => blanks.push(letter),
        }
    }
    blanks
}

/// What cannot be read counts as so many misplaced things.
const UNREADABLE: usize = 1000;

/// How much of it is not where it can belong; most of all what cannot be read.
fn wrong(text: &str) -> usize {
    let (documents, unreadable) = yaml::documents(text);
    let lost = |it: &Node| {
        let mut count = 0;
        misplaced(it, "", &mut count);
        count
    };
    unreadable.len() * UNREADABLE + documents.iter().map(lost).sum::<usize>()
}

fn misplaced(node: &Node, above: &str, count: &mut usize) {
    if node.is_alias() {
        return;
    }
    for (key, value) in node.entries() {
        let name = key.text().unwrap_or_default();
        let place = PLACES.iter().find(|(key, _)| *key == name);
        if !above.is_empty() && place.is_some_and(|(_, places)| !places.contains(&above)) {
            *count += 1;
        }
        // A key without anything below it: what belongs there went elsewhere.
        if value.text() == Some("") && value.place.is_empty() {
            *count += 1;
        }
        misplaced(value, name, count);
    }
    for item in node.items() {
        misplaced(item, above, count);
    }
}

#[cfg(test)]
mod tests {
    use super::untabbed;
    use crate::migrate::yaml;

    fn mended(text: &str) -> String {
        let (part, _) = untabbed(text);
        part.text
    }

    #[test]
    fn tabs_stand_for_as_many_blanks_as_fit() {
        for (text, with) in [
            ("a:\n\tb: 1\n", "a:\n  b: 1\n"),
            ("a:\n    b: 1\n\tc: 2\n", "a:\n    b: 1\n    c: 2\n"),
            ("a:\n        b: 1\n\tc: 2\n", "a:\n        b: 1\n        c: 2\n"),
            ("a:\n- b: 1\n\t\tc: 2\n", "a:\n- b: 1\n  c: 2\n"),
            ("-\ta: 1\n", "- a: 1\n"),
            ("a:\tb\n", "a:\tb\n"),
        ] {
            assert_eq!(mended(text), with, "{text:?}");
        }
    }

    #[test]
    fn a_probe_comes_below_its_container() {
        let text = "spec:\n  containers:\n    - name: order\n      image: x\n\t  readinessProbe:\n\t\
                    \thttpGet:\n\t\t  path: /orders\n";
        let with = "spec:\n  containers:\n    - name: order\n      image: x\n      \
                    readinessProbe:\n        httpGet:\n          path: /orders\n";
        assert_eq!(mended(text), with);
    }

    #[test]
    fn tabs_and_blanks_mixed_by_hand_are_told_apart() {
        let text = "metadata:\n  name: order\n\t  labels:\n\t    app: order\nspec:\n\treplicas: 1\n\
                    \ttemplate:\n\t\tspec:\n\t\t\tcontainers:\n\t\t\t\t- name: order\n\t\t\t\t  \
                    readinessProbe:\n\t\t\t\t\thttpGet:\n\t\t\t\t\t  path: /\n\t\t\t\t\t\
                    periodSeconds: 5\n";
        let (documents, unreadable) = yaml::documents(&mended(text));
        assert!(unreadable.is_empty(), "{}", mended(text));
        let pods = documents[0].at(&["spec", "template", "spec", "containers"]);
        let probe = pods.and_then(|it| it.items()[0].get("readinessProbe")).expect("a probe");
        assert_eq!(probe.text_of("periodSeconds"), Some("5"));
        assert!(probe.at(&["httpGet", "path"]).is_some(), "{}", mended(text));
        assert!(documents[0].at(&["metadata", "labels", "app"]).is_some(), "{}", mended(text));
    }

    #[test]
    fn what_is_no_yaml_keeps_its_tabs() {
        let text = "a:\n\tb: 1\n---\na: [\n\tb: }\n";
        let (part, found) = untabbed(text);
        assert_eq!(part.text, "a:\n  b: 1\n---\na: [\n\tb: }\n");
        assert_eq!(found.told.len(), 1);
    }

    #[test]
    fn tabs_in_a_text_stay() {
        let text = "a: |\n  make:\n  \tcc x.c\nb: >-\n  \tx\n";
        assert_eq!(mended(text), text);
    }
}
