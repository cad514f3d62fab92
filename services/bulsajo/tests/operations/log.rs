//! What clients write into the log does nothing to the terminal that shows it.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
};

use serde_json::Value;
use testkit::{Fleet, eventually, fleet::Service::Order};

use crate::BINARY;

/// A path with control characters of two kinds, and with marks that turn text around, unencoded.
const PATH: &str = "/orders/\u{9d}0;me\u{9c}\u{85}\u{202e}cod\u{2066}";

/// The lines that the fleet logs for a request with that path.
fn logged(format: &str) -> Vec<String> {
    let fleet = Fleet::start(BINARY, &[("LOG_LEVEL", "info"), ("LOG_FORMAT", format)]);
    let mut socket = TcpStream::connect(fleet.address(Order)).unwrap();
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    socket.read_to_end(&mut Vec::new()).unwrap();
    eventually(|| {
        let log = fs::read_to_string(fleet.folder().join("fleet.log")).unwrap();
        let lines: Vec<String> = log.lines().map(str::to_owned).collect();
        if lines.iter().any(|line| line.contains("0;me")) { Ok(lines) } else { Err(log) }
    })
}

#[test]
fn control_characters_in_a_request_are_escaped_in_both_formats() {
    for format in ["pretty", "json"] {
        let lines = logged(format);
        let harmful = |it: char| it.is_control() || ('\u{2028}'..='\u{206f}').contains(&it);
        assert!(lines.iter().all(|line| !line.contains(harmful)), "{lines:?}");
        let line = lines.iter().find(|line| line.contains("0;me")).unwrap();
        if format == "json" {
            let read: Value = serde_json::from_str(line).unwrap();
            assert_eq!(read["uri"], PATH, "{line}");
        }
    }
}
