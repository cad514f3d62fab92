//! A worksheet: what a student is told to type, and what is then to be seen.

mod fence;
mod front;
mod markdown;
mod unread;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

pub(crate) use front::Needs;
pub(crate) use markdown::{Fenced, fenced};

use crate::{
    failure::Failure,
    pattern::Pattern,
    text::{Encoding, decode},
    worksheet::{fence::Fence, front::Front},
};

/// What a Markdown file tells to do.
#[derive(Debug)]
pub(crate) struct Worksheet {
    pub(crate) path: PathBuf,
    /// Its first heading, or the name of the file.
    pub(crate) title: String,
    pub(crate) needs: Needs,
    /// Images that it names, and that nobody is to have: a lab about broken manifests has one.
    pub(crate) without: Vec<String>,
    pub(crate) steps: Vec<Step>,
}

/// One thing that a student does.
#[derive(Debug)]
pub(crate) struct Step {
    /// The heading above it.
    pub(crate) heading: String,
    /// Where it stands in the file.
    pub(crate) line: usize,
    pub(crate) action: Action,
}

#[derive(Debug)]
pub(crate) enum Action {
    /// Type this, and see that.
    Type(Command),
    /// Type this in another terminal, and go on.
    Start { terminal: u32, text: String },
    /// Look at what another terminal shows: what was last started there.
    Look { terminal: u32, of: String, seen: Pattern, until: Option<Duration> },
}

/// What is typed in the first terminal.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) text: String,
    pub(crate) seen: Option<Pattern>,
    /// How long it is repeated, until it gives what is to be seen.
    pub(crate) until: Option<Duration>,
    /// How long it may take.
    pub(crate) within: Option<Duration>,
    /// Whether it is to fail.
    pub(crate) fails: bool,
    /// Whether it is typed even when a step before it went wrong.
    pub(crate) always: bool,
    /// What it counts for `lab grade`, if it is a check.
    pub(crate) points: Option<u32>,
}

/// Something in a worksheet that is not understood.
#[derive(Debug)]
pub(crate) struct Slip {
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Slip {
    pub(crate) fn new(line: usize, what: impl fmt::Display) -> Self {
        Self { line, what: what.to_string() }
    }
}

impl Worksheet {
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = read(path)?;
        Self::parse(path, &text).map_err(|Slip { line, what }| {
            Failure::Content(format!("{}:{line}: {what}", path.display()))
        })
    }

    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, Slip> {
        let read = fenced(text);
        let Front { needs, without } = front::read(&read.front)?;
        let mut steps: Vec<Step> = Vec::new();
        // What an output stands below: the terminal of the commands before it.
        let mut last = None;
        for Fenced { heading, line, info, text, .. } in read.fences {
            let Some(fence) = fence::read(&info).map_err(|what| Slip::new(line, what))? else {
                continue;
            };
            let action = match fence {
                Fence::Type { until, within, fails, always, points } => {
                    last = Some(None);
                    let seen = None;
                    Action::Type(Command { text, seen, until, within, fails, always, points })
                }
                Fence::Start { terminal } => {
                    last = Some(Some(terminal));
                    Action::Start { terminal, text }
                }
                Fence::See { terminal, until } => {
                    let seen = Pattern::read(&text, line + 1)
                        .map_err(|(line, what)| Slip::new(line, what))?;
                    match (terminal.map(Some).or(last), steps.last_mut().map(|it| &mut it.action)) {
                        (Some(Some(terminal)), _) => {
                            let of = started(&steps, terminal).ok_or_else(|| {
                                let none =
                                    format!("nothing was typed in terminal {terminal} before");
                                Slip::new(line, none)
                            })?;
                            Action::Look { terminal, of, seen, until }
                        }
                        (Some(None), Some(Action::Type(command))) if command.seen.is_none() => {
                            if until.is_some() {
                                return Err(Slip::new(
                                    line,
                                    "`until` belongs to the command above",
                                ));
                            }
                            command.seen = Some(seen);
                            continue;
                        }
                        _ => return Err(Slip::new(line, "there is no command above this output")),
                    }
                }
            };
            steps.push(Step { heading, line, action });
        }
        if steps.is_empty() {
            return Err(Slip::new(1, "there is no command in it: a block that begins with ```sh"));
        }
        let title = if read.title.is_empty() { name(path) } else { read.title };
        Ok(Self { path: path.to_owned(), title, needs, without, steps })
    }

    /// `03-zero-downtime`
    pub(crate) fn name(&self) -> String {
        name(&self.path)
    }

    /// Where its paths begin: beside the folder `labs` that it is in, else where it is itself.
    pub(crate) fn folder(&self) -> PathBuf {
        let path = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        let labs = path.ancestors().find(|it| it.file_name().is_some_and(|name| name == "labs"));
        labs.unwrap_or(&path).parent().map(Path::to_owned).unwrap_or_default()
    }
}

/// What was last started in another terminal.
fn started(steps: &[Step], wanted: u32) -> Option<String> {
    steps.iter().rev().find_map(|it| match &it.action {
        Action::Start { terminal, text } if *terminal == wanted => Some(text.clone()),
        _ => None,
    })
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The text of a worksheet.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|source| {
        let cure = unread::cure(path, &source).map_or_else(String::new, |it| format!("; {it}"));
        Failure::Unreadable { path: path.to_owned(), source, cure }
    })?;
    let unread = |it: Encoding| format!("{} cannot be read: {}", path.display(), it.cure());
    decode(bytes).map_err(|it| Failure::Content(unread(it)))
}

#[cfg(test)]
mod tests;
