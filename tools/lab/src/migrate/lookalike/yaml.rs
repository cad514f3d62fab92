//! A text of YAML: what is in quotes, in comments and in texts of several lines stays as it is.

use super::{
    BLANK, DASH, NOTHING, QUOTE, Stand, is_blank, is_dash, is_nothing, is_plain, quote, replaced,
};
use crate::{
    migrate::change::{Found, Part},
    text::BYTE_ORDER_MARK,
};

/// The text with what the letters stand for, and the edits that make it so.
pub(crate) fn mend(text: &str) -> (Part, Found) {
    let mut found = Found::default();
    let mut reader = Reader::default();
    if !is_plain(text) {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            reader.line(line, start, &mut found);
            start += line.len();
        }
    }
    replaced(text, reader.stands, found)
}

#[derive(Default)]
struct Reader {
    stands: Vec<Stand>,
    /// A text of several lines, and the indent of its key.
    block: Option<usize>,
    /// The quote that is open.
    open: Option<char>,
}

impl Reader {
    fn line(&mut self, line: &str, start: usize, found: &mut Found) {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        if self.block.is_some_and(|it| blanks > it || line.trim().is_empty()) {
            if let Some((at, _)) =
                line.char_indices().find(|(_, it)| is_blank(*it) || is_nothing(*it))
            {
                found.tell(start + at, format!("{BLANK}: this one is in a text, and stays"));
            }
            return;
        }
        let body = line.trim_end_matches(['\r', '\n']);
        if self.open.is_none() && is_separator(body) {
            let with = "---".to_owned();
            self.stands.push(Stand { place: start..start + body.len(), with, why: DASH });
            return;
        }
        self.letters(body, start, found);
        let opens = body.trim_end().trim_end_matches(['-', '+']).ends_with(['>', '|']);
        self.block = (opens && body.contains(':')).then_some(blanks);
    }

    fn letters(&mut self, body: &str, start: usize, found: &mut Found) {
        // What has been seen of the line, without what is not seen: it tells where a value begins.
        let mut seen = String::new();
        let mut skip = 0;
        for (at, letter) in body.char_indices() {
            let place = start + at..start + at + letter.len_utf8();
            if at < skip {
                continue;
            }
            if let Some(open) = self.open {
                if letter == open {
                    self.open = None;
                } else if is_blank(letter) || is_nothing(letter) {
                    found.tell(place.start, format!("{BLANK}: this one is in quotes, and stays"));
                }
                seen.push(letter);
                continue;
            }
            let begins = begins_value(&seen);
            let rest = &body[at + letter.len_utf8()..];
            match letter {
                '#' if seen.is_empty() || seen.ends_with([' ', '\t']) => return,
                '"' | '\'' if begins => self.open = Some(letter),
                BYTE_ORDER_MARK if place.start == 0 => continue,
                _ if is_nothing(letter) => {
                    self.stands.push(Stand { place, with: String::new(), why: NOTHING });
                    continue;
                }
                _ if is_blank(letter) => {
                    if begins || ends_value(rest) {
                        self.stands.push(Stand { place, with: " ".to_owned(), why: BLANK });
                        seen.push(' ');
                    } else {
                        found.tell(
                            place.start,
                            format!("{BLANK}: this one is in a value, and stays"),
                        );
                        seen.push(letter);
                    }
                    continue;
                }
                _ if is_dash(letter) && is_lead(&seen) && rest.starts_with([' ', '\u{a0}']) => {
                    self.stands.push(Stand { place, with: "-".to_owned(), why: DASH });
                    seen.push('-');
                    continue;
                }
                _ if begins && quote(letter).is_some() => {
                    if let Some(length) = self.curly(letter, rest, place.start) {
                        skip = at + letter.len_utf8() + length;
                        seen.push('x');
                        continue;
                    }
                }
                _ => {}
            }
            seen.push(letter);
        }
    }

    /// Quotes around a whole value. Returns how far they reach.
    fn curly(&mut self, letter: char, rest: &str, at: usize) -> Option<usize> {
        let plain = quote(letter)?;
        let (end, last) = rest.char_indices().find(|(end, it)| {
            quote(*it) == Some(plain) && ends_value(&rest[end + it.len_utf8()..])
        })?;
        if rest[..end].contains([plain, '\\']) {
            return None;
        }
        let inside = at + letter.len_utf8();
        for place in [at..inside, inside + end..inside + end + last.len_utf8()] {
            self.stands.push(Stand { place, with: plain.to_string(), why: QUOTE });
        }
        Some(end + last.len_utf8())
    }
}

/// Only blanks and the hyphens of lists.
fn is_lead(seen: &str) -> bool {
    seen.chars().all(|it| matches!(it, ' ' | '\t' | '-'))
}

/// A value or a key can begin here.
fn begins_value(seen: &str) -> bool {
    let before = seen.trim_end_matches([' ', '\t']);
    is_lead(seen) || before.ends_with([':', ',', '[', '{'])
}

/// Nothing of the value comes any more.
fn ends_value(rest: &str) -> bool {
    let rest = rest
        .trim_start_matches(|it: char| it == ' ' || it == '\t' || is_blank(it) || is_nothing(it));
    rest.is_empty() || rest.starts_with(['#', ',', ']', '}', ':'])
}

/// `---`, of whatever dashes.
fn is_separator(line: &str) -> bool {
    let line = line.trim_end();
    line.chars().any(is_dash)
        && line.chars().all(|it| it == '-' || is_dash(it))
        && line.chars().count() <= 3
}
