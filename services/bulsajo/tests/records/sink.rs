//! How records get into what a fleet reads, past the fleet.

use std::fmt::Write as _;

use testkit::{
    Fleet,
    raw_records::{self, RawRecord},
};

/// Writes records as anyone may who reaches the broker, or the tables of the log.
pub(crate) fn write(fleet: &Fleet, records: &[RawRecord]) {
    match fleet.cell().brokers() {
        Some(brokers) => {
            for (partition, record) in (0..3).cycle().zip(records) {
                raw_records::write(&brokers, fleet.name(), partition, record);
            }
        }
        None => fleet.run_sql("log", &insertion(fleet, records)),
    }
}

/// Appends to the log as the fleet does: a partition's row is taken, and with it the next position.
fn insertion(fleet: &Fleet, records: &[RawRecord]) -> String {
    let postgres = fleet.cell().has_postgres();
    let mut sql = String::from(if postgres { "BEGIN;" } else { "BEGIN IMMEDIATE;" });
    for (partition, record) in (0..4).cycle().zip(records) {
        let text = |bytes: &[u8]| literal(bytes, postgres);
        let headers: Vec<(String, String)> = record
            .headers
            .iter()
            .map(|(name, value)| (lossy(name), lossy(value.as_deref().unwrap_or_default())))
            .collect();
        let headers = serde_json::to_string(&headers).expect("texts");
        let _ = write!(
            sql,
            "INSERT INTO log_partition (partition, next_position) VALUES ({partition}, 1) \
             ON CONFLICT (partition) DO UPDATE SET next_position = log_partition.next_position + 1; \
             INSERT INTO log_record (partition, position, key, headers, timestamp, payload) \
             SELECT {partition}, next_position - 1, {}, {}, {}, {} FROM log_partition \
             WHERE partition = {partition};",
            text(record.key.as_deref().unwrap_or_default()),
            text(headers.as_bytes()),
            record.timestamp,
            text(record.payload.as_deref().unwrap_or_default()),
        );
    }
    sql + "COMMIT"
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A text of SQL, whatever is in it. PostgreSQL has no texts with U+0000.
fn literal(bytes: &[u8], postgres: bool) -> String {
    let text = lossy(bytes);
    let text = if postgres { text.replace('\0', "\u{fffd}") } else { text };
    let hex = text.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    if postgres {
        format!("convert_from('\\x{hex}', 'UTF8')")
    } else {
        format!("CAST(x'{hex}' AS TEXT)")
    }
}
