//! The terminal: its size, keys without Enter, and everything as it was at the end.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _, Read as _, Write as _},
};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetwinsize, tcsetattr,
};

use super::table::Line;

/// A screen of its own, and no cursor.
const BEGIN: &str = "\u{1b}[?1049h\u{1b}[?25l";
const END: &str = "\u{1b}[?25h\u{1b}[?1049l";

/// The whole terminal, until it is dropped.
pub(super) struct Screen {
    /// How the keyboard was set, if there is one.
    before: Option<Termios>,
    colours: bool,
}

impl Screen {
    pub(super) fn take(colours: bool) -> io::Result<Self> {
        let before = io::stdin().is_terminal().then(|| tcgetattr(io::stdin())).transpose()?;
        if let Some(before) = &before {
            let mut keys = before.clone();
            // Each key at once, and not shown; Ctrl-C stays a signal. Ctrl-Z would leave a mess.
            keys.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            keys.special_codes[SpecialCodeIndex::VSUSP] = 0;
            tcsetattr(io::stdin(), OptionalActions::Now, &keys)?;
        }
        let screen = Self { before, colours };
        write(BEGIN)?;
        Ok(screen)
    }

    /// Calls this with each key, until there are no more.
    pub(super) fn keys(&self, pressed: impl Fn(u8) -> bool + Send + 'static) {
        if self.before.is_some() {
            std::thread::spawn(move || {
                let mut key = [0];
                while io::stdin().read(&mut key).is_ok_and(|it| it == 1) && pressed(key[0]) {}
            });
        }
    }

    /// Shows these lines, as many as there is room for.
    pub(super) fn show(&self, lines: &[Line], rows: usize) -> io::Result<()> {
        let mut text = "\u{1b}[H".to_owned();
        let room = rows.saturating_sub(1);
        let shown = if lines.len() > room { room.saturating_sub(1) } else { lines.len() };
        for line in &lines[..shown] {
            text += &line.written(self.colours);
            text += "\u{1b}[K\r\n";
        }
        if shown < lines.len() {
            let _ = write!(text, "… {} more lines\u{1b}[K\r\n", lines.len() - shown);
        }
        if lines.len() < room {
            text += "\u{1b}[K\r\n";
        }
        text += if self.colours { "\u{1b}[J\u{1b}[2mq ends\u{1b}[0m" } else { "\u{1b}[Jq ends" };
        write(&text)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nobody is there any more if it fails.
        let _ = write(END);
        if let Some(before) = &self.before {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}

/// Columns and rows of the terminal; none if there is no terminal.
pub(super) fn size() -> Option<(usize, usize)> {
    let size = tcgetwinsize(io::stdout()).ok().filter(|it| it.ws_col > 0 && it.ws_row > 0)?;
    Some((size.ws_col.into(), size.ws_row.into()))
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
