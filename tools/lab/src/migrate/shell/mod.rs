//! Commands of a shell: their words, and the texts that are fed to them (`<<EOF`). The grammar is that
//! of Bash; where a text is not all Bash, each of its lines is read alone.

mod lines;
mod mask;
mod tree;

use std::ops::Range;

pub(crate) use tree::quoted;

/// A word of a command.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) place: Range<usize>,
    /// Without its quotes, if it is literal; else as it is written.
    pub(crate) text: String,
    /// The shell takes it as it is: no variable, no command, no pattern is in it.
    pub(crate) literal: bool,
    /// The shell may make several words of it, or none: `$FLAGS`, `"$@"`.
    pub(crate) splits: bool,
}

/// A command, without what the shell itself does: assignments, redirections.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) words: Vec<Word>,
}

/// A text between `<<EOF` and `EOF`.
#[derive(Debug)]
pub(crate) struct Heredoc {
    /// Its lines.
    pub(crate) place: Range<usize>,
    /// `<<-`: the shell takes the tabs before each line away.
    pub(crate) stripped: bool,
    /// The line that it is fed to.
    pub(crate) fed: String,
}

/// All of them in a text, in order.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    pub(crate) commands: Vec<Command>,
    pub(crate) heredocs: Vec<Heredoc>,
}

/// Programs whose arguments are a command of its own.
const WRAPPERS: [&str; 17] = [
    "!", "command", "do", "else", "env", "exec", "nice", "nohup", "sudo", "then", "time",
    "timeout", "watch", "winpty", "xargs", "stdbuf", "if",
];

impl Commands {
    /// Reads a text.
    pub(crate) fn read(text: &str) -> Self {
        let masked = mask::masked(text);
        let mut found = tree::read(text, &masked).unwrap_or_else(|| lines::read(text, &masked));
        found.commands.sort_by_key(|it| it.words.first().map_or(0, |it| it.place.start));
        found.heredocs.sort_by_key(|it| it.place.start);
        found
    }
}

/// Whether a text is Bash from its begin to its end.
pub(crate) fn is_whole(text: &str) -> bool {
    tree::is_whole(&mask::masked(text))
}

impl Command {
    /// The words behind the program of this name, where the command runs it, itself or through a
    /// program that runs others (`sudo`, `xargs`, `watch`).
    pub(crate) fn runs(&self, names: &[&str]) -> Option<&[Word]> {
        let called = |word: &Word| {
            let name = word.text.rsplit(['/', '\\']).next().unwrap_or_default();
            names.contains(&name.strip_suffix(".exe").unwrap_or(name))
        };
        let at = self.words.iter().position(called)?;
        let wrapped = at == 0 || WRAPPERS.contains(&self.words[0].text.as_str());
        wrapped.then(|| &self.words[at + 1..])
    }
}

#[cfg(test)]
mod tests;
