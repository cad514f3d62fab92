//! Query strings, read as forgivingly as a servlet container reads them.

use std::borrow::Cow;

/// Every value given to one parameter, in order; names are case-sensitive.
pub fn values<'q>(query: Option<&'q str>, name: &'q str) -> impl Iterator<Item = Cow<'q, str>> {
    pairs(query).filter(move |(key, _)| key == name).map(|(_, value)| value)
}

/// The first value given to one parameter, as a servlet container answers.
pub fn value<'q>(query: Option<&'q str>, name: &'q str) -> Option<Cow<'q, str>> {
    values(query, name).next()
}

/// The names that were given, for hints.
pub fn names(query: Option<&str>) -> impl Iterator<Item = Cow<'_, str>> {
    pairs(query).map(|(key, _)| key)
}

/// Every parameter with its value, in order.
pub fn pairs(query: Option<&str>) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key), decode(value))
    })
}

fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let (byte, left) = match (first, escaped(tail)) {
            (b'%', Some(byte)) => (byte, &tail[2..]),
            (b'+', _) => (b' ', tail),
            _ => (first, tail),
        };
        bytes.push(byte);
        rest = left;
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn escaped(tail: &[u8]) -> Option<u8> {
    let digit = |at: usize| tail.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_broken_escapes_are_kept() {
        let query = Some("a=1+2&b=%EC%BB%A4&a=%zz%4&A=9&&c");
        let all = |name| values(query, name).collect::<Vec<_>>();

        assert_eq!(all("a"), ["1 2", "%zz%4"]);
        assert_eq!(all("b"), ["커"]);
        assert_eq!(all("c"), [""]);
        assert!(all("d").is_empty());
        assert_eq!(values(None, "a").count(), 0);
        assert_eq!(value(query, "a").as_deref(), Some("1 2"));
        assert_eq!(value(query, "d"), None);
    }
}
