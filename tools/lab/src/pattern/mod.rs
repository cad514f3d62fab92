//! What is to be seen: lines with `…` for whatever, and `{55..85}` for a number in a range.

mod line;

use std::collections::HashSet;

pub(crate) use line::Number;
use line::{Line, Miss};

/// The text of an `output` block.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    items: Vec<Item>,
    /// As it is written, from this line of the file on.
    pub(crate) text: String,
    pub(crate) first: usize,
}

#[derive(Debug, Clone)]
enum Item {
    /// `…` alone on a line: any number of lines.
    Gap,
    Line {
        line: Line,
        number: usize,
    },
}

/// Why what came is not what was to be seen.
#[derive(Debug, PartialEq)]
pub(crate) struct Mismatch {
    /// Where in the file it says so; none if all was seen, and more came.
    pub(crate) line: Option<usize>,
    /// What was to be seen there.
    pub(crate) expected: String,
    /// What came nearest to it.
    pub(crate) nearest: Option<String>,
    /// Which number was not in its range, if it is that.
    pub(crate) number: Option<String>,
}

impl Pattern {
    /// Reads a block whose text begins at this line of the file; or which line makes no sense, and why.
    pub(crate) fn read(text: &str, first: usize) -> Result<Self, (usize, String)> {
        let items = text.lines().zip(first..).map(|(line, number)| match line.trim() {
            "…" => Ok(Item::Gap),
            _ => match Line::read(line) {
                Ok(line) => Ok(Item::Line { line, number }),
                Err(what) => Err((number, what)),
            },
        });
        let items = items.collect::<Result<_, _>>()?;
        Ok(Self { items, text: text.to_owned(), first })
    }

    /// The numbers that were found in their ranges, if all is as it is to be.
    pub(crate) fn compare(&self, came: &str) -> Result<Vec<Number>, Mismatch> {
        let lines: Vec<&str> = came.trim_end().lines().collect();
        let mut search = Search {
            items: &self.items,
            lines: &lines,
            dead: HashSet::new(),
            far: (0, usize::MAX),
        };
        search.from(0, 0).ok_or_else(|| search.mismatch())
    }
}

/// A search for a way to lay the lines that came over the items.
struct Search<'a> {
    items: &'a [Item],
    lines: &'a [&'a str],
    /// From where it is known not to go on.
    dead: HashSet<(usize, usize)>,
    /// How far it went: the item that was not found, and the line from which it was looked for.
    far: (usize, usize),
}

impl Search<'_> {
    fn from(&mut self, item: usize, line: usize) -> Option<Vec<Number>> {
        if self.dead.contains(&(item, line)) {
            return None;
        }
        let found = self.look(item, line);
        if found.is_none() {
            self.dead.insert((item, line));
        }
        found
    }

    fn look(&mut self, item: usize, line: usize) -> Option<Vec<Number>> {
        let Some(wanted) = self.items.get(item) else {
            return self.ended(item, line);
        };
        match wanted {
            Item::Gap => (line..=self.lines.len()).find_map(|next| self.from(item + 1, next)),
            Item::Line { line: wanted, .. } => {
                let here = self.lines.get(line).and_then(|came| wanted.compare(came).ok());
                let Some(mut numbers) = here else {
                    self.note(item, line);
                    return None;
                };
                numbers.extend(self.from(item + 1, line + 1)?);
                Some(numbers)
            }
        }
    }

    fn ended(&mut self, item: usize, line: usize) -> Option<Vec<Number>> {
        if line == self.lines.len() {
            return Some(Vec::new());
        }
        self.note(item, line);
        None
    }

    /// The first line from which the farthest item was looked for: all below may be meant.
    fn note(&mut self, item: usize, line: usize) {
        if item > self.far.0 || (item == self.far.0 && line < self.far.1) {
            self.far = (item, line);
        }
    }

    fn mismatch(&self) -> Mismatch {
        let (item, from) = self.far;
        let came = &self.lines[from.min(self.lines.len())..];
        let Some(Item::Line { line, number: at }) = self.items.get(item) else {
            let (line, expected) = (None, "nothing more".to_owned());
            let nearest = came.first().map(ToString::to_string);
            return Mismatch { line, expected, nearest, number: None };
        };
        // Only a gap above lets it stand further down.
        let gap = item.checked_sub(1).is_some_and(|it| matches!(self.items[it], Item::Gap));
        let candidates = if gap { came } else { &came[..came.len().min(1)] };
        let misses = candidates.iter().filter_map(|it| Some((*it, line.compare(it).err()?)));
        let (nearest, Miss { number, .. }) = misses
            .rev()
            .max_by_key(|(_, miss)| miss.reached)
            .map_or((None, Miss::default()), |(it, miss)| (Some(it.to_owned()), miss));
        Mismatch { line: Some(*at), expected: line.text.clone(), nearest, number }
    }
}

#[cfg(test)]
mod tests;
