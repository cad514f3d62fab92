//! Recorded exchanges: a request on top, the answer below, length and framing in the last line.

use std::{fs, path::Path};

use testkit::fleet::Service;

use crate::answer::Answer;

/// One recorded exchange.
pub(crate) struct Sample {
    /// The file's name without its ending: `order-001-root`.
    pub(crate) name: String,
    /// The request as it goes on the wire.
    pub(crate) request: Vec<u8>,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) host: String,
    /// What the original answered.
    pub(crate) answer: Answer,
}

impl Sample {
    /// Every recording, in the order of their names.
    pub(crate) fn all() -> Vec<Self> {
        let folder = testkit::workspace().join("services/bulsajo/tests/contract/samples");
        let files = fs::read_dir(folder).expect("the samples").map(|file| file.unwrap().path());
        let mut samples: Vec<Self> = files.map(|file| Self::read(&file)).collect();
        samples.sort_by(|one, other| one.name.cmp(&other.name));
        samples
    }

    fn read(file: &Path) -> Self {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(file).unwrap();
        let (request, answer) =
            text.split_once("---- response\n").unwrap_or_else(|| panic!("{name}: no answer"));
        let comments = request.lines().take_while(|line| line.starts_with('#'));
        let skipped: usize = comments.map(|line| line.len() + 1).sum();
        let (head, body) = request[skipped..].split_once("\n\n").expect("an end of the head");
        let first = head.lines().next().unwrap();
        let (method, rest) = first.split_once(' ').unwrap();
        let target = rest.trim_end_matches(" HTTP/1.1").to_owned();
        let host = head.lines().find_map(|line| line.strip_prefix("Host:")).unwrap_or_default();
        let mut wire = head.replace('\n', "\r\n").into_bytes();
        wire.extend_from_slice(b"\r\n\r\n");
        wire.extend_from_slice(body.trim_end_matches('\n').as_bytes());
        Self {
            method: method.to_owned(),
            host: host.trim().to_owned(),
            answer: recorded(&name, answer),
            request: wire,
            target,
            name,
        }
    }

    /// Which service was asked; the name says it.
    pub(crate) fn service(&self) -> Service {
        match self.name.split('-').next().unwrap_or_default() {
            "gateway" => Service::Gateway,
            "payment" => Service::Payment,
            "delivery" => Service::Delivery,
            "trace" => Service::OrderTrace,
            _ if self.host.ends_with(":8088") => Service::Gateway,
            _ => Service::Order,
        }
    }
}

fn recorded(name: &str, text: &str) -> Answer {
    let (head, rest) = text.split_once("\n\n").unwrap_or_else(|| panic!("{name}: no head"));
    let (body, length) = rest.rsplit_once("---- body ").expect("a last line");
    let body = body.strip_suffix('\n').unwrap_or(body).to_owned();
    let length = length.split(' ').next().and_then(|length| length.parse().ok());
    assert_eq!(length, Some(body.len()), "{name} was damaged");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
    let headers = lines.filter_map(|line| line.split_once(':'));
    Answer {
        status: status.parse().unwrap(),
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        body,
    }
}
