//! The blocks of a Markdown file.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::text::unmarked;

/// What is in a Markdown file.
#[derive(Debug, Default)]
pub(crate) struct Markdown {
    /// The lines between `---` at its top.
    pub(crate) front: String,
    /// The first heading.
    pub(crate) title: String,
    pub(crate) fences: Vec<Fenced>,
}

/// A block between backticks.
#[derive(Debug)]
pub(crate) struct Fenced {
    /// The nearest heading above it.
    pub(crate) heading: String,
    /// The line of its backticks.
    pub(crate) line: usize,
    /// What stands behind them.
    pub(crate) info: String,
    pub(crate) text: String,
    /// Where it is in the file, with its backticks.
    pub(crate) place: Range<usize>,
}

/// Where the text that comes next belongs.
enum Inside {
    Nothing,
    Front,
    Heading,
    Block,
}

/// Reads them.
pub(crate) fn fenced(markdown: &str) -> Markdown {
    let mut found = Markdown::default();
    let (mut heading, mut inside) = (String::new(), Inside::Nothing);
    let options = Options::ENABLE_YAML_STYLE_METADATA_BLOCKS | Options::ENABLE_TABLES;
    // With a mark before them the lines between `---` would be a heading.
    let (markdown, mark) = unmarked(markdown);
    for (event, place) in Parser::new_ext(markdown, options).into_offset_iter() {
        match event {
            Event::Start(Tag::MetadataBlock(_)) => inside = Inside::Front,
            Event::Start(Tag::Heading { .. }) => {
                heading.clear();
                inside = Inside::Heading;
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let line = markdown[..place.start].matches('\n').count() + 1;
                let (heading, info) = (heading.clone(), info.into_string());
                let place = place.start + mark..place.end + mark;
                found.fences.push(Fenced { heading, line, info, text: String::new(), place });
                inside = Inside::Block;
            }
            Event::End(TagEnd::Heading(_)) => {
                if found.title.is_empty() {
                    found.title.clone_from(&heading);
                }
                inside = Inside::Nothing;
            }
            Event::End(TagEnd::MetadataBlock(_) | TagEnd::CodeBlock) => {
                inside = Inside::Nothing;
            }
            Event::Text(text) | Event::Code(text) => match inside {
                Inside::Nothing => {}
                Inside::Front => found.front.push_str(&text),
                Inside::Heading => heading.push_str(&text),
                Inside::Block => {
                    let block = found.fences.last_mut().expect("one has begun");
                    block.text.push_str(&text);
                }
            },
            _ => {}
        }
    }
    found
}
