//! Letters that look like others, as word processors, browsers and chats put them in: blanks that are no
//! blanks, long dashes for hyphens, curly quotes, letters that are not seen at all.

mod shell;
mod yaml;

use std::ops::Range;

pub(crate) use shell::mend as shell;
pub(crate) use yaml::mend as yaml;

use crate::migrate::change::{Found, Part};

const BLANK: &str = "a no-break or wide blank is no blank to programs";
const NOTHING: &str = "a letter of no width is no blank, and not nothing, to programs";
const DASH: &str = "a long dash is no hyphen";
const QUOTE: &str = "a curly quote is no quote to programs";

/// It looks like a blank.
fn is_blank(letter: char) -> bool {
    matches!(
        letter,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// It is not seen.
fn is_nothing(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{feff}'
    )
}

/// It is not seen, or only as a blank.
pub(crate) fn is_unseen(letter: char) -> bool {
    is_blank(letter) || is_nothing(letter)
}

/// It looks like a hyphen, and stands for one.
fn is_hyphen(letter: char) -> bool {
    matches!(letter, '\u{2010}' | '\u{2011}' | '\u{2043}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}')
}

/// It may stand for one hyphen or for two.
fn is_dash(letter: char) -> bool {
    is_hyphen(letter) || matches!(letter, '\u{2012}'..='\u{2015}')
}

/// The quote that it looks like.
fn quote(letter: char) -> Option<char> {
    match letter {
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{ff02}' => Some('"'),
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{ff07}' => Some('\''),
        _ => None,
    }
}

/// Whether nothing in a text only looks like something else.
fn is_plain(text: &str) -> bool {
    text.is_ascii()
        || !text
            .chars()
            .any(|it| is_blank(it) || is_nothing(it) || is_dash(it) || quote(it).is_some())
}

/// How a line is shown, so that what was wrong is seen.
pub(crate) fn visible(line: &str) -> String {
    let shown = line.chars().map(|it| match it {
        '\t' => "→   ".to_owned(),
        _ if is_blank(it) => "⍽".to_owned(),
        _ if is_nothing(it) => format!("‹U+{:04X}›", u32::from(it)),
        _ => it.to_string(),
    });
    shown.collect()
}

/// Another text for a place.
pub(crate) struct Stand {
    place: Range<usize>,
    pub(crate) with: String,
    why: &'static str,
}

/// What a letter that looks like a blank or like nothing stands for, at this place.
pub(crate) fn blank(at: usize, letter: char) -> Option<Stand> {
    let (with, why) = match letter {
        _ if is_blank(letter) => (" ", BLANK),
        _ if is_nothing(letter) => ("", NOTHING),
        _ => return None,
    };
    Some(Stand { place: at..at + letter.len_utf8(), with: with.to_owned(), why })
}

/// The text with these in their places, which are in order.
pub(crate) fn replaced(text: &str, stands: Vec<Stand>, mut found: Found) -> (Part, Found) {
    let mut part = Part { text: String::new(), places: vec![(0, 0)], prefix: String::new() };
    let mut copied = 0;
    for Stand { place, with, why } in stands {
        if place.start < copied {
            continue;
        }
        part.text.push_str(&text[copied..place.start]);
        part.places.push((part.text.len(), place.start));
        part.text.push_str(&with);
        part.places.push((part.text.len(), place.end));
        copied = place.end;
        found.edit(place, with, why);
    }
    part.text.push_str(&text[copied..]);
    (part, found)
}

#[cfg(test)]
mod tests;
