//! JSON as Jackson's `DefaultPrettyPrinter` prints it, byte for byte.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

const INDENT: &[u8] = b"                                ";

/// The pretty form of a value that stands alone.
///
/// # Errors
/// Only where the value's own `Serialize` fails or a map has keys that are no text.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(512);
    append(&mut out, 0, value)?;
    Ok(out)
}

/// Appends a value that lies `depth` objects deep.
pub(crate) fn append<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    depth: usize,
    value: &T,
) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Jackson { depth, filled: false }))
}

/// Starts a line that lies `depth` objects deep.
pub(crate) fn line<W: ?Sized + Write>(out: &mut W, depth: usize) -> io::Result<()> {
    out.write_all(b"\n")?;
    let mut spaces = depth * 2;
    while spaces > 0 {
        let some = spaces.min(INDENT.len());
        out.write_all(&INDENT[..some])?;
        spaces -= some;
    }
    Ok(())
}

/// Objects are indented two spaces a level, arrays stay on their line.
struct Jackson {
    depth: usize,
    filled: bool,
}

impl Formatter for Jackson {
    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b" ]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b" " } else { b", " })
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        out.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if !self.filled {
            return out.write_all(b" }");
        }
        line(out, self.depth)?;
        out.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        line(out, self.depth)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b" : ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        out.write_all(double(value).as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        match escape {
            CharEscape::Quote => out.write_all(b"\\\""),
            CharEscape::ReverseSolidus => out.write_all(b"\\\\"),
            CharEscape::Solidus => out.write_all(b"\\/"),
            CharEscape::Backspace => out.write_all(b"\\b"),
            CharEscape::FormFeed => out.write_all(b"\\f"),
            CharEscape::LineFeed => out.write_all(b"\\n"),
            CharEscape::CarriageReturn => out.write_all(b"\\r"),
            CharEscape::Tab => out.write_all(b"\\t"),
            // Jackson's digits are upper-case, serde_json's are not.
            CharEscape::AsciiControl(byte) => write!(out, "\\u{byte:04X}"),
        }
    }
}

/// Java's `Double.toString`: `1.0`, `0.001`, `1.0E7`.
pub(crate) fn double(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{value:?}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, power)) if digits.contains('.') => format!("{digits}E{power}"),
        Some((digits, power)) => format!("{digits}.0E{power}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pretty(value: &serde_json::Value) -> String {
        String::from_utf8(to_vec(value).unwrap()).unwrap()
    }

    #[test]
    fn empty_things_hold_one_space() {
        assert_eq!(pretty(&json!({"a": [], "b": {}})), "{\n  \"a\" : [ ],\n  \"b\" : { }\n}");
        assert_eq!(pretty(&json!([[], {}])), "[ [ ], { } ]");
        assert_eq!(pretty(&json!({"a": {"b": {}}})), "{\n  \"a\" : {\n    \"b\" : { }\n  }\n}");
    }

    #[test]
    fn objects_in_a_list_share_their_braces_line() {
        assert_eq!(
            pretty(&json!([{"a": 1}, {"a": [1, 2]}])),
            "[ {\n  \"a\" : 1\n}, {\n  \"a\" : [ 1, 2 ]\n} ]"
        );
    }

    #[test]
    fn text_is_escaped_where_jackson_escapes() {
        assert_eq!(
            pretty(&json!("\"\\/\u{8}\u{c}\n\r\t\u{1f}\u{7f}커피 ☕")),
            "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u001F\u{7f}커피 ☕\""
        );
    }

    #[test]
    fn doubles_are_printed_as_java_prints_them() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (0.1, "0.1"),
            (0.001, "0.001"),
            (0.000_999, "9.99E-4"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (12_345_678.9, "1.23456789E7"),
            (1e21, "1.0E21"),
            (-1.5e-10, "-1.5E-10"),
            (f64::MAX, "1.7976931348623157E308"),
        ] {
            assert_eq!(double(value), text);
        }
    }
}
