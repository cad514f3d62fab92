//! Text that does nothing to a terminal but show itself.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use tracing_subscriber::fmt::MakeWriter;

/// Writes each log line with everything escaped that would control a terminal, end the line, or
/// turn the direction of what follows. Clients choose much of what is in a line.
#[derive(Clone, Copy)]
pub(crate) struct Printable<M> {
    pub(crate) to: M,
    /// The colours of our own, which the formatter writes; it escapes those in texts.
    pub(crate) colours: bool,
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Printable<M> {
    type Writer = Line<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { to: self.to.make_writer(), colours: self.colours }
    }
}

/// One line: all of it is written at once.
pub(crate) struct Line<W> {
    to: W,
    colours: bool,
}

impl<W: Write> Write for Line<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (text, end) = match bytes.strip_suffix(b"\n") {
            Some(text) => (text, "\n"),
            None => (bytes, ""),
        };
        let text = String::from_utf8_lossy(text);
        let escaped = if self.colours { coloured(&text) } else { escape(&text) };
        self.to.write_all((escaped + end).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// The text with `\u001b` for what must not reach a terminal, as in JSON: control characters of
/// ASCII and of Unicode, ends of lines, marks that turn the direction of the text, and what cannot
/// be seen.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            letter if is_harmful(letter) => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    let _ = write!(escaped, "\\u{unit:04x}");
                }
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

fn is_harmful(letter: char) -> bool {
    let invisible = ['\u{ad}', '\u{61c}', '\u{180e}', '\u{feff}'];
    letter.is_control()
        || invisible.contains(&letter)
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
        || matches!(letter, '\u{e0000}'..='\u{e007f}')
}

/// The same, but for sequences such as `ESC [ 2 m`, which do no more than change colours.
fn coloured(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut shown = escape(parts.next().unwrap_or_default());
    for part in parts {
        let length = part.find(|it: char| !it.is_ascii_digit() && it != ';');
        match length.filter(|at| part[*at..].starts_with('m')) {
            Some(at) => {
                shown.push_str("\u{1b}[");
                shown.push_str(&part[..=at]);
                shown.push_str(&escape(&part[at + 1..]));
            }
            None => shown.push_str(&escape(&format!("\u{1b}[{part}"))),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_control_a_terminal_is_shown_instead() {
        for (text, shown) in [
            ("주문 1 – ☕ 🔥", "주문 1 – ☕ 🔥"),
            ("a\u{1b}[31mb", "a\\u001b[31mb"),
            ("a\u{9b}31mb\u{85}", "a\\u009b31mb\\u0085"),
            ("a\r\nINFO b\tc\0\u{7f}", "a\\r\\nINFO b\\tc\\u0000\\u007f"),
            ("user\u{202e}nimda\u{2066}\u{200b}", "user\\u202enimda\\u2066\\u200b"),
            ("tag\u{e0041}", "tag\\udb40\\udc41"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    #[test]
    fn colours_stay_where_a_person_looks_and_nothing_else_does() {
        assert_eq!(
            coloured("\u{1b}[2mnow\u{1b}[0m \u{1b}[32;1mINFO"),
            "\u{1b}[2mnow\u{1b}[0m \u{1b}[32;1mINFO"
        );
        assert_eq!(coloured("\u{1b}[2Jx\u{1b}]0;title\u{7}"), "\\u001b[2Jx\\u001b]0;title\\u0007");
        assert_eq!(coloured("\u{1b}[1m\u{9b}2J"), "\u{1b}[1m\\u009b2J");
    }

    #[test]
    fn a_line_stays_one_line_and_json_stays_json() {
        let mut written = Vec::new();
        let mut line = Line { to: &mut written, colours: false };
        line.write_all(b"{\"uri\":\"/\xc2\x9b2J\xe2\x80\xae\"}\n").expect("memory takes all");
        assert_eq!(String::from_utf8_lossy(&written), "{\"uri\":\"/\\u009b2J\\u202e\"}\n");
        let read: serde_json::Value = serde_json::from_slice(&written).expect("it is JSON");
        assert_eq!(read["uri"], "/\u{9b}2J\u{202e}");
    }
}
