//! A record's headers, of any bytes.

use rdkafka::{
    Message as _,
    message::{BorrowedMessage, Header, Headers as _},
};

use crate::caught;

/// How many headers are read. Those of an event are four or five.
const MOST: usize = 256;

/// The headers, and what is wrong with them, if anything is.
///
/// The client takes a header's name for UTF-8 and panics where it is not, which would end the process,
/// and every one that reads the record after it. Those behind such a header are not looked at.
pub(super) fn read(message: &BorrowedMessage<'_>) -> (Vec<(String, String)>, Option<&'static str>) {
    let Some(headers) = message.headers() else { return (Vec::new(), None) };
    let mut all = Vec::with_capacity(headers.count().min(MOST));
    for index in 0..headers.count().min(MOST) {
        match caught::reading("a header", || headers.try_get(index).as_ref().map(pair)) {
            Ok(header) => all.extend(header),
            Err(_) => return (all, Some("the name of a header is not UTF-8")),
        }
    }
    (all, None)
}

fn pair(header: &Header<'_, &[u8]>) -> (String, String) {
    let value = String::from_utf8_lossy(header.value.unwrap_or_default());
    (header.key.to_owned(), value.into_owned())
}
