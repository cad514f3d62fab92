//! What is to become of a text: edits at places of it, and what is only told.

use std::{collections::HashSet, ops::Range};

/// Other text for a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) place: Range<usize>,
    pub(crate) with: String,
    pub(crate) why: String,
}

/// Something that a person has to see to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) at: usize,
    pub(crate) what: String,
}

/// All that was found in a text.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) edits: Vec<Edit>,
    pub(crate) told: Vec<Told>,
}

/// A part of a text, as it is once what stands before its lines has been taken away or replaced.
pub(crate) struct Part {
    pub(crate) text: String,
    /// From where on in `text` what stands where in the whole.
    pub(crate) places: Vec<(usize, usize)>,
    /// What stands before each line in the whole: text of several lines needs it as well.
    pub(crate) prefix: String,
}

impl Found {
    pub(crate) fn edit(&mut self, place: Range<usize>, with: impl Into<String>, why: &str) {
        self.edits.push(Edit { place, with: with.into(), why: why.to_owned() });
    }

    pub(crate) fn tell(&mut self, at: usize, what: impl Into<String>) {
        self.told.push(Told { at, what: what.into() });
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.edits.extend(other.edits);
        self.told.extend(other.told);
    }

    /// In order, each place once: an edit inside another one, or at the same place, falls away. What is
    /// put in comes before what is replaced behind it.
    pub(crate) fn in_order(mut self) -> Self {
        self.edits.sort_by_key(|it| {
            (it.place.start, !it.place.is_empty(), std::cmp::Reverse(it.place.end))
        });
        let (mut end, mut seen) = (0, HashSet::new());
        self.edits.retain(|it| {
            let free = it.place.start >= end
                && seen.insert((it.place.start, it.place.end, it.with.clone()));
            if free {
                end = it.place.end;
            }
            free
        });
        self.told.sort_by(|one, other| (one.at, &one.what).cmp(&(other.at, &other.what)));
        self.told.dedup();
        self
    }
}

impl Part {
    /// Where in the whole something of it is.
    pub(crate) fn place(&self, at: usize) -> usize {
        let line = self.places.partition_point(|(here, _)| *here <= at);
        let (here, there) = self.places[line.saturating_sub(1)];
        there + at.saturating_sub(here)
    }

    /// What was found in it, at the places of the whole.
    pub(crate) fn in_whole(&self, found: Found) -> Found {
        let edits = found.edits.into_iter().map(|it| Edit {
            place: self.place(it.place.start)..self.place(it.place.end),
            with: it.with.replace('\n', &format!("\n{}", self.prefix)),
            why: it.why,
        });
        let told = found.told.into_iter().map(|it| Told { at: self.place(it.at), what: it.what });
        Found { edits: edits.collect(), told: told.collect() }
    }
}

/// A text that became another one in several steps, and what was found at each of them.
#[derive(Default)]
pub(crate) struct Layers(Vec<(Part, Found)>);

impl Layers {
    /// A step further: the part, and what was found in the text that it was made from.
    pub(crate) fn and(mut self, (part, found): (Part, Found)) -> Self {
        self.0.push((part, found));
        self
    }

    /// As the last step left it.
    pub(crate) fn text(&self) -> &str {
        self.0.last().map_or("", |(part, _)| &part.text)
    }

    /// All of it and what was found in the last text, at the places of the first.
    pub(crate) fn in_whole(self, inner: Found) -> Found {
        self.0.into_iter().rev().fold(inner, |inner, (part, mut found)| {
            found.add(part.in_whole(inner));
            found
        })
    }
}

/// The text with all edits, which are in order.
pub(crate) fn edited(text: &str, edits: &[Edit]) -> String {
    let (mut new, mut copied) = (String::with_capacity(text.len()), 0);
    for Edit { place, with, .. } in edits {
        new.push_str(&text[copied..place.start]);
        if text.contains("\r\n") {
            new.push_str(&with.replace('\n', "\r\n"));
        } else {
            new.push_str(with);
        }
        copied = place.end;
    }
    new.push_str(&text[copied..]);
    new
}
