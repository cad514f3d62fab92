//! Commands for kubectl that kubectl 1.34 does not take any more, or takes otherwise than once.

mod context;
mod exec;
mod flags;
mod gone;
mod run;

pub(crate) use context::Context;
pub(crate) use flags::is_known;
use flags::{Call, Flag};

use crate::migrate::{change::Found, shell::Word};

/// Names under which people start it.
pub(crate) const NAMES: [&str; 3] = ["kubectl", "k", "kubecolor"];

/// One command, and the text that it is in.
struct Command<'a> {
    text: &'a str,
    /// What is behind `kubectl`.
    words: &'a [Word],
    call: Call,
}

/// What is to become of the words behind `kubectl`.
pub(crate) fn mend(text: &str, words: &[Word], context: &Context, found: &mut Found) {
    let command = Command { text, words, call: Call::read(words) };
    match command.call.verb.as_str() {
        "run" => run::mend(&command, context, found),
        "exec" => exec::mend(&command, found),
        _ => {}
    }
    gone::mend(&command, found);
}

impl Command<'_> {
    fn word(&self, at: usize) -> &Word {
        &self.words[at]
    }

    /// Where the word begins.
    fn at(&self, at: usize) -> usize {
        self.words[at].place.start
    }

    /// The words before `--` that are neither flags nor the verb.
    fn rest(&self) -> impl Iterator<Item = &Word> {
        self.call.rest.iter().map(|at| &self.words[*at])
    }

    /// Takes the flag away, with its value and the blank before it.
    fn drop_flag(&self, flag: &Flag, why: &str, found: &mut Found) {
        let last = flag.value.as_ref().map_or(flag.at, |(at, _)| *at);
        let start = self.at(flag.at);
        let blank = self.text[..start].trim_end_matches([' ', '\t']).len();
        // A line that began with it keeps its indent.
        let start = if self.text[..blank].ends_with('\n') { start } else { blank };
        found.edit(start..self.words[last].place.end, "", why);
    }

    /// Takes the flags of these names away, however often each is written.
    fn drop_flags(&self, names: &[&str], why: &str, found: &mut Found) {
        let flags = self.call.flags.iter().filter(|it| names.contains(&it.name.as_str()));
        flags.for_each(|it| self.drop_flag(it, why, found));
    }

    /// Calls it otherwise; its value stays.
    fn rename_flag(&self, flag: &Flag, name: &str, why: &str, found: &mut Found) {
        let place = &self.words[flag.at].place;
        let written = &self.text[place.clone()];
        if let Some(start) = written.find('-') {
            let start = place.start + start;
            let end = self.text[start..place.end].find('=').map_or(place.end, |it| start + it);
            found.edit(start..end, name, why);
        }
    }
}

#[cfg(test)]
mod tests;
