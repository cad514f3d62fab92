//! A Markdown worksheet: the YAML and the commands in its blocks. All else stays byte for byte.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

use crate::migrate::{
    change::{Found, Part},
    command, manifest,
};

/// What is to become of it.
pub(crate) fn mend(markdown: &str) -> Found {
    let mut found = Found::default();
    let options = Options::ENABLE_YAML_STYLE_METADATA_BLOCKS | Options::ENABLE_TABLES;
    for (event, place) in Parser::new_ext(markdown, options).into_offset_iter() {
        let Event::Start(Tag::CodeBlock(kind)) = event else { continue };
        let (info, fenced) = match &kind {
            CodeBlockKind::Fenced(info) => (info.as_ref(), true),
            CodeBlockKind::Indented => ("", false),
        };
        let part = content(markdown, place.start, place.end, fenced);
        let inner = match holds(info, &part.text) {
            Holds::Yaml => manifest::mend(&part.text),
            Holds::Commands => script(&part.text),
            Holds::Nothing => continue,
        };
        found.add(part.in_whole(inner));
    }
    found
}

enum Holds {
    Yaml,
    Commands,
    Nothing,
}

fn holds(info: &str, text: &str) -> Holds {
    match info.split_whitespace().next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "yaml" | "yml" => Holds::Yaml,
        "sh" | "bash" | "shell" | "console" | "zsh" => Holds::Commands,
        // What stands there without a word may be either.
        "" => {
            let begins = |it: &&str| !it.trim().is_empty() && !it.starts_with('#');
            let first = text.lines().find(begins).and_then(|it| it.split_whitespace().next());
            let key = first.is_some_and(|it| it.ends_with(':') || it == "---" || it == "-");
            let object = text.lines().any(|it| it.starts_with("apiVersion:"));
            if key && object { Holds::Yaml } else { Holds::Commands }
        }
        _ => Holds::Nothing,
    }
}

/// The text of a block, without what stands before its lines in lists and quotations.
fn content(markdown: &str, start: usize, end: usize, fenced: bool) -> Part {
    let begin = markdown[..start].rfind('\n').map_or(0, |it| it + 1);
    let before = &markdown[begin..start];
    let prefix: String = before.chars().map(|it| if it == '>' { '>' } else { ' ' }).collect();
    let block = &markdown[start..end];
    let mut lines: Vec<(usize, &str)> = Vec::new();
    let mut at = start;
    for line in block.split_inclusive('\n') {
        lines.push((at, line));
        at += line.len();
    }
    if fenced {
        lines.remove(0);
        let closed = |line: &str| {
            let line = line.trim_start_matches(['>', ' ', '\t']);
            line.starts_with("```") || line.starts_with("~~~")
        };
        if lines.last().is_some_and(|(_, line)| closed(line)) {
            lines.pop();
        }
    }
    part(&lines, |line| stripped(line, before.len()), prefix)
}

/// How much of a line belongs to what its block is in.
fn stripped(line: &str, most: usize) -> usize {
    // Of blanks no more than the backticks have before them: the others are the block's own.
    (line.len() - line.trim_start_matches(['>', ' ', '\t']).len()).min(most)
}

/// These lines, each without its beginning.
fn part(lines: &[(usize, &str)], strip: impl Fn(&str) -> usize, prefix: String) -> Part {
    let first = lines.first().map_or(0, |(at, _)| *at);
    let mut part = Part { text: String::new(), places: vec![(0, first)], prefix };
    for (at, line) in lines {
        let cut = strip(line);
        part.places.push((part.text.len(), at + cut));
        part.text.push_str(&line[cut..]);
    }
    part
}

/// Commands, and the YAML that is fed to them (`<<EOF`).
pub(crate) fn script(text: &str) -> Found {
    let mut found = Found::default();
    let mut lines = text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    });
    let mut commands: Vec<(usize, &str)> = Vec::new();
    while let Some((at, line)) = lines.next() {
        commands.push((at, line));
        let Some(Fed { until, stripped }) = fed(line) else { continue };
        let body: Vec<(usize, &str)> = lines
            .by_ref()
            .take_while(|(_, line)| line.trim_start_matches('\t').trim_end() != until)
            .collect();
        let is_manifest = ["kubectl", ".yaml", ".yml"].iter().any(|it| line.contains(it));
        if is_manifest && !body.is_empty() {
            let tabs = |line: &str| line.len() - line.trim_start_matches('\t').len();
            let strip = |line: &str| if stripped { tabs(line) } else { 0 };
            let body = part(&body, strip, String::new());
            found.add(body.in_whole(manifest::mend(&body.text)));
        }
    }
    found.add(command::mend(text, &commands));
    found
}

/// How the text ends that a command is fed.
struct Fed<'a> {
    until: &'a str,
    /// `<<-`: the shell takes the tabs before each line away.
    stripped: bool,
}

fn fed(line: &str) -> Option<Fed<'_>> {
    let (_, rest) = line.split_once("<<")?;
    if rest.starts_with('<') {
        return None;
    }
    let stripped = rest.starts_with('-');
    let word = rest.trim_start_matches(['-', ' ', '"', '\'', '\\']);
    let end = word.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(word.len());
    (end > 0).then(|| Fed { until: &word[..end], stripped })
}
