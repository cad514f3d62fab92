//! The SQL log as a transport: order, offsets, groups.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use std::collections::BTreeMap;

use clap::Parser;
use messaging::{Received, Record, SqlLog, Subscription, Transport};
use storage::DatabaseArgs;
use tempfile::TempDir;

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    database: DatabaseArgs,
}

async fn log(folder: &TempDir) -> SqlLog {
    let url = format!("sqlite:{}", folder.path().display());
    let settings = Settings::parse_from(["test", "--database-url", &url]);
    SqlLog::open(&settings.database).await.unwrap()
}

fn record(key: usize, number: usize) -> Record {
    let headers = vec![("type".to_owned(), "Paid".to_owned())];
    let payload = number.to_string().into_bytes();
    Record { key: key.to_string(), headers, timestamp: 7, payload }
}

/// What was read, by key, in the order in which it came.
fn by_key(received: &[Received]) -> BTreeMap<String, Vec<String>> {
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Received { record, .. } in received {
        let number = String::from_utf8(record.payload.clone()).unwrap();
        keys.entry(record.key.clone()).or_default().push(number);
    }
    keys
}

/// Reads until so many records have come, and commits each batch.
async fn read(member: &mut dyn Subscription, count: usize) -> Vec<Received> {
    let mut all = Vec::new();
    while all.len() < count {
        let batch = member.next(7).await.unwrap();
        member.commit(&batch).await.unwrap();
        all.extend(batch);
    }
    all
}

#[tokio::test]
async fn records_of_one_key_come_in_the_order_in_which_they_were_published() {
    let folder = TempDir::new().unwrap();
    let log = log(&folder).await;
    let mut member = log.subscribe("readers").await.unwrap();
    for round in 0..10 {
        let batch: Vec<Record> = (0..9).map(|key| record(key, round)).collect();
        log.publish(&batch).await.unwrap();
    }

    let read = by_key(&read(&mut *member, 90).await);

    let expected: Vec<String> = (0..10).map(|number| number.to_string()).collect();
    assert_eq!(read.len(), 9);
    assert!(read.values().all(|numbers| *numbers == expected), "{read:?}");
    assert_eq!(log.lag("readers").await.unwrap(), 0);
}

#[tokio::test]
async fn positions_have_no_gaps_however_many_publish_at_once() {
    let folder = TempDir::new().unwrap();
    let log = log(&folder).await;
    let batches: Vec<Vec<Record>> =
        (0..8).map(|writer| (0..20).map(|key| record(key, writer)).collect()).collect();

    futures::future::join_all(batches.iter().map(|batch| log.publish(batch))).await;

    let mut member = log.subscribe("readers").await.unwrap();
    let mut positions: BTreeMap<i32, Vec<i64>> = BTreeMap::new();
    for received in read(&mut *member, 160).await {
        positions.entry(received.partition).or_default().push(received.offset);
    }
    for positions in positions.values() {
        assert!(positions.iter().copied().eq(0..positions.len().try_into().unwrap()));
    }
}

#[tokio::test]
async fn what_was_not_committed_comes_again_and_what_was_does_not() {
    let folder = TempDir::new().unwrap();
    let log = log(&folder).await;
    log.publish(&[record(1, 0), record(1, 1)]).await.unwrap();
    let mut first = log.subscribe("readers").await.unwrap();
    let batch = first.next(1).await.unwrap();
    first.commit(&batch).await.unwrap();
    first.next(10).await.unwrap();
    drop(first);

    let mut second = log.subscribe("readers").await.unwrap();
    let batch = second.next(10).await.unwrap();

    assert_eq!(by_key(&batch)["1"], ["1"]);
    assert_eq!(log.lag("readers").await.unwrap(), 1);
}

#[tokio::test]
async fn each_group_reads_everything() {
    let folder = TempDir::new().unwrap();
    let log = log(&folder).await;
    log.publish(&[record(1, 0)]).await.unwrap();

    for group in ["one", "two"] {
        let mut member = log.subscribe(group).await.unwrap();
        let batch = member.next(10).await.unwrap();
        assert_eq!(batch.len(), 1, "{group}");
        assert_eq!(*batch[0].record, record(1, 0));
    }
}
