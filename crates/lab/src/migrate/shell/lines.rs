//! A text that is not all Bash, such as commands with their outputs between them: line by line.

use super::{Commands, Heredoc, tree};

/// A command takes so many lines at most.
const MANY: usize = 40;

/// Reads each command from the line on which it begins.
pub(super) fn read(text: &str, masked: &str) -> Commands {
    let mut found = Commands::default();
    let starts: Vec<usize> =
        std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let end_of = |line: usize| starts.get(line + 1).copied().unwrap_or(text.len());
    let mut line = 0;
    while line < starts.len() {
        let start = starts[line];
        if masked[start..end_of(line)].trim().is_empty() {
            line += 1;
            continue;
        }
        let most = (line + MANY).min(starts.len());
        let whole = (line..most).find(|last| tree::is_whole(&masked[start..end_of(*last)]));
        let last = whole.unwrap_or_else(|| continued(masked, line, most, end_of));
        let part = start..end_of(last);
        match fed(&masked[start..end_of(line)]).filter(|_| whole.is_none()) {
            Some(Fed { until, stripped, mark }) => {
                let mut bare = masked[start..end_of(line)].to_owned();
                bare.replace_range(mark.clone(), &" ".repeat(mark.len()));
                tree::read_loosely(&text[start..end_of(line)], &bare, start, &mut found);
                let body = end_of(line);
                let ends = |at: &usize| {
                    text[starts[*at]..end_of(*at)].trim_start_matches('\t').trim_end() == until
                };
                let last = (line + 1..starts.len()).find(ends);
                let end = last.map_or(text.len(), |it| starts[it]);
                let fed = text[start..body].to_owned();
                found.heredocs.push(Heredoc { place: body..end.max(body), stripped, fed });
                line = last.map_or(starts.len(), |it| it + 1);
            }
            None => {
                tree::read_loosely(&text[part.clone()], &masked[part], start, &mut found);
                line = last + 1;
            }
        }
    }
    found
}

/// The last of the lines that are one, because each ends with a backslash.
fn continued(masked: &str, line: usize, most: usize, end_of: impl Fn(usize) -> usize) -> usize {
    let goes_on = |it: &usize| masked[..end_of(*it)].trim_end_matches(['\r', '\n']).ends_with('\\');
    (line..most).find(|it| !goes_on(it)).unwrap_or(most - 1)
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
