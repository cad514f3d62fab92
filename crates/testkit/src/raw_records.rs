//! Records written into a topic of Kafka byte for byte, as no client library would write them.
//!
//! Kafka's protocol, as little of it as that takes: `Produce` in version 3, whose batches have the
//! format that every broker since 0.11 knows.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use crate::eventually;

/// How long a broker may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// A topic that was just made is not known everywhere yet.
const NOT_YET: [i16; 3] = [3, 5, 6];

/// A record of any bytes.
#[derive(Debug, Clone, Default)]
pub struct RawRecord {
    pub key: Option<Vec<u8>>,
    pub headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    pub payload: Option<Vec<u8>>,
}

/// Writes this record into a partition of a topic.
pub fn write(brokers: &str, topic: &str, partition: i32, record: &RawRecord) {
    let broker = brokers.split(',').next().expect("a broker");
    let request = produce(topic, partition, &batch(record));
    eventually(|| match exchange(broker, &request) {
        Ok(0) => Ok(()),
        Ok(code) if NOT_YET.contains(&code) => Err(format!("Kafka answers with {code}")),
        Ok(code) => panic!("Kafka refuses the record with {code}"),
        Err(error) => Err(error.to_string()),
    });
}

/// Sends a request for one partition, and gives back its error code.
fn exchange(broker: &str, request: &[u8]) -> io::Result<i16> {
    let mut stream = TcpStream::connect(broker)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; usize::try_from(u32::from_be_bytes(length)).expect("it fits")];
    stream.read_exact(&mut answer)?;
    // Correlation id, one topic, its name, one partition, its number: then the code.
    let name = usize::from(u16::from_be_bytes([answer[8], answer[9]]));
    let code = 10 + name + 4 + 4;
    Ok(i16::from_be_bytes([answer[code], answer[code + 1]]))
}

fn produce(topic: &str, partition: i32, batch: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend([0, 0, 0, 3, 0, 0, 0, 1]);
    body.extend((-1_i16).to_be_bytes());
    // No transaction, the leader's acknowledgement, ten seconds.
    body.extend((-1_i16).to_be_bytes());
    body.extend(1_i16.to_be_bytes());
    body.extend(10_000_i32.to_be_bytes());
    body.extend(1_i32.to_be_bytes());
    body.extend(i16::try_from(topic.len()).expect("a short name").to_be_bytes());
    body.extend(topic.as_bytes());
    body.extend(1_i32.to_be_bytes());
    body.extend(partition.to_be_bytes());
    body.extend(length(batch.len()).to_be_bytes());
    body.extend(batch);
    [&length(body.len()).to_be_bytes()[..], &body].concat()
}

/// A batch of one record.
fn batch(record: &RawRecord) -> Vec<u8> {
    let mut checked = Vec::new();
    checked.extend(0_i16.to_be_bytes());
    checked.extend(0_i32.to_be_bytes());
    checked.extend(record.timestamp.to_be_bytes());
    checked.extend(record.timestamp.to_be_bytes());
    // No producer that has an identity.
    checked.extend((-1_i64).to_be_bytes());
    checked.extend((-1_i16).to_be_bytes());
    checked.extend((-1_i32).to_be_bytes());
    checked.extend(1_i32.to_be_bytes());
    checked.extend(encoded(record));
    let mut batch = 0_i64.to_be_bytes().to_vec();
    batch.extend(length(checked.len() + 9).to_be_bytes());
    batch.extend((-1_i32).to_be_bytes());
    batch.push(2);
    batch.extend(crc32c(&checked).to_be_bytes());
    batch.extend(checked);
    batch
}

fn encoded(record: &RawRecord) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0];
    bytes_of(record.key.as_deref(), &mut bytes);
    bytes_of(record.payload.as_deref(), &mut bytes);
    varint(i64::from(length(record.headers.len())), &mut bytes);
    for (name, value) in &record.headers {
        bytes_of(Some(name), &mut bytes);
        bytes_of(value.as_deref(), &mut bytes);
    }
    let mut whole = Vec::new();
    varint(i64::from(length(bytes.len())), &mut whole);
    whole.extend(bytes);
    whole
}

fn length(bytes: usize) -> i32 {
    i32::try_from(bytes).expect("less than 2 GiB")
}

/// Bytes behind their length; what is not there has the length -1.
fn bytes_of(part: Option<&[u8]>, to: &mut Vec<u8>) {
    varint(part.map_or(-1, |it| length(it.len()).into()), to);
    to.extend(part.unwrap_or_default());
}

/// Seven bits a byte, the sign in the lowest.
fn varint(number: i64, to: &mut Vec<u8>) {
    let mut rest = ((number << 1) ^ (number >> 63)).cast_unsigned();
    while rest > 0x7f {
        to.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    to.push(rest.to_le_bytes()[0]);
}

/// Castagnoli's checksum.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 }
        })
    };
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_castagnolis() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn numbers_are_zigzag_encoded() {
        let of = |number| {
            let mut bytes = Vec::new();
            varint(number, &mut bytes);
            bytes
        };
        assert_eq!([of(0), of(-1), of(1), of(150)], [vec![0], vec![1], vec![2], vec![0xac, 2]]);
    }
}
