//! Rows of cells, made to fit: names lose their middle, and then whole columns go.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// How something looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Bold,
    Dim,
    Good,
    Waits,
    Bad,
}

impl Style {
    /// As terminals are told it.
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "0",
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Good => "32",
            Self::Waits => "33",
            Self::Bad => "1;31",
        }
    }
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) style: Style,
}

impl Cell {
    /// What a cluster says may not steer the terminal.
    pub(super) fn new(style: Style, text: &str) -> Self {
        let text = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
        Self { text, style }
    }

    pub(super) fn plain(text: &str) -> Self {
        Self::new(Style::Plain, text)
    }
}

/// A line, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line(pub(super) Vec<Cell>);

impl Line {
    pub(super) fn of(style: Style, text: &str) -> Self {
        Self(vec![Cell::new(style, text)])
    }

    /// As it is written, with colours or without.
    pub(super) fn written(&self, colours: bool) -> String {
        let mut line = String::new();
        for Cell { text, style } in &self.0 {
            if colours && *style != Style::Plain && !text.trim().is_empty() {
                let _ = write!(line, "\u{1b}[{}m{text}\u{1b}[0m", style.code());
            } else {
                line += text;
            }
        }
        line.trim_end().to_owned()
    }

    /// No wider than this.
    pub(super) fn cut(mut self, wide: usize) -> Self {
        let mut left = wide;
        for cell in &mut self.0 {
            if cell.text.width() > left {
                cell.text = until(&cell.text, left);
            }
            left -= cell.text.width();
        }
        self
    }
}

/// What a column is called, and how it may be made narrower.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    /// Down to so many letters, by leaving out the middle; 0 if it stays as wide as it is.
    pub(super) least: usize,
    /// The highest goes first if there is no room; 0 stays.
    pub(super) goes: u8,
}

/// A table with its heading, no wider than this.
pub(super) fn table(columns: &[Column], rows: Vec<Vec<Cell>>, wide: usize) -> Vec<Line> {
    let heading = columns.iter().map(|it| Cell::new(Style::Dim, it.name)).collect();
    let rows: Vec<Vec<Cell>> = std::iter::once(heading).chain(rows).collect();
    let mut widths: Vec<usize> = (0..columns.len())
        .map(|at| rows.iter().map(|row| row[at].text.width()).max().unwrap_or_default())
        .collect();
    let mut shown: Vec<usize> = (0..columns.len()).collect();
    while let Some(over) = too_wide(&shown, &widths, wide) {
        let spare = |at: &usize| match columns[*at].least {
            0 => 0,
            least => widths[*at].saturating_sub(least.max(columns[*at].name.width())),
        };
        let widest = shown.iter().copied().max_by_key(|at| spare(at)).filter(|at| spare(at) > 0);
        let goes = shown.iter().copied().max_by_key(|at| columns[*at].goes);
        match (widest, goes.filter(|at| columns[*at].goes > 0)) {
            (Some(at), _) => widths[at] -= over.min(spare(&at)),
            (None, Some(at)) => shown.retain(|it| *it != at),
            (None, None) => break,
        }
    }
    rows.into_iter().map(|row| line(&row, &shown, &widths).cut(wide)).collect()
}

/// By how much it is.
fn too_wide(shown: &[usize], widths: &[usize], wide: usize) -> Option<usize> {
    let all = shown.iter().map(|at| widths[*at] + 2).sum::<usize>().saturating_sub(2);
    all.checked_sub(wide).filter(|it| *it > 0)
}

fn line(row: &[Cell], shown: &[usize], widths: &[usize]) -> Line {
    let mut cells = Vec::new();
    for at in shown {
        let Cell { text, style } = &row[*at];
        let text = without_middle(text, widths[*at]);
        let blanks = " ".repeat(widths[*at] + 2 - text.width());
        cells.push(Cell { text, style: *style });
        cells.push(Cell { text: blanks, style: Style::Plain });
    }
    // What is not there is not cut.
    cells.pop();
    Line(cells)
}

/// The ends of names differ.
fn without_middle(text: &str, wide: usize) -> String {
    if text.width() <= wide {
        return text.to_owned();
    }
    let end: String = text.chars().rev().take(wide / 2).collect();
    let end: String = end.chars().rev().collect();
    let begin = until(text, wide.saturating_sub(end.width()));
    format!("{begin}{end}")
}

/// The beginning, with a sign that there was more.
fn until(text: &str, wide: usize) -> String {
    let mut kept = String::new();
    let mut left = wide.saturating_sub(1);
    for letter in text.chars() {
        let needs = letter.width().unwrap_or_default();
        if needs > left {
            break;
        }
        left -= needs;
        kept.push(letter);
    }
    if wide > 0 { kept + "…" } else { kept }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Column, Line, Style, table};

    const COLUMNS: [Column; 3] = [
        Column { name: "POD", least: 9, goes: 0 },
        Column { name: "NODE", least: 0, goes: 1 },
        Column { name: "STATUS", least: 0, goes: 0 },
    ];

    fn shown(wide: usize) -> Vec<String> {
        let row = ["order-6d884b4d77-fql8c", "node1", "Running"].map(Cell::plain).to_vec();
        table(&COLUMNS, vec![row], wide).iter().map(|it| it.written(false)).collect()
    }

    #[test]
    fn names_lose_their_middle_before_columns_go() {
        assert_eq!(shown(80)[1], "order-6d884b4d77-fql8c  node1  Running");
        assert_eq!(shown(30), ["POD             NODE   STATUS", "order-…7-fql8c  node1  Running"]);
    }

    #[test]
    fn a_line_is_never_wider_than_the_terminal() {
        for wide in 1..50 {
            for line in shown(wide) {
                assert!(line.chars().count() <= wide, "{wide}: {line}");
            }
        }
        let korean = Line::of(Style::Plain, "가나다").cut(4).written(false);
        assert_eq!(korean, "가…");
    }

    #[test]
    fn what_a_cluster_says_does_not_steer_the_terminal() {
        let line = Line(vec![Cell::new(Style::Bad, "no\u{1b}[2Jw\n"), Cell::plain("x")]);
        assert_eq!(line.written(true), "\u{1b}[1;31mno [2Jw \u{1b}[0mx");
        assert_eq!(line.written(false), "no [2Jw x");
    }
}
