//! What a transport does, whichever it is.

use std::{collections::BTreeMap, time::Duration};

use messaging::{Received, Record, Subscription, Transport};

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

/// Waits for a batch that is not empty.
async fn some(member: &mut dyn Subscription, max: usize) -> Vec<Received> {
    loop {
        let batch = member.next(max).await.unwrap();
        if !batch.is_empty() {
            return batch;
        }
    }
}

/// Reads until so many records have come, and commits each batch.
async fn read(member: &mut dyn Subscription, count: usize) -> Vec<Received> {
    let mut all = Vec::new();
    while all.len() < count {
        let batch = some(member, 7).await;
        member.commit(&batch).await.unwrap();
        all.extend(batch);
    }
    all
}

/// Waits until the group has this many records to handle.
async fn lag_becomes(transport: &dyn Transport, group: &'static str, expected: i64) {
    testkit::eventually_async(async || match transport.lag(group).await {
        Ok(found) if found == expected => Ok(()),
        found => Err(format!("the lag is {found:?}, not {expected}")),
    })
    .await;
}

pub(crate) async fn records_of_one_key_come_in_the_order_in_which_they_were_published(
    transport: &dyn Transport,
) {
    let mut member = transport.subscribe("readers").await.unwrap();
    for round in 0..10 {
        let batch: Vec<Record> = (0..9).map(|key| record(key, round)).collect();
        transport.publish(&batch).await.unwrap();
    }

    let read = by_key(&read(&mut *member, 90).await);

    let expected: Vec<String> = (0..10).map(|number| number.to_string()).collect();
    assert_eq!(read.len(), 9);
    assert!(read.values().all(|numbers| *numbers == expected), "{read:?}");
    lag_becomes(transport, "readers", 0).await;
}

pub(crate) async fn records_without_a_key_go_to_all_partitions_in_turn(transport: &dyn Transport) {
    let mut member = transport.subscribe("readers").await.unwrap();
    let keyless = |number| Record { key: String::new(), ..record(0, number) };
    for number in 0..12 {
        transport.publish(&[keyless(number)]).await.unwrap();
    }

    let mut counts: BTreeMap<i32, usize> = BTreeMap::new();
    for received in read(&mut *member, 12).await {
        assert_eq!(received.record.key, "");
        *counts.entry(received.partition).or_default() += 1;
    }

    assert!(counts.len() > 1, "{counts:?}");
    assert!(counts.values().all(|count| *count == 12 / counts.len()), "{counts:?}");
}

pub(crate) async fn positions_have_no_gaps_however_many_publish_at_once(transport: &dyn Transport) {
    let batches: Vec<Vec<Record>> =
        (0..8).map(|writer| (0..20).map(|key| record(key, writer)).collect()).collect();

    let published = batches.iter().map(|batch| transport.publish(batch));
    for outcome in futures::future::join_all(published).await {
        outcome.unwrap();
    }

    let mut member = transport.subscribe("readers").await.unwrap();
    let mut positions: BTreeMap<i32, Vec<i64>> = BTreeMap::new();
    for received in read(&mut *member, 160).await {
        positions.entry(received.partition).or_default().push(received.offset);
    }
    for positions in positions.values() {
        assert!(positions.iter().copied().eq(0..positions.len().try_into().unwrap()));
    }
}

pub(crate) async fn what_was_not_committed_comes_again_and_what_was_does_not(
    transport: &dyn Transport,
) {
    transport.publish(&[record(1, 0), record(1, 1)]).await.unwrap();
    let mut first = transport.subscribe("readers").await.unwrap();
    let batch = some(&mut *first, 1).await;
    first.commit(&batch).await.unwrap();
    some(&mut *first, 10).await;
    first.leave().await.unwrap();

    let mut second = transport.subscribe("readers").await.unwrap();
    let batch = some(&mut *second, 10).await;

    assert_eq!(by_key(&batch)["1"], ["1"]);
    assert_eq!(transport.lag("readers").await.unwrap(), 1);
}

/// The database was away: the same records come again, in their order, before any other.
pub(crate) async fn what_was_handed_out_and_not_committed_is_handed_out_again(
    transport: &dyn Transport,
) {
    let mut member = transport.subscribe("readers").await.unwrap();
    let numbers: Vec<Record> = (0..6).map(|number| record(1, number)).collect();
    transport.publish(&numbers[..3]).await.unwrap();
    let first = some(&mut *member, 2).await;
    transport.publish(&numbers[3..]).await.unwrap();

    let mut again = some(&mut *member, 2).await;

    assert_eq!(by_key(&again)["1"][..first.len()], by_key(&first)["1"]);
    member.commit(&again).await.unwrap();
    while again.len() < 6 {
        let more = some(&mut *member, 2).await;
        member.commit(&more).await.unwrap();
        again.extend(more);
    }
    assert_eq!(by_key(&again)["1"], ["0", "1", "2", "3", "4", "5"]);
}

pub(crate) async fn each_group_reads_everything(transport: &dyn Transport) {
    transport.publish(&[record(1, 0)]).await.unwrap();

    for group in ["one", "two"] {
        let mut member = transport.subscribe(group).await.unwrap();
        let batch = some(&mut *member, 10).await;
        assert_eq!(batch.len(), 1, "{group}");
        assert_eq!(*batch[0].record, record(1, 0));
    }
}

/// A second member joins while the first one works: each gets some of the partitions, and when the
/// second one leaves, the first one has all of them again.
pub(crate) async fn members_of_a_group_share_the_partitions(transport: &dyn Transport) {
    let mut first = transport.subscribe("readers").await.unwrap();
    transport.publish(&[record(0, 0)]).await.unwrap();
    read(&mut *first, 1).await;
    let mut second = transport.subscribe("readers").await.unwrap();

    let mut served = BTreeMap::new();
    let mut number = 0;
    while served.len() < 2 {
        number += 1;
        let everywhere: Vec<Record> = (0..20).map(|key| record(key, number)).collect();
        transport.publish(&everywhere).await.unwrap();
        for (name, member) in [("first", &mut first), ("second", &mut second)] {
            let waited = tokio::time::timeout(Duration::from_millis(300), member.next(100)).await;
            let batch = waited.map_or(Vec::new(), Result::unwrap);
            member.commit(&batch).await.unwrap();
            if !batch.is_empty() {
                served.insert(name, batch.len());
            }
        }
        assert!(number < 200, "only {served:?}");
    }

    second.leave().await.unwrap();
    let all = (0..20).map(|key| record(key, 1000)).collect::<Vec<_>>();
    transport.publish(&all).await.unwrap();
    let mut last = std::collections::BTreeSet::new();
    while last.len() < 20 {
        let batch = some(&mut *first, 100).await;
        first.commit(&batch).await.unwrap();
        let newest = batch.iter().filter(|it| it.record.payload == b"1000");
        last.extend(newest.map(|it| it.record.key.clone()));
    }
}
