//! What is to become of a text: edits at places of it, and what is only told.

use std::ops::Range;

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

    /// In order, each place once: an edit inside another one, or at the same place, falls away.
    pub(crate) fn in_order(mut self) -> Self {
        self.edits.sort_by_key(|it| (it.place.start, std::cmp::Reverse(it.place.end)));
        let mut end = 0;
        self.edits.retain(|it| {
            let free = it.place.start >= end;
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
    /// What was found in it, at the places of the whole.
    pub(crate) fn in_whole(&self, found: Found) -> Found {
        let place = |at: usize| {
            let line = self.places.partition_point(|(here, _)| *here <= at);
            let (here, there) = self.places[line.saturating_sub(1)];
            there + at.saturating_sub(here)
        };
        let edits = found.edits.into_iter().map(|it| Edit {
            place: place(it.place.start)..place(it.place.end),
            with: it.with.replace('\n', &format!("\n{}", self.prefix)),
            why: it.why,
        });
        let told = found.told.into_iter().map(|it| Told { at: place(it.at), what: it.what });
        Found { edits: edits.collect(), told: told.collect() }
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
