//! A Markdown worksheet: the YAML and the commands in its blocks. All else stays byte for byte.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

use crate::{
    migrate::{
        change::{Found, Layers, Part},
        command,
        kubectl::Context,
        lookalike, manifest, prose,
        shell::{Commands, Heredoc},
    },
    text::unmarked,
};

/// What is to become of it.
pub(crate) fn mend(markdown: &str) -> Found {
    let layers = Layers::default().and(margins(markdown));
    let markdown = layers.text();
    let (mut scripts, mut manifests) = (Vec::new(), Vec::new());
    let (blocks, outside) = blocks(markdown);
    for block in blocks {
        let part = block.part();
        match block.holds(&part.text) {
            Holds::Yaml => manifests.push(part),
            Holds::Commands => scripts.push((Script::read(&part.text), part)),
            Holds::Nothing => {}
        }
    }
    // What one block makes, another one asks for.
    let mut context = Context::default();
    for (script, _) in &scripts {
        context.add(&script.commands);
    }
    let mut found = Found::default();
    for part in manifests {
        found.add(part.in_whole(manifest::mend(&part.text)));
    }
    for (script, part) in scripts {
        found.add(part.in_whole(script.mend(&context)));
    }
    prose::tell(markdown, &outside, &mut found);
    layers.in_whole(found)
}

/// The worksheet with real blanks where its blocks have others before their lines. Markdown takes real
/// ones away up to the place of the backticks, so a line is as deep in the block as it looks only then.
fn margins(markdown: &str) -> (Part, Found) {
    let (blocks, _) = blocks(markdown);
    let known = blocks.iter().filter(|it| !matches!(it.holds(&it.part().text), Holds::Nothing));
    let stands = known.flat_map(Block::margin).collect();
    lookalike::replaced(markdown, stands, Found::default())
}

/// The blocks of a worksheet, and what is outside of them.
fn blocks(markdown: &str) -> (Vec<Block<'_>>, Vec<Range<usize>>) {
    let (text, mark) = unmarked(markdown);
    let (mut blocks, mut outside, mut end) = (Vec::new(), Vec::new(), mark);
    let options = Options::ENABLE_YAML_STYLE_METADATA_BLOCKS | Options::ENABLE_TABLES;
    for (event, place) in Parser::new_ext(text, options).into_offset_iter() {
        let place = place.start + mark..place.end + mark;
        let (info, fenced) = match &event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => (info.to_string(), true),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => (String::new(), false),
            _ => continue,
        };
        outside.push(end..place.start);
        end = place.end;
        blocks.push(Block::read(markdown, place, info, fenced));
    }
    outside.push(end..markdown.len());
    (blocks, outside)
}

enum Holds {
    Yaml,
    Commands,
    Nothing,
}

/// A block of code.
struct Block<'a> {
    /// What stands behind its backticks.
    info: String,
    /// Its lines between the backticks, and where each begins.
    lines: Vec<(usize, &'a str)>,
    /// What lists and quotations put before each line.
    prefix: String,
    /// How many columns that is wide.
    margin: usize,
}

impl<'a> Block<'a> {
    fn read(markdown: &'a str, place: Range<usize>, info: String, fenced: bool) -> Self {
        let begin = markdown[..place.start].rfind('\n').map_or(0, |it| it + 1);
        let before = &markdown[begin..place.start];
        let prefix =
            before.chars().map(|it| if matches!(it, '>' | '\t') { it } else { ' ' }).collect();
        let mut at = place.start;
        let lines = markdown[place].split_inclusive('\n').map(|line| {
            at += line.len();
            (at - line.len(), line)
        });
        let mut lines: Vec<(usize, &str)> = lines.collect();
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
        let margin = before.chars().fold(0, column_after);
        Self { info, lines, prefix, margin }
    }

    /// The text without what stands before its lines in lists and quotations.
    fn part(&self) -> Part {
        part(&self.lines, |line| stripped(line, self.margin), self.prefix.clone())
    }

    fn holds(&self, text: &str) -> Holds {
        let word = self.info.split_whitespace().next().unwrap_or_default();
        match word.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Holds::Yaml,
            "sh" | "bash" | "shell" | "console" | "ksh" | "shell-session" | "terminal" | "zsh" => {
                Holds::Commands
            }
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

    /// What is no blank before its lines, and looks like one or like nothing.
    fn margin(&self) -> Vec<lookalike::Stand> {
        let mut stands = Vec::new();
        for (start, line) in &self.lines {
            let mut column = 0;
            for (at, letter) in line.char_indices() {
                let stand = lookalike::blank(start + at, letter);
                if column >= self.margin || (stand.is_none() && !matches!(letter, '>' | ' ' | '\t'))
                {
                    break;
                }
                let width = stand.as_ref().map_or(1, |it| it.with.len());
                column = if letter == '\t' { column_after(column, letter) } else { column + width };
                stands.extend(stand);
            }
        }
        stands
    }
}

/// How many bytes of a line belong to what its block is in, which is so many columns wide.
fn stripped(line: &str, most: usize) -> usize {
    // Of blanks no more than the backticks have before them: the others are the block's own.
    let mut column = 0;
    let outer = line.chars().take_while(|it| {
        let taken = matches!(it, '>' | ' ' | '\t') && column < most;
        column = column_after(column, *it);
        taken
    });
    outer.count()
}

/// Where the next character stands; Markdown's tabs stop at every fourth column.
fn column_after(column: usize, it: char) -> usize {
    if it == '\t' { column / 4 * 4 + 4 } else { column + 1 }
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
    let script = Script::read(text);
    let mut context = Context::default();
    context.add(&script.commands);
    script.mend(&context)
}

/// A text of commands that has been read.
struct Script {
    /// With what letters that only look alike stand for.
    layers: Layers,
    commands: Commands,
}

impl Script {
    fn read(text: &str) -> Self {
        let layers = lookalike::shell(text);
        let commands = Commands::read(layers.text());
        Self { layers, commands }
    }

    fn mend(self, context: &Context) -> Found {
        let text = self.layers.text();
        let mut found = Found::default();
        for Heredoc { place, stripped, fed } in &self.commands.heredocs {
            if ["kubectl", ".yaml", ".yml"].iter().any(|it| fed.contains(it)) {
                let body = heredoc(text, place.clone(), *stripped);
                found.add(body.in_whole(manifest::mend(&body.text)));
            }
        }
        for command in &self.commands.commands {
            command::mend(text, command, context, &mut found);
        }
        self.layers.in_whole(found)
    }
}

/// The lines of a text that a command is fed.
fn heredoc(text: &str, place: Range<usize>, stripped: bool) -> Part {
    let mut at = place.start;
    let lines = text[place].split_inclusive('\n').map(|line| {
        at += line.len();
        (at - line.len(), line)
    });
    let lines: Vec<(usize, &str)> = lines.collect();
    let tabs = |line: &str| line.len() - line.trim_start_matches('\t').len();
    part(&lines, |line| if stripped { tabs(line) } else { 0 }, String::new())
}
