//! One line of what is to be seen.

use std::fmt;

/// A line, in parts.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// As it is written.
    pub(crate) text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    /// This character.
    Just(char),
    /// Blanks, however many.
    Blank,
    /// `…`: whatever, or nothing.
    Any,
    /// `{55..85}`: a number between the two.
    Number(Range),
}

/// From where to where; either end may be open.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Range {
    from: f64,
    to: f64,
}

/// A number that stood where one was to be seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Number {
    /// The words before it in the line that came.
    pub(crate) before: String,
    /// As it was written, with its unit.
    pub(crate) written: String,
    /// In words, with the same unit.
    pub(crate) wanted: String,
}

impl Number {
    /// `Availability:`, with blanks as they are written by hand.
    pub(crate) fn name(&self) -> String {
        let words: Vec<&str> = self.before.split_whitespace().collect();
        let words = words.join(" ");
        if words.is_empty() || words.ends_with(':') { words } else { words + ":" }
    }
}

/// How far a line was as it is to be.
#[derive(Debug, Default)]
pub(crate) struct Miss {
    /// So many parts were as they are to be.
    pub(crate) reached: usize,
    /// What was there instead of a number in its range.
    pub(crate) number: Option<String>,
}

impl Line {
    /// Fails for a range in which there is no number.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some(next) = rest.chars().next() {
            let (part, length) = match next {
                '…' => (Part::Any, next.len_utf8()),
                _ if next.is_whitespace() => (Part::Blank, next.len_utf8()),
                _ => Range::read(rest)
                    .map_or((Part::Just(next), next.len_utf8()), |(range, length)| {
                        (Part::Number(range), length)
                    }),
            };
            if let Part::Number(range @ Range { from, to }) = part
                && (from..=to).is_empty()
            {
                return Err(format!("`{range}`: no number is in it, the smaller one comes first"));
            }
            // Columns may be wider or narrower than they were.
            if part != Part::Blank || parts.last() != Some(&part) {
                parts.push(part);
            }
            rest = &rest[length..];
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The numbers that were found in their ranges.
    pub(crate) fn compare(&self, came: &str) -> Result<Vec<Number>, Miss> {
        let came: Vec<char> = came.trim().chars().collect();
        let mut miss = Miss::default();
        self.from(0, &came, 0, &mut miss).ok_or(miss)
    }

    fn from(&self, part: usize, came: &[char], at: usize, miss: &mut Miss) -> Option<Vec<Number>> {
        if part > miss.reached {
            *miss = Miss { reached: part, number: None };
        }
        let Some(wanted) = self.parts.get(part) else {
            return (at == came.len()).then(Vec::new);
        };
        match wanted {
            Part::Just(wanted) => {
                (came.get(at) == Some(wanted)).then(|| self.from(part + 1, came, at + 1, miss))?
            }
            Part::Blank => {
                let blanks = came[at..].iter().take_while(|it| it.is_whitespace()).count();
                (blanks > 0).then(|| self.from(part + 1, came, at + blanks, miss))?
            }
            Part::Any => (at..=came.len()).find_map(|next| self.from(part + 1, came, next, miss)),
            Part::Number(range) => {
                let written = number_at(came, at)?;
                if !range.contains(&written) {
                    if part >= miss.reached {
                        miss.number.get_or_insert_with(|| format!("{written} is not in {range}"));
                    }
                    return None;
                }
                let end = at + written.chars().count();
                let mut numbers = self.from(part + 1, came, end, miss)?;
                let unit = unit(&came[end..]);
                let before = came[..at].iter().collect::<String>().trim().to_owned();
                let (written, wanted) = (written + &unit, range.in_words() + &unit);
                numbers.insert(0, Number { before, written, wanted });
                Some(numbers)
            }
        }
    }
}

/// The number that begins here, and is not the rest of another one.
fn number_at(came: &[char], at: usize) -> Option<String> {
    let inside = at.checked_sub(1).is_some_and(|it| came[it].is_ascii_digit());
    let mut rest = came[at..].iter().copied().peekable();
    let mut written: String = rest.next_if_eq(&'-').into_iter().collect();
    while let Some(digit) = rest.next_if(char::is_ascii_digit) {
        written.push(digit);
    }
    if inside || !written.ends_with(|it: char| it.is_ascii_digit()) {
        return None;
    }
    if rest.next_if_eq(&'.').is_some() && rest.peek().is_some_and(char::is_ascii_digit) {
        written.push('.');
        written.extend(rest.take_while(char::is_ascii_digit));
    }
    Some(written)
}

/// What a number is of: `s`, `%`, or after a blank the last word of the line, such as ` trans/sec`.
fn unit(rest: &[char]) -> String {
    match rest {
        [blank, word @ ..] if blank.is_whitespace() => {
            let last = !word.iter().any(|it| it.is_whitespace() || it.is_ascii_digit());
            if last { rest.iter().collect::<String>().trim_end().to_owned() } else { String::new() }
        }
        rest => rest.iter().take_while(|it| it.is_alphabetic() || **it == '%').collect(),
    }
}

impl Range {
    /// `{55..85}`, `{1..}` or `{..85}` at the beginning of a text, and how long that is.
    fn read(text: &str) -> Option<(Self, usize)> {
        let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
        let (from, to) = inside.split_once("..")?;
        let end = |text: &str, open: f64| {
            if text.is_empty() { Some(open) } else { text.parse().ok() }
        };
        let range = Self { from: end(from, f64::NEG_INFINITY)?, to: end(to, f64::INFINITY)? };
        (!inside.starts_with("..") || inside.len() > 2).then_some((range, inside.len() + 2))
    }

    /// `55-85`, `at least 55`, `at most 85`
    fn in_words(self) -> String {
        let Self { from, to } = self;
        match (from.is_finite(), to.is_finite()) {
            (true, false) => format!("at least {from}"),
            (false, _) => format!("at most {to}"),
            // No number is between the two but itself.
            (true, true) if (to..=from).contains(&to) => from.to_string(),
            (true, true) if from < 0.0 => format!("{from} to {to}"),
            (true, true) => format!("{from}-{to}"),
        }
    }

    fn contains(self, written: &str) -> bool {
        written.parse().is_ok_and(|number: f64| (self.from..=self.to).contains(&number))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |it: f64| if it.is_finite() { it.to_string() } else { String::new() };
        write!(f, "{{{}..{}}}", end(self.from), end(self.to))
    }
}
