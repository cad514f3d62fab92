//! The syntax tree of a text, walked for commands.

use std::ops::Range;

use tree_sitter::{Node, Parser, Tree};

use super::{Command, Commands, Heredoc, Word, mask::masked};
use crate::migrate::yaml::{line_end, line_start};

/// Programs to which a command is given as one word: `sh -c "kubectl …"`.
const SHELLS: [&str; 9] = ["ash", "bash", "dash", "eval", "ksh", "sh", "ssh", "watch", "zsh"];
/// So many commands are looked for within one another's words.
const DEEP: usize = 3;

/// What a word of a command can be.
const WORDS: [&str; 13] = [
    "ansi_c_string",
    "arithmetic_expansion",
    "brace_expression",
    "command_substitution",
    "concatenation",
    "expansion",
    "number",
    "process_substitution",
    "raw_string",
    "simple_expansion",
    "string",
    "translated_string",
    "word",
];

/// The commands of a text that is Bash from its begin to its end; else none.
pub(super) fn read(text: &str, masked: &str) -> Option<Commands> {
    let tree = parse(masked)?;
    if tree.root_node().has_error() {
        return None;
    }
    let mut reader = Reader { text, masked, offset: 0, depth: 0, found: Commands::default() };
    reader.walk(tree.root_node());
    Some(reader.found)
}

/// The commands of a part that need not be Bash as a whole: those without an error in them.
pub(super) fn read_loosely(text: &str, masked: &str, offset: usize, found: &mut Commands) {
    let Some(tree) = parse(masked) else { return };
    let mut reader = Reader { text, masked, offset, depth: 0, found: Commands::default() };
    reader.walk(tree.root_node());
    found.commands.append(&mut reader.found.commands);
    found.heredocs.append(&mut reader.found.heredocs);
}

/// Whether these lines are Bash.
pub(super) fn is_whole(masked: &str) -> bool {
    parse(masked).is_some_and(|it| !it.root_node().has_error())
}

/// Where a text is in quotes, and where it is nothing for the shell: a comment, or fed to a command.
pub(crate) fn quoted(text: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let (mut quoted, mut comments) = (Vec::new(), Vec::new());
    let Some(tree) = parse(&masked(text)) else { return (quoted, comments) };
    let mut waiting = vec![tree.root_node()];
    while let Some(node) = waiting.pop() {
        match node.kind() {
            "ansi_c_string" | "raw_string" | "string" if !node.has_error() => {
                quoted.push(node.byte_range());
            }
            "comment" | "heredoc_body" => comments.push(node.byte_range()),
            _ => {}
        }
        waiting.extend(node.children(&mut node.walk()));
    }
    (quoted, comments)
}

fn parse(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).expect("one version of both crates");
    parser.parse(text, None)
}

struct Reader<'a> {
    text: &'a str,
    /// What is parsed: as long, and another text in some places.
    masked: &'a str,
    offset: usize,
    depth: usize,
    found: Commands,
}

impl Reader<'_> {
    /// Without recursion: how deep a text nests is its writer's choice.
    fn walk(&mut self, root: Node<'_>) {
        let mut waiting = vec![root];
        while let Some(node) = waiting.pop() {
            match node.kind() {
                "command" if !node.has_error() => self.command(node, &[]),
                "redirected_statement" => self.redirected(node),
                "heredoc_redirect" => self.heredoc(node),
                _ => {}
            }
            waiting.extend(node.children(&mut node.walk()));
        }
    }

    /// Words behind a redirection belong to the command before it: `kubectl apply -f - <<EOF -n shop`.
    fn redirected(&mut self, node: Node<'_>) {
        let Some(body) = node.child_by_field_name("body") else { return };
        if body.kind() != "command" || body.has_error() {
            return;
        }
        let mut behind = Vec::new();
        for redirect in node.named_children(&mut node.walk()) {
            let words: Vec<Node<'_>> = redirect.named_children(&mut redirect.walk()).collect();
            let words = words.into_iter().filter(|it| WORDS.contains(&it.kind()));
            match redirect.kind() {
                "heredoc_redirect" => behind.extend(words),
                "file_redirect" => behind.extend(words.skip(1)),
                _ => {}
            }
        }
        // The walk comes to the command itself as well, and finds it without these words.
        if !behind.is_empty() {
            self.command(body, &behind);
        }
    }

    fn command(&mut self, node: Node<'_>, behind: &[Node<'_>]) {
        let mut words = Vec::new();
        for child in node.named_children(&mut node.walk()) {
            if child.kind() == "command_name" {
                words.extend(child.named_child(0).map(|it| self.word(it)));
            } else if WORDS.contains(&child.kind()) {
                words.push(self.word(child));
            }
        }
        words.extend(behind.iter().map(|it| self.word(*it)));
        words.sort_by_key(|it| it.place.start);
        let Some(first) = words.first().map(|it| it.place.start) else { return };
        let known = |it: &Command| it.words[0].place.start == first;
        match self.found.commands.iter_mut().find(|it| known(it)) {
            Some(known) if known.words.len() < words.len() => known.words = words,
            Some(_) => {}
            None => {
                self.inner(node, &words);
                self.found.commands.push(Command { words });
            }
        }
    }

    fn word(&self, node: Node<'_>) -> Word {
        let place = node.byte_range();
        let literal = literal(node, self.text);
        let is_literal = literal.is_some();
        let text = literal.unwrap_or_else(|| self.text[place.clone()].to_owned());
        let splits = matches!(node.kind(), "simple_expansion" | "expansion")
            || text.contains("$@")
            || text.contains("$*");
        let place = place.start + self.offset..place.end + self.offset;
        Word { place, text, literal: is_literal, splits: splits && !is_literal }
    }

    /// A command in a word of a shell's.
    fn inner(&mut self, node: Node<'_>, words: &[Word]) {
        if self.depth == DEEP || !SHELLS.contains(&words[0].text.as_str()) {
            return;
        }
        for child in node.named_children(&mut node.walk()) {
            if !matches!(child.kind(), "raw_string" | "string") {
                continue;
            }
            let inside = child.start_byte() + 1..child.end_byte().saturating_sub(1);
            let Some(text) = self.text.get(inside.clone()) else { continue };
            if child.kind() == "string" && text.contains(['\\', '$', '`']) {
                continue;
            }
            let masked = &self.masked[inside.clone()];
            let Some(tree) = parse(masked).filter(|it| !it.root_node().has_error()) else {
                continue;
            };
            let (depth, offset) = (self.depth + 1, self.offset + inside.start);
            let mut reader = Reader { text, masked, offset, depth, found: Commands::default() };
            reader.walk(tree.root_node());
            self.found.commands.append(&mut reader.found.commands);
        }
    }

    fn heredoc(&mut self, node: Node<'_>) {
        let (mut body, mut end) = (None, None);
        for child in node.named_children(&mut node.walk()) {
            match child.kind() {
                "heredoc_body" => body = Some(child.start_byte()),
                "heredoc_end" => end = Some(child.start_byte()),
                _ => {}
            }
        }
        let (Some(body), Some(end)) = (body, end) else { return };
        let text = self.text;
        let (start, stop) = (line_start(text, body.min(end)), line_start(text, end));
        let line = line_start(text, node.start_byte())..line_end(text, node.start_byte());
        self.found.heredocs.push(Heredoc {
            place: start + self.offset..stop.max(start) + self.offset,
            stripped: text[node.start_byte()..].starts_with("<<-"),
            fed: text[line].to_owned(),
        });
    }
}

/// What the shell makes of a word in which nothing is to be expanded.
fn literal(node: Node<'_>, text: &str) -> Option<String> {
    let written = text.get(node.byte_range())?;
    match node.kind() {
        "word" | "number" if !written.contains(['\\', '*', '?', '`', '$']) => {
            Some(written.to_owned())
        }
        "raw_string" => Some(written.get(1..written.len().checked_sub(1)?)?.to_owned()),
        "string" if !written.contains(['\\', '$', '`']) => {
            Some(written.get(1..written.len().checked_sub(1)?)?.to_owned())
        }
        "concatenation" => {
            let parts = node.named_children(&mut node.walk()).collect::<Vec<_>>();
            let whole: usize = parts.iter().map(|it| it.byte_range().len()).sum();
            let parts = parts.into_iter().map(|it| literal(it, text)).collect::<Option<String>>();
            parts.filter(|_| whole == written.len())
        }
        _ => None,
    }
}
