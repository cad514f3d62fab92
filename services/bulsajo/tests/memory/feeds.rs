//! Live feeds: how many there may be, and what they cost.

use std::{fs, io::Write as _};

use testkit::{Connection, Fleet, eventually, fleet::Service::OrderTrace};

use crate::steps::{assert_small, head, letters, numbers};

/// Opens a feed and reads the head of its answer.
fn feed(fleet: &Fleet, headers: &str) -> (String, Connection) {
    let mut feed = Connection::open(fleet.addresses(OrderTrace)[0]).unwrap();
    let request = "GET /orderTraces/live HTTP/1.1\r\nHost: localhost";
    write!(feed.socket(), "{request}\r\n{headers}\r\n").unwrap();
    (head(&mut feed), feed)
}

/// Adds facts as another replica would: only the table tells of them.
fn add_facts(fleet: &Fleet, count: usize, letters_each: usize) {
    let facts = "INSERT INTO facts \
        (event_id, order_key, event_type, stage, occurred_at, heard_at, payload)";
    let payload = format!("'{{\"productName\":\"' || {} || '\"}}'", letters(fleet, letters_each));
    let row = format!("SELECT 'event ' || n, n, 'Paid', 1, n, n, {payload} FROM numbers");
    fleet.run_sql("ordertrace", &format!("{facts} {} {row}", numbers(count)));
}

/// The numbers of the next facts that a feed shows.
fn ids(feed: &mut Connection, count: usize) -> Vec<usize> {
    let mut ids = Vec::with_capacity(count);
    while ids.len() < count {
        let line = feed.line().unwrap();
        ids.extend(line.strip_prefix("id: ").map(|id| id.parse::<usize>().unwrap()));
    }
    ids
}

pub(crate) fn there_are_as_many_live_feeds_as_the_setting_says(fleet: &mut Fleet) {
    let mut feeds: Vec<_> = (0..20).map(|_| feed(fleet, "")).collect();
    assert!(feeds.iter().all(|(head, _)| head.contains(" 200 ")), "{}", feeds[0].0);

    let (refused, _) = feed(fleet, "");
    assert!(refused.contains(" 503 ") && refused.contains("retry-after: "), "{refused}");
    let refused = fleet.ask(OrderTrace, "GET", "/orderTraces/live", None);
    assert_eq!(refused.status, 503);
    assert!(refused.json()["hint"].as_str().unwrap().contains("LIVE_FEEDS"), "{}", refused.text());

    feeds.truncate(19);
    let (_, mut late) = eventually(|| {
        let (head, feed) = feed(fleet, "");
        if head.contains(" 200 ") { Ok((head, feed)) } else { Err(head) }
    });
    add_facts(fleet, 3, 10);
    assert_eq!(ids(&mut late, 3), [1, 2, 3]);
    for (_, feed) in &mut feeds {
        assert_eq!(ids(feed, 3), [1, 2, 3]);
    }
}

pub(crate) fn a_feed_that_nobody_reads_holds_up_neither_memory_nor_the_others(fleet: &mut Fleet) {
    const FACTS: usize = 3000;
    let (_, mut reader) = feed(fleet, "");
    let stuck: Vec<_> = (0..40).map(|_| feed(fleet, "")).collect();

    add_facts(fleet, FACTS, 18_000);

    assert_eq!(ids(&mut reader, FACTS), (1..=FACTS).collect::<Vec<_>>());
    let (_, mut again) = feed(fleet, "Last-Event-ID: 1000\r\n");
    assert_eq!(ids(&mut again, FACTS - 1000), (1001..=FACTS).collect::<Vec<_>>());
    assert_small(fleet, OrderTrace);
    drop(stuck);
}

/// CPU time of all threads of a process so far, in hundredths of a second.
fn cpu(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

pub(crate) fn idle_feeds_share_one_reader(fleet: &mut Fleet) {
    let pid = fleet.replica(OrderTrace, 1).pid();
    let feeds: Vec<_> = (0..200).map(|_| feed(fleet, "")).collect();
    let before = cpu(pid);

    // Each is idle until it says that it is still there: that is how long is measured.
    for (_, mut feed) in feeds {
        while feed.line().unwrap() != ":" {}
    }

    let spent = cpu(pid) - before;
    assert!(spent < 300, "200 idle feeds took {spent} hundredths of a second of CPU in 15 s");
    assert_small(fleet, OrderTrace);
}
