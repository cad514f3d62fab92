//! What `lab migrate` changed, line by line, and why.

use std::fmt::Write as _;

use crate::migrate::{
    change::{Edit, Found, edited},
    lookalike::visible,
};

/// Lines that changed together.
struct Hunk<'a> {
    /// The first of them, and the last.
    first: usize,
    last: usize,
    edits: Vec<&'a Edit>,
}

/// The report on one text; `idle` says why nothing changes, where nothing does.
pub(crate) fn report(name: &str, text: &str, found: &Found, idle: &str) -> String {
    let mut told = found.told.iter().peekable();
    let mut shown = format!("{name}\n");
    let mut moved = 0;
    for hunk in hunks(text, &found.edits) {
        while let Some(it) = told.next_if(|it| line_of(text, it.at) < hunk.first) {
            tell(&mut shown, text, it.at, &it.what);
        }
        moved += show(&mut shown, text, &hunk, moved);
    }
    for it in told {
        tell(&mut shown, text, it.at, &it.what);
    }
    let (changes, rest) = (found.edits.len(), found.told.len());
    if changes + rest == 0 {
        return format!("{name}: {idle}\n");
    }
    let _ = writeln!(shown, "  changes: {changes}, for you to look at: {rest}");
    shown
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn hunks<'a>(text: &str, edits: &'a [Edit]) -> Vec<Hunk<'a>> {
    let mut hunks: Vec<Hunk<'_>> = Vec::new();
    for edit in edits {
        let first = line_of(text, edit.place.start);
        let last = line_of(text, edit.place.end);
        match hunks.last_mut() {
            Some(hunk) if first <= hunk.last => {
                hunk.last = last.max(hunk.last);
                hunk.edits.push(edit);
            }
            _ => hunks.push(Hunk { first, last, edits: vec![edit] }),
        }
    }
    hunks
}

/// Its lines before and after, and why. Returns by how many lines those below move.
fn show(shown: &mut String, text: &str, hunk: &Hunk<'_>, moved: isize) -> isize {
    let mut starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let start = starts.nth(hunk.first - 1).unwrap_or_default();
    let end = text[start..].match_indices('\n').nth(hunk.last - hunk.first);
    let end = end.map_or(text.len(), |(at, _)| start + at);
    let was = &text[start..end];
    let here = |it: &&Edit| Edit {
        place: it.place.start - start..it.place.end - start,
        with: it.with.clone(),
        why: String::new(),
    };
    let is = edited(was, &hunk.edits.iter().map(here).collect::<Vec<_>>());
    let mut whys: Vec<&str> = Vec::new();
    for edit in &hunk.edits {
        if !whys.contains(&&*edit.why) {
            whys.push(&edit.why);
        }
    }
    // A line that only has others behind it has not changed itself.
    let same = was.lines().zip(is.lines()).take_while(|(was, is)| was == is).count();
    let same = if was.lines().count() > same || is.lines().count() > same { same } else { 0 };
    for (at, line) in was.lines().enumerate().skip(same) {
        let _ = writeln!(shown, "  {:>4} - {}", hunk.first + at, visible(line));
    }
    for (at, line) in is.lines().enumerate().skip(same) {
        let place = (hunk.first + at).saturating_add_signed(moved);
        let _ = writeln!(shown, "  {place:>4} + {}", visible(line));
    }
    for why in whys {
        let _ = writeln!(shown, "         {why}");
    }
    let lines = |text: &str| isize::try_from(text.matches('\n').count()).unwrap_or_default();
    lines(&is) - lines(was)
}

fn tell(shown: &mut String, text: &str, at: usize, what: &str) {
    let line = line_of(text, at);
    let written = text.lines().nth(line - 1).unwrap_or_default();
    let _ = writeln!(shown, "  {line:>4} ! {}\n         {what}", visible(written));
}
