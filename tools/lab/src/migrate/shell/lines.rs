//! A text that is not all Bash, such as commands with their outputs between them: line by line.

use super::{Commands, Heredoc, tree};

/// A command takes so many lines at most.
const MANY: usize = 40;

/// Reads each command from the line on which it begins.
pub(super) fn read(text: &str, masked: &str) -> Commands {
    let starts = std::iter::once(0).chain(masked.match_indices('\n').map(|(at, _)| at + 1));
    let mut reader = Reader { text, masked, starts: starts.collect(), found: Commands::default() };
    let mut line = 0;
    while line < reader.starts.len() {
        line = reader.command(line);
    }
    reader.found
}

struct Reader<'a> {
    text: &'a str,
    masked: &'a str,
    /// Where each line begins.
    starts: Vec<usize>,
    found: Commands,
}

impl Reader<'_> {
    fn end_of(&self, line: usize) -> usize {
        self.starts.get(line + 1).copied().unwrap_or(self.text.len())
    }

    /// Reads what begins on this line, and returns the line behind it.
    fn command(&mut self, line: usize) -> usize {
        let start = self.starts[line];
        let first = &self.masked[start..self.end_of(line)];
        let most = if goes_on(first) { (line + MANY).min(self.starts.len()) } else { line + 1 };
        let is_whole = |last: &usize| tree::is_whole(&self.masked[start..self.end_of(*last)]);
        let whole = (line..most).find(is_whole);
        if let Some(fed) = fed(first).filter(|_| whole.is_none()) {
            return self.fed(line, &fed);
        }
        let last = whole.unwrap_or_else(|| self.continued(line, most));
        let part = start..self.end_of(last);
        tree::read_loosely(&self.text[part.clone()], &self.masked[part], start, &mut self.found);
        last + 1
    }

    /// A command with the text that it is fed, which need not end.
    fn fed(&mut self, line: usize, fed: &Fed) -> usize {
        let (start, body) = (self.starts[line], self.end_of(line));
        let mut bare = self.masked[start..body].to_owned();
        bare.replace_range(fed.mark.clone(), &" ".repeat(fed.mark.len()));
        tree::read_loosely(&self.text[start..body], &bare, start, &mut self.found);
        let written = |at: usize| &self.text[self.starts[at]..self.end_of(at)];
        let ends = |at: &usize| written(*at).trim_start_matches('\t').trim_end() == fed.until;
        let last = (line + 1..self.starts.len()).find(ends);
        let end = last.map_or(self.text.len(), |it| self.starts[it]);
        self.found.heredocs.push(Heredoc {
            place: body..end.max(body),
            stripped: fed.stripped,
            fed: self.text[start..body].to_owned(),
        });
        last.map_or(self.starts.len(), |it| it + 1)
    }

    /// The last of the lines that are one, because each ends with a backslash.
    fn continued(&self, line: usize, most: usize) -> usize {
        let goes_on = |it: &usize| {
            let end = self.end_of(*it);
            self.masked[..end].trim_end_matches(['\r', '\n']).ends_with('\\')
        };
        (line..most).find(|it| !goes_on(it)).unwrap_or(most - 1)
    }
}

/// Words that begin what ends on another line.
const OPEN: [&str; 8] = ["case", "for", "function", "if", "select", "until", "while", "{"];

/// Whether a command can go on behind its first line.
fn goes_on(line: &str) -> bool {
    let body = line.trim_end();
    let odd = |quote: char| body.matches(quote).count() % 2 == 1;
    ['"', '\'', '`'].into_iter().any(odd)
        || body.ends_with(['\\', '|', '&', '{', '('])
        || body.contains("<<")
        || body.contains("$(")
        || body.split_whitespace().next().is_some_and(|it| OPEN.contains(&it))
}

/// How the text ends that a command is fed.
struct Fed {
    until: String,
    stripped: bool,
    /// `<<EOF` itself.
    mark: std::ops::Range<usize>,
}

fn fed(line: &str) -> Option<Fed> {
    let (before, rest) = line.split_once("<<")?;
    if rest.starts_with('<') {
        return None;
    }
    let stripped = rest.starts_with('-');
    let word = rest.trim_start_matches(['-', ' ', '"', '\'', '\\']);
    let length = word.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(word.len());
    let end = before.len() + 2 + (rest.len() - word.len()) + length;
    let closing = line[end..].len() - line[end..].trim_start_matches(['"', '\'']).len();
    let mark = before.len()..end + closing;
    (length > 0).then(|| Fed { until: word[..length].to_owned(), stripped, mark })
}
