//! YAML as a tree that knows where each thing stands in the text.

use std::ops::Range;

use granit_parser::{Event, Options, Parser, StructureStyle};

use crate::migrate::change::Found;

/// A value, and its place.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) place: Range<usize>,
    pub(crate) what: What,
    /// Written with braces or brackets.
    pub(crate) flow: bool,
}

#[derive(Debug)]
pub(crate) enum What {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    /// `*name`: what it stands for is written elsewhere.
    Alias,
}

/// A text that could not be read to its end.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) at: usize,
    pub(crate) what: String,
}

/// A list or a map that has not ended, and the key whose value comes next.
struct Open {
    node: Node,
    key: Option<Node>,
}

/// The documents that can be read, and why others cannot.
pub(crate) fn documents(text: &str) -> (Vec<Node>, Vec<Unreadable>) {
    let mut options = Options::default();
    options.emit_unresolved_aliases = true;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let (mut documents, mut unreadable) = (Vec::new(), Vec::new());
    let mut open: Vec<Open> = Vec::new();
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => {
                let place = span.byte_range().unwrap_or_default();
                if let Some(node) = read(text, event, place, &mut open) {
                    put(node, &mut open, &mut documents);
                }
            }
            Err(error) => {
                open.clear();
                let at = error.marker().byte_offset().unwrap_or_default().min(text.len());
                unreadable.push(Unreadable { at, what: error.info() });
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    (documents, unreadable)
}

/// What an event completes.
fn read(text: &str, event: Event<'_>, place: Range<usize>, open: &mut Vec<Open>) -> Option<Node> {
    let mut begin = |what, style, place| {
        let node = Node { place, what, flow: style == StructureStyle::Flow };
        open.push(Open { node, key: None });
        None
    };
    match event {
        Event::Scalar(value, ..) => {
            Some(Node { place, what: What::Text(value.into_owned()), flow: false })
        }
        Event::Alias(_) | Event::UnresolvedAlias(_) => {
            Some(Node { place, what: What::Alias, flow: false })
        }
        Event::SequenceStart(style, ..) => begin(What::List(Vec::new()), style, place),
        Event::MappingStart(style, ..) => begin(What::Map(Vec::new()), style, place),
        Event::SequenceEnd | Event::MappingEnd => {
            let mut node = open.pop()?.node;
            node.place.end = if node.flow { place.end } else { end_of(text, &node) };
            Some(node)
        }
        _ => None,
    }
}

/// A block ends with the last thing in it, not where the next one begins.
fn end_of(text: &str, block: &Node) -> usize {
    let end = match &block.what {
        What::List(items) => items.last().map(|it| it.place.end),
        What::Map(entries) => entries.last().map(|(key, it)| it.place.end.max(key.place.end)),
        What::Text(_) | What::Alias => None,
    };
    let end = end.unwrap_or(block.place.start).max(block.place.start);
    text[..end].trim_end().len().max(block.place.start)
}

/// Puts a node where it belongs.
fn put(node: Node, open: &mut [Open], documents: &mut Vec<Node>) {
    let Some(Open { node: inside, key }) = open.last_mut() else {
        documents.push(node);
        return;
    };
    match (&mut inside.what, key.take()) {
        (What::List(items), _) => items.push(node),
        (What::Map(entries), Some(key)) => entries.push((key, node)),
        _ => *key = Some(node),
    }
}

impl Node {
    pub(crate) fn entries(&self) -> &[(Self, Self)] {
        if let What::Map(entries) = &self.what { entries } else { &[] }
    }

    pub(crate) fn items(&self) -> &[Self] {
        if let What::List(items) = &self.what { items } else { &[] }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let What::Text(text) = &self.what { Some(text) } else { None }
    }

    pub(crate) fn entry(&self, name: &str) -> Option<&(Self, Self)> {
        self.entries().iter().find(|(key, _)| key.text() == Some(name))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.entry(name).map(|(_, value)| value)
    }

    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Self::text)
    }

    /// What is below these keys.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }

    /// Every entry of every map in it.
    pub(crate) fn each_entry<'a>(&'a self, seen: &mut impl FnMut(&'a Self, &'a Self)) {
        for (key, value) in self.entries() {
            seen(key, value);
            value.each_entry(seen);
        }
        for item in self.items() {
            item.each_entry(seen);
        }
    }

    /// As it is written.
    pub(crate) fn source<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.place.clone()).unwrap_or_default()
    }

    /// In one line, with braces and brackets. None if that would lose a comment or an anchor.
    pub(crate) fn in_one_line(&self, text: &str) -> Option<String> {
        let source = self.source(text);
        if source.contains(" #") || source.contains(['&', '*']) {
            return None;
        }
        match &self.what {
            What::Text(_) => {
                let quoted = source.starts_with(['"', '\'']);
                let plain = !source.is_empty() && !source.contains([',', '[', ']', '{', '}']);
                (!source.contains('\n') && (quoted || plain)).then(|| source.to_owned())
            }
            What::Alias => None,
            What::List(items) => {
                let items: Option<Vec<String>> =
                    items.iter().map(|it| it.in_one_line(text)).collect();
                Some(format!("[{}]", items?.join(", ")))
            }
            What::Map(entries) => {
                let entry = |(key, value): &(Self, Self)| {
                    Some(format!("{}: {}", key.in_one_line(text)?, value.in_one_line(text)?))
                };
                let entries: Option<Vec<String>> = entries.iter().map(entry).collect();
                Some(format!("{{{}}}", entries?.join(", ")))
            }
        }
    }

    /// A new last entry of this map, in its style. Lines above it do not move.
    pub(crate) fn append(&self, text: &str, entry: &str, why: &str, found: &mut Found) {
        let Some((first, _)) = self.entries().first() else { return };
        if self.flow {
            let end = text[..self.place.end.saturating_sub(1)].trim_end().len();
            let comma = if text[..end].ends_with(',') { " " } else { ", " };
            found.edit(end..end, format!("{comma}{entry}"), why);
        } else {
            let indent = " ".repeat(first.place.start - line_start(text, first.place.start));
            let end = line_end(text, self.place.end);
            found.edit(end..end, format!("\n{indent}{entry}"), why);
        }
    }
}

/// Where the line begins that this is in.
pub(crate) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |it| it + 1)
}

/// Where it ends, without its line break.
pub(crate) fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |it| at + it);
    if text[..end].ends_with('\r') && end > at { end - 1 } else { end }
}
