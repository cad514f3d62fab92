//! The text of a file that a user wrote, or what it is instead of text in UTF-8.

/// A mark at the beginning of a file, as editors on Windows write it. It means nothing in UTF-8.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// What a file is that is not text in UTF-8, and how to convert it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf16,
    Utf32,
    /// Neither text in UTF-8 nor a known encoding; an old Korean file is in CP949.
    Other,
    Binary,
}

impl Encoding {
    /// What it is, and what to do about it.
    pub(crate) fn cure(self) -> &'static str {
        match self {
            Self::Utf16 => {
                "it is text in UTF-16, as `>` of Windows PowerShell writes it; convert it to UTF-8: \
                 iconv -f utf-16 -t utf-8 OLD >NEW, or in PowerShell: \
                 Get-Content OLD | Set-Content -Encoding utf8 NEW"
            }
            Self::Utf32 => {
                "it is text in UTF-32; convert it to UTF-8: iconv -f utf-32 -t utf-8 OLD >NEW"
            }
            Self::Other => {
                "it is no text in UTF-8; an old Korean worksheet may be CP949: \
                 iconv -f cp949 -t utf-8 OLD.md >NEW.md"
            }
            Self::Binary => "it is no text: it has bytes of value 0 in it",
        }
    }
}

/// The text of these bytes.
///
/// # Errors
///
/// What the bytes are, where they are not text in UTF-8.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<String, Encoding> {
    if let Some(encoding) = wide(&bytes) {
        return Err(encoding);
    }
    let binary = bytes.contains(&0);
    match String::from_utf8(bytes) {
        Ok(text) if !binary => Ok(text),
        _ if binary => Err(Encoding::Binary),
        _ => Err(Encoding::Other),
    }
}

/// The text without the mark at its beginning, and how many bytes the mark has.
pub(crate) fn unmarked(text: &str) -> (&str, usize) {
    text.strip_prefix(BYTE_ORDER_MARK).map_or((text, 0), |it| (it, BYTE_ORDER_MARK.len_utf8()))
}

/// So many bytes at the begin of a file tell its encoding.
const LOOKED_AT: usize = 4096;

/// Encodings of more than one byte for each letter: by their mark, or by the zeros that letters of
/// Latin scripts leave in every second byte.
fn wide(bytes: &[u8]) -> Option<Encoding> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Some(Encoding::Utf32),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Some(Encoding::Utf16),
        _ => {}
    }
    let head = &bytes[..bytes.len().min(LOOKED_AT)];
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|it| **it == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let half = head.len() / 2;
    let mostly = |zeros: usize, others: usize| half > 0 && zeros * 3 > half && others * 20 < half;
    (mostly(even, odd) || mostly(odd, even)).then_some(Encoding::Utf16)
}

#[cfg(test)]
mod tests {
    use super::{Encoding, decode, unmarked};

    fn utf16(text: &str, mark: &[u8], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.iter().copied().chain(text.encode_utf16().flat_map(bytes)).collect()
    }

    #[test]
    fn an_encoding_is_named() {
        let sheet = "# 실습 1\n\n```sh\nkubectl get pods\n```\n";
        for (bytes, is) in [
            (utf16(sheet, &[0xff, 0xfe], u16::to_le_bytes), Encoding::Utf16),
            (utf16(sheet, &[0xfe, 0xff], u16::to_be_bytes), Encoding::Utf16),
            (utf16("kind: Pod\n", &[], u16::to_le_bytes), Encoding::Utf16),
            (utf16("kind: Pod\n", &[], u16::to_be_bytes), Encoding::Utf16),
            (vec![0xff, 0xfe, 0, 0, b'a', 0, 0, 0], Encoding::Utf32),
            (vec![0xc1, 0xd6, 0xb9, 0xae, b'\n'], Encoding::Other),
            (b"\x7fELF\x02\x01\x01\0\0\0abcdefghijklm".to_vec(), Encoding::Binary),
        ] {
            assert_eq!(decode(bytes.clone()), Err(is), "{bytes:?}");
        }
    }

    #[test]
    fn text_in_utf_8_is_read_as_it_is() {
        for text in ["", "a", "가", "\u{feff}a: 1\r\n"] {
            assert_eq!(decode(text.as_bytes().to_vec()).as_deref(), Ok(text));
        }
        assert_eq!(unmarked("\u{feff}---"), ("---", 3));
        assert_eq!(unmarked("---"), ("---", 0));
    }
}
