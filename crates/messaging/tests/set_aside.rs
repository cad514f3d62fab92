//! What can never be handled is set aside at once, whatever it is, and what comes behind it is handled;
//! what the database is to blame for waits. A second attempt would come an hour later here.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use clap::Parser;
use events::{Envelope, Style};
use messaging::{
    DeadLetters, MIGRATIONS, MessagingArgs, Outbox, Policy, Reactor, Record, SqlLog, Transaction,
    Transport as _,
};
use storage::DatabaseArgs;
use tempfile::TempDir;
use testkit::{Cell, Database, unique_name};
use tokio::{task::spawn_blocking, time::timeout};

/// The order whose events end in a panic.
const UNLUCKY: i64 = 13;
/// The order that no database is there for.
const UNLIT: i64 = 404;

/// How long a batch may take. Machines are busy, and an hour is far away.
const AT_ONCE: Duration = Duration::from_mins(1);

/// Which orders it heard of, of those that it can hear of now.
#[derive(Default)]
struct Listener {
    heard: Mutex<BTreeSet<i64>>,
    lit: Mutex<bool>,
}

impl Policy for Listener {
    const GROUP: &'static str = "listener";

    async fn react(&self, fact: &Envelope, _: &mut Transaction) -> anyhow::Result<()> {
        let order = fact.event.order_id().unwrap_or_default();
        assert!(order != UNLUCKY, "order {order} is unlucky");
        if order == UNLIT && !*self.lit.lock().unwrap() {
            return Err(sqlx::Error::PoolTimedOut.into());
        }
        self.heard.lock().unwrap().insert(order);
        Ok(())
    }
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    messaging: MessagingArgs,
}

struct World {
    log: SqlLog,
    listener: Arc<Listener>,
    letters: DeadLetters,
    reactor: Reactor<Listener>,
    database: Option<Database>,
    _folder: TempDir,
}

impl World {
    async fn on(cell: Cell, test: &str) -> Option<Self> {
        if !cell.is_available(test) {
            return None;
        }
        let folder = TempDir::new().unwrap();
        let database =
            spawn_blocking(move || cell.server().map(|it| Database::create(&it, &unique_name())));
        let database = database.await.unwrap();
        let file = format!("sqlite:{}", folder.path().display());
        let url = database.as_ref().map_or(file, Database::url);
        let settings =
            Settings::parse_from(["test", "--database-url", &url, "--reaction-backoff", "1h"]);
        let db = settings.database.open("listener", MIGRATIONS).await.unwrap();
        let (outbox, log) =
            (Outbox::new(db, Style::default()), SqlLog::open(&settings.database).await.unwrap());
        let listener = Arc::<Listener>::default();
        let letters = DeadLetters::new(listener.clone(), outbox.clone());
        let subscription = log.subscribe(Listener::GROUP).await.unwrap();
        let reactor = Reactor::new(listener.clone(), outbox, subscription, &settings.messaging);
        Some(Self { log, listener, letters, reactor, database, _folder: folder })
    }

    async fn publish(&self, payloads: &[&str]) {
        // One partition, so that each comes behind the one before it.
        let record = |(payload, number): (&&str, i64)| Record {
            key: "k\0".to_owned(),
            headers: vec![("type".to_owned(), "Ord\0ered".to_owned()), ("\0".into(), "\0".into())],
            timestamp: number,
            payload: payload.as_bytes().to_vec(),
        };
        let records: Vec<Record> = payloads.iter().zip(1..).map(record).collect();
        self.log.publish(&records).await.unwrap();
    }

    fn heard(&self) -> Vec<i64> {
        self.listener.heard.lock().unwrap().iter().copied().collect()
    }

    async fn end(self) {
        let Self { database, log, reactor, letters, .. } = self;
        drop((log, reactor, letters));
        spawn_blocking(move || drop(database)).await.unwrap();
    }
}

fn ordered(id: i64) -> String {
    format!(r#"{{"eventType":"Ordered","timestamp":"20260102030405","id":{id}}}"#)
}

async fn whatever_it_is(cell: Cell, test: &str) {
    let Some(mut world) = World::on(cell, test).await else { return };
    let long = format!(r#"{{"eventType":"Ordered","id":"{}"}}"#, "y".repeat(700_000));
    let never: [(&str, &str); 7] = [
        ("gar\0bage", "this is not a fact"),
        ("", "EOF"),
        (&ordered(-5), "id: -5 is no id"),
        (&ordered(i64::MIN), "is no id"),
        (r#"{"eventType":"Ordered","id":7,"productName":"\u0000"}"#, "productName: text must not"),
        (&ordered(UNLUCKY), "handling it panicked: order 13 is unlucky"),
        (&long, "invalid type: string"),
    ];
    let (first, last) = (ordered(1), ordered(i64::MAX));
    let all = never.iter().map(|(payload, _)| *payload);
    let all: Vec<&str> = [&*first].into_iter().chain(all).chain([&*last]).collect();
    world.publish(&all).await;

    while world.log.lag(Listener::GROUP).await.unwrap() > 0 {
        let handled = timeout(AT_ONCE, world.reactor.step(100)).await;
        handled.expect("nothing is tried again").unwrap();
    }

    assert_eq!(world.heard(), [1, i64::MAX]);
    let letters = world.letters.list(0, 100).await.unwrap();
    let mut reasons: Vec<&str> = never.iter().map(|(_, reason)| *reason).collect();
    for letter in &letters {
        assert_eq!(letter.attempts, 1, "{letter:?}");
        assert_eq!((&*letter.key, &*letter.event_type), ("k\u{fffd}", "Ord\u{fffd}ered"));
        let place = reasons.iter().position(|reason| letter.reason.contains(reason));
        reasons.remove(place.unwrap_or_else(|| panic!("{letter:?}")));
    }
    assert_eq!(reasons, <[&str; 0]>::default(), "{letters:?}");
    let longest = letters.iter().map(|it| it.payload_bytes).max();
    assert_eq!(longest, Some(512 * 1024));
    world.end().await;
}

async fn what_the_database_is_to_blame_for(cell: Cell, test: &str) {
    let Some(mut world) = World::on(cell, test).await else { return };
    world.publish(&[&ordered(1), &ordered(UNLIT), &ordered(2)]).await;

    for _ in 0..3 {
        let waits = timeout(AT_ONCE, world.reactor.step(100)).await.expect("it waits elsewhere");
        assert!(waits.is_err(), "{waits:?}");
        assert!(world.reactor.blockage().check().is_err());
        assert_eq!(world.letters.count().await.unwrap(), 0);
    }
    *world.listener.lit.lock().unwrap() = true;
    timeout(AT_ONCE, world.reactor.step(100)).await.expect("it is there").unwrap();

    assert_eq!(world.heard(), [1, 2, UNLIT]);
    assert_eq!(world.letters.count().await.unwrap(), 0);
    assert!(world.reactor.blockage().check().is_ok());
    world.end().await;
}

#[tokio::test]
async fn what_can_never_be_handled_is_set_aside_at_once() {
    whatever_it_is(Cell::Embedded, "").await;
}

#[tokio::test]
async fn what_can_never_be_handled_is_set_aside_at_once_on_postgresql() {
    let test = "what_can_never_be_handled_is_set_aside_at_once_on_postgresql";
    whatever_it_is(Cell::Minimal, test).await;
}

#[tokio::test]
async fn what_the_database_is_to_blame_for_waits() {
    what_the_database_is_to_blame_for(Cell::Embedded, "").await;
}

#[tokio::test]
async fn what_the_database_is_to_blame_for_waits_on_postgresql() {
    let test = "what_the_database_is_to_blame_for_waits_on_postgresql";
    what_the_database_is_to_blame_for(Cell::Minimal, test).await;
}
