//! YAML as a tree that knows where each thing stands in the text.

use std::{collections::HashMap, ops::Range, rc::Rc};

use granit_parser::{Event, Options, Parser, StructureStyle};

use crate::migrate::change::Found;

/// A value, and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Range<usize>,
    pub(crate) what: What,
    /// Written with braces or brackets.
    pub(crate) flow: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    /// `*name`: what it stands for is written elsewhere, if it is known. To read it is to read that.
    Alias(Option<Rc<Node>>),
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
    anchor: usize,
}

/// What has a name (`&name`), by the number that the parser gives it; 0 is no name.
type Anchors = HashMap<usize, Rc<Node>>;

/// The documents that can be read, and why others cannot.
pub(crate) fn documents(text: &str) -> (Vec<Node>, Vec<Unreadable>) {
    let mut options = Options::default();
    options.emit_unresolved_aliases = true;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let (mut documents, mut unreadable) = (Vec::new(), Vec::new());
    let (mut open, mut anchors): (Vec<Open>, Anchors) = (Vec::new(), Anchors::new());
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => {
                let place = span.byte_range().unwrap_or_default();
                if let Some(node) = read(text, event, place, &mut open, &mut anchors) {
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
fn read(
    text: &str,
    event: Event<'_>,
    place: Range<usize>,
    open: &mut Vec<Open>,
    anchors: &mut Anchors,
) -> Option<Node> {
    let mut begin = |what, style, anchor, place| {
        let node = Node { place, what, flow: style == StructureStyle::Flow };
        open.push(Open { node, key: None, anchor });
        None
    };
    let (node, anchor) = match event {
        Event::Scalar(value, _, anchor, _) => {
            (Node { place, what: What::Text(value.into_owned()), flow: false }, anchor)
        }
        Event::Alias(anchor) => {
            let named = anchors.get(&anchor).cloned();
            (Node { place, what: What::Alias(named), flow: false }, 0)
        }
        Event::UnresolvedAlias(_) => (Node { place, what: What::Alias(None), flow: false }, 0),
        Event::SequenceStart(style, anchor, _) => {
            return begin(What::List(Vec::new()), style, anchor, place);
        }
        Event::MappingStart(style, anchor, _) => {
            return begin(What::Map(Vec::new()), style, anchor, place);
        }
        Event::SequenceEnd | Event::MappingEnd => {
            let Open { mut node, anchor, .. } = open.pop()?;
            node.place.end = if node.flow { place.end } else { end_of(text, &node) };
            (node, anchor)
        }
        _ => return None,
    };
    if anchor > 0 {
        anchors.insert(anchor, Rc::new(node.clone()));
    }
    Some(node)
}

/// A block ends with the last thing in it, not where the next one begins.
fn end_of(text: &str, block: &Node) -> usize {
    let end = match &block.what {
        What::List(items) => items.last().map(|it| it.place.end),
        What::Map(entries) => entries.last().map(|(key, it)| it.place.end.max(key.place.end)),
        What::Text(_) | What::Alias(_) => None,
    };
    let end = end.unwrap_or(block.place.start).max(block.place.start);
    text[..end].trim_end().len().max(block.place.start)
}

/// Puts a node where it belongs.
fn put(node: Node, open: &mut [Open], documents: &mut Vec<Node>) {
    let Some(Open { node: inside, key, .. }) = open.last_mut() else {
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
    /// The node, or what it stands for.
    fn meant(&self) -> &Self {
        if let What::Alias(Some(named)) = &self.what { named } else { self }
    }

    pub(crate) fn is_alias(&self) -> bool {
        matches!(self.what, What::Alias(_))
    }

    pub(crate) fn entries(&self) -> &[(Self, Self)] {
        if let What::Map(entries) = &self.meant().what { entries } else { &[] }
    }

    pub(crate) fn items(&self) -> &[Self] {
        if let What::List(items) = &self.meant().what { items } else { &[] }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let What::Text(text) = &self.meant().what { Some(text) } else { None }
    }

    /// The entry with this key, here or in a map that is merged into this one (`<<: *name`).
    pub(crate) fn entry(&self, name: &str) -> Option<&(Self, Self)> {
        let own = self.entries().iter().find(|(key, _)| key.text() == Some(name));
        own.or_else(|| {
            let (_, merged) = self.entries().iter().find(|(key, _)| key.text() == Some("<<"))?;
            std::iter::once(merged).chain(merged.items()).find_map(|it| it.entry(name))
        })
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

    /// Every entry of every map that is written in it.
    pub(crate) fn each_entry<'a>(&'a self, seen: &mut impl FnMut(&'a Self, &'a Self)) {
        if self.is_alias() {
            return;
        }
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
            What::Alias(_) => None,
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

    /// Takes an entry out of this map, with its lines. Returns whether it was there and could be.
    pub(crate) fn remove(&self, text: &str, name: &str, why: &str, found: &mut Found) -> bool {
        let entries = self.entries();
        let Some(at) = entries.iter().position(|(key, _)| key.text() == Some(name)) else {
            return false;
        };
        let (key, value) = &entries[at];
        let place = if self.flow {
            match (at.checked_sub(1).map(|it| &entries[it]), entries.get(at + 1)) {
                (_, Some((next, _))) => key.place.start..next.place.start,
                (Some((_, last)), None) => last.place.end..value.place.end,
                (None, None) => key.place.start..value.place.end,
            }
        } else {
            let start = line_start(text, key.place.start);
            let alone = text[start..key.place.start].trim().is_empty();
            if self.is_alias() || !alone || entries.len() == 1 {
                return false;
            }
            let end = line_end(text, value.place.end.max(key.place.end));
            start..text[end..].find('\n').map_or(end, |it| end + it + 1)
        };
        found.edit(place, "", why);
        true
    }

    /// A new last entry of this map, in its style. Lines above it do not move.
    pub(crate) fn append(&self, text: &str, entry: &str, why: &str, found: &mut Found) {
        let this = self.meant();
        let Some((first, _)) = this.entries().first() else { return };
        if this.flow {
            let end = text[..this.place.end.saturating_sub(1)].trim_end().len();
            let comma = if text[..end].ends_with(',') { " " } else { ", " };
            found.edit(end..end, format!("{comma}{entry}"), why);
        } else {
            let indent = " ".repeat(first.place.start - line_start(text, first.place.start));
            let end = line_end(text, this.place.end);
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
