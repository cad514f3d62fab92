//! How much of a record is kept that could not be handled. Whatever it holds, setting it aside works:
//! sizes are bounded, and characters that PostgreSQL does not take are replaced.

use crate::Record;

/// The most bytes of a body: more than any event of the fleet has, and little enough for a copy in a
/// topic of Kafka, whose records have a million bytes at most unless a setting changes that.
pub(crate) const BODY: usize = 512 * 1024;
/// The most bytes of a reason: a parser quotes what it does not understand.
const REASON: usize = 2048;
/// The most bytes of a key, of a header's name and of its value.
const FIELD: usize = 1024;
/// The most headers.
const HEADERS: usize = 32;

/// The beginning of a text, at most so many bytes of it.
fn beginning(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// A text of at most so many bytes that any database and any client takes.
fn text(text: &str, most: usize) -> String {
    let mut kept = beginning(text, most).replace('\0', "\u{fffd}");
    kept.truncate(kept.floor_char_boundary(most));
    kept
}

/// A key, a type, or another short text.
pub(crate) fn field(from: &str) -> String {
    text(from, FIELD)
}

/// Why something could not be handled, cut where it is too long to be kept or shown.
pub fn reason(error: &anyhow::Error) -> String {
    let whole = format!("{error:#}");
    match whole.len().checked_sub(REASON) {
        None | Some(0) => text(&whole, REASON),
        Some(more) => format!("{}… ({more} more bytes)", text(&whole, REASON)),
    }
}

/// A body as text, as far as it is kept.
pub(crate) fn body(payload: &[u8]) -> String {
    let most = payload.len().min(BODY);
    let whole = String::from_utf8_lossy(&payload[..most]);
    text(&whole, BODY)
}

/// How much of a body is kept, in words; nothing if all of it is.
pub(crate) fn cut(payload: &[u8]) -> String {
    let bytes = payload.len();
    if bytes > BODY { format!(", {BODY} of {bytes} bytes kept") } else { String::new() }
}

/// A copy of a record that any topic takes.
pub(crate) fn copy(record: &Record) -> Record {
    let headers = record.headers.iter().take(HEADERS);
    Record {
        key: field(&record.key),
        headers: headers.map(|(name, value)| (field(name), field(value))).collect(),
        timestamp: record.timestamp,
        payload: record.payload[..record.payload.len().min(BODY)].to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_has_no_character_that_postgresql_refuses() {
        let record = Record {
            key: "k\0".repeat(10_000),
            headers: vec![("\0é".repeat(10_000), "v".repeat(2_000_000)); 100],
            timestamp: 0,
            payload: b"\xff\0".repeat(4_000_000),
        };
        let copy = copy(&record);
        let headers: usize =
            copy.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(copy.payload.len() + copy.key.len() + headers < 700_000);
        assert!(!copy.key.contains('\0') && copy.headers.iter().all(|it| !it.0.contains('\0')));
        let body = body(&record.payload);
        assert!(body.len() <= BODY && !body.contains('\0'));
        assert_eq!(cut(&record.payload), ", 524288 of 8000000 bytes kept");
        assert_eq!(cut(b"short"), "");
    }

    #[test]
    fn a_long_reason_is_cut_and_says_so() {
        let error = anyhow::anyhow!("é\0{}", "x".repeat(600_000));
        let told = reason(&error);
        assert!(told.starts_with("é\u{fffd}x") && told.len() < 3000);
        assert!(told.ends_with("… (597955 more bytes)"), "{}", &told[2000..]);
        assert_eq!(reason(&anyhow::anyhow!("short")), "short");
    }
}
