//! Retention between all other steps, and what there was before it removed something.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use messaging::{
    Outbox, SqlLog, Transport,
    retention::{Cleaner, InboxSweep, LogSweep, Sweep},
};
use ordertrace::TimelineSweep;
use sqlx::AnyPool;
use storage::Database;

use crate::check::{in_the_log, in_the_timelines};

/// As good as none: what can be removed at all is old enough.
const RETENTION: Duration = Duration::from_millis(1);

/// More passes than any mark needs to come of age.
const PASSES: usize = 8;

const SERVICES: [&str; 4] = ["order", "payment", "delivery", "ordertrace"];

/// Counts how often the effects of an event were committed, with those effects.
const HANDLED: &str = "CREATE TABLE handled (event_id TEXT NOT NULL);
    CREATE TRIGGER count_handled AFTER INSERT ON inbox
    BEGIN INSERT INTO handled (event_id) VALUES (new.event_id); END";

pub(crate) struct Keeper {
    /// Of order, payment, delivery, ordertrace.
    cleaners: Vec<Cleaner>,
    /// Every fact that was in the log before something was removed.
    pub(crate) published: BTreeMap<String, (String, String)>,
    /// Every fact that was in the timelines before something was removed.
    pub(crate) consumed: BTreeSet<String>,
}

impl Keeper {
    pub(crate) async fn new(outboxes: &[Outbox; 4], log: &SqlLog) -> Self {
        for outbox in outboxes {
            let mut tx = outbox.begin().await.unwrap();
            sqlx::raw_sql(HANDLED).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        let cleaner = |(outbox, name): (&Outbox, &'static str)| {
            let transport: Arc<dyn Transport> = Arc::new(log.clone());
            let mut sweeps: Vec<Box<dyn Sweep>> = vec![
                Box::new(LogSweep::new(outbox.clone(), transport.clone(), name)),
                Box::new(InboxSweep::new(outbox.clone(), transport)),
            ];
            if name == "ordertrace" {
                sweeps.push(Box::new(TimelineSweep::new(outbox.db().clone())));
            }
            Cleaner::new(RETENTION, sweeps)
        };
        let cleaners = outboxes.iter().zip(SERVICES).map(cleaner).collect();
        Self { cleaners, published: BTreeMap::new(), consumed: BTreeSet::new() }
    }

    /// Remembers what there is, before some of it is removed.
    pub(crate) async fn look(&mut self, log: &AnyPool, ordertrace: &Outbox) {
        self.published.extend(in_the_log(log).await);
        self.consumed.extend(in_the_timelines(ordertrace).await);
    }

    /// One batch of one kind.
    pub(crate) async fn step(&mut self, service: usize, sweep: usize) {
        let sweeps = if service == 3 { 3 } else { 2 };
        self.cleaners[service].step(sweep % sweeps).await.unwrap();
    }

    /// Everything that can be removed.
    pub(crate) async fn finish(&mut self, db: &Database) {
        for _ in 0..PASSES {
            until_old(db).await;
            for service in 0..SERVICES.len() {
                for sweep in 0..3 {
                    self.step(service, sweep).await;
                }
            }
        }
    }
}

/// Completes when the databases' clock has passed the retention: what is there now is old by then.
async fn until_old(db: &Database) {
    let mut connection = db.read().await.unwrap();
    let begun = storage::now(db.dialect, &mut connection).await.unwrap();
    let retention = i64::try_from(RETENTION.as_millis()).unwrap();
    while storage::now(db.dialect, &mut connection).await.unwrap() <= begun + retention {
        tokio::task::yield_now().await;
    }
}
