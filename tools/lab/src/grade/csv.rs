//! The rows as a file for spreadsheets (RFC 4180).

use super::row::{Graded, Row};

/// Without it Excel takes UTF-8 for the code page of Windows, and Korean for garbage.
const MARK: char = '\u{feff}';

pub(super) fn text(rows: &[Row]) -> String {
    let mut text = String::from(MARK);
    text.push_str("namespace,points,of,failed,why\r\n");
    for Row { namespace, of, graded } in rows {
        let (points, failed, why) = match graded {
            // Empty, so that it is no 0: nobody knows what is right there.
            Graded::Not(why) => (String::new(), String::new(), why.clone()),
            Graded::Points { points, lacks } => {
                let why = lacks.iter().map(|it| format!("line {}: {}", it.line, it.why));
                let why = why.collect::<Vec<_>>().join("; ");
                (points.to_string(), lacks.len().to_string(), why)
            }
        };
        let fields = [field(namespace), points, of.to_string(), failed, field(&why)];
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

fn field(text: &str) -> String {
    // What begins so is a formula to a spreadsheet, and it may be a student's.
    let quiet = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    let text = format!("{quiet}{text}");
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{field, text};
    use crate::grade::row::{Graded, Lack, Row};

    #[test]
    fn a_row_for_each_namespace_whatever_came() {
        let row = |name: &str, graded| Row { namespace: name.to_owned(), of: 4, graded };
        let lack = |line, why: &str| Lack { line, points: 1, why: why.to_owned() };
        let lacks = vec![lack(9, r#"expected "a", came b"#), lack(12, "답이 없음")];
        let rows = [
            row("student-01", Graded::Points { points: 4, lacks: Vec::new() }),
            row("student-02", Graded::Points { points: 2, lacks }),
            row("student-03", Graded::Not("there is no such namespace".to_owned())),
        ];
        assert_eq!(
            text(&rows),
            "\u{feff}namespace,points,of,failed,why\r\n\
             student-01,4,4,0,\r\n\
             student-02,2,4,2,\"line 9: expected \"\"a\"\", came b; line 12: 답이 없음\"\r\n\
             student-03,,4,,there is no such namespace\r\n"
        );
    }

    #[test]
    fn nothing_is_a_formula() {
        assert_eq!(field("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(field("line 1"), "line 1");
    }
}
