//! Publishing: a fact is stored with the change that caused it, then relayed.

use std::{
    collections::HashMap,
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};

use events::{Envelope, Event, Style};
use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe};
use storage::{Database, Dialect, Kind, given, json, json_rows};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use trace::{TRACEPARENT, TraceContext};
use uuid::Uuid;

use crate::{Record, Transport, pace::Pace, record::StoredFact};

/// How long a fact may wait when its wake-up was lost, or another process told it.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How long to wait before trying a transport again that failed.
const BACKOFF: Duration = Duration::from_millis(500);
/// How many facts go out together at most.
const BATCH: usize = 256;

/// The one way to change a service's state: facts told in a [`Transaction`] are published if and
/// only if it commits.
#[derive(Clone)]
pub struct Outbox {
    db: Database,
    style: Style,
    wake: Arc<Notify>,
    /// Where facts go at once, without the guard of an outbox.
    direct: Option<Arc<dyn Transport>>,
}

/// A change under way.
#[must_use = "dropping it undoes everything"]
pub struct Transaction {
    tx: storage::Transaction,
    told: Vec<Envelope>,
    traces: HashMap<String, TraceContext>,
    outbox: Outbox,
}

impl Outbox {
    pub fn new(db: Database, style: Style) -> Self {
        Self { db, style, wake: Arc::default(), direct: None }
    }

    /// Takes the guard away that this type is named for: facts are published after the change is
    /// committed, and lost when that fails.
    #[must_use]
    pub fn unguarded(mut self, transport: Arc<dyn Transport>) -> Self {
        self.direct = Some(transport);
        self
    }

    /// Begins a change.
    pub async fn begin(&self) -> sqlx::Result<Transaction> {
        Ok(self.transaction(self.db.begin().await?))
    }

    /// Begins a change that handles many facts at once.
    pub(crate) async fn begin_many(&self) -> sqlx::Result<Transaction> {
        Ok(self.transaction(self.db.begin_many().await?))
    }

    fn transaction(&self, tx: storage::Transaction) -> Transaction {
        Transaction { tx, told: Vec::new(), traces: HashMap::new(), outbox: self.clone() }
    }

    pub fn db(&self) -> &Database {
        &self.db
    }

    /// How many facts wait to be published.
    pub async fn depth(&self) -> sqlx::Result<i64> {
        sqlx::query_scalar("SELECT count(*) FROM outbox")
            .fetch_one(&mut *self.db.read().await?)
            .await
    }
}

impl Transaction {
    /// Tells a fact that happens with this change.
    pub fn tell(&mut self, event: Event) {
        self.told.push(Envelope::seal(event));
    }

    /// Tells a fact that happened at `occurred_at`, before this change could record it.
    pub fn tell_at(&mut self, event: Event, occurred_at: Timestamp) {
        self.told.push(Envelope::seal_at(event, occurred_at));
    }

    /// Facts about the same orders as these records belong to the same traces.
    pub(crate) fn continue_traces<'a>(&mut self, records: impl Iterator<Item = &'a Record>) {
        let trace = |record: &Record| record.header(TRACEPARENT)?.parse::<TraceContext>().ok();
        let traces = records.filter_map(|it| Some((it.key.clone(), trace(it)?)));
        self.traces.extend(traces);
    }

    fn trace_of(&self, fact: &Envelope) -> Option<String> {
        let cause = TraceContext::current().or_else(|| self.traces.get(&fact.event.key()).copied());
        cause.map(|cause| cause.next().to_string())
    }

    /// Which SQL this database speaks.
    pub fn dialect(&self) -> Dialect {
        self.outbox.db.dialect
    }

    /// Makes the change and its facts durable, together.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        let row = |fact| outbox_row(fact, self.outbox.style, self.trace_of(fact));
        let facts = self.told.iter().map(row).collect::<sqlx::Result<Vec<_>>>()?;
        if facts.is_empty() {
            return self.tx.commit().await;
        }
        if let Some(transport) = &self.outbox.direct {
            self.tx.commit().await?;
            publish_or_lose(facts, &**transport).await;
            return Ok(());
        }
        insert(&facts, self.dialect(), &mut self.tx).await?;
        self.tx.commit().await?;
        self.outbox.wake.notify_one();
        Ok(())
    }
}

impl Deref for Transaction {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.tx
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.tx
    }
}

/// An outbox row: event id, key, type, time in milliseconds, body, trace.
type OutboxRow = (Uuid, String, &'static str, i64, String, Option<String>);

fn outbox_row(fact: &Envelope, style: Style, trace: Option<String>) -> sqlx::Result<OutboxRow> {
    let payload = serde_json::to_string(&fact.wire(style))
        .map_err(|error| sqlx::Error::Encode(error.into()))?;
    let (name, at) = (fact.event.name(style), fact.occurred_at.as_millisecond());
    Ok((fact.id, fact.event.key(), name, at, payload, trace))
}

/// What a service does that has no outbox.
async fn publish_or_lose(facts: Vec<OutboxRow>, transport: &dyn Transport) {
    let records: Vec<Record> = facts.into_iter().map(record).collect();
    if let Err(error) = transport.publish(&records).await {
        let (error, lost) = (format!("{error:#}"), records.len());
        tracing::warn!(error, lost, "facts are lost: OUTBOX=off");
    }
}

fn record((event_id, key, event_type, occurred_at, payload, trace): OutboxRow) -> Record {
    let (id, event_id, event_type) = (0, event_id.to_string(), event_type.to_owned());
    StoredFact { id, event_id, key, event_type, occurred_at, payload, trace }.into_record()
}

async fn insert(rows: &[OutboxRow], dialect: Dialect, tx: &mut AnyConnection) -> sqlx::Result<()> {
    const COLUMNS: &[(&str, Kind)] = &[
        ("event_id", Kind::Text),
        ("key", Kind::Text),
        ("event_type", Kind::Text),
        ("occurred_at", Kind::Integer),
        ("payload", Kind::Text),
        ("trace", Kind::Text),
    ];
    let sql = format!(
        "INSERT INTO outbox (event_id, key, event_type, occurred_at, payload, trace) \
         SELECT event_id, key, event_type, occurred_at, payload, trace FROM {}",
        given(dialect, COLUMNS)
    );
    sqlx::query(AssertSqlSafe(sql)).bind(json(rows)?).execute(tx).await.map(drop)
}

/// Moves facts from the outbox to the transport, oldest first, at least once.
pub struct Relay {
    outbox: Outbox,
    transport: Arc<dyn Transport>,
}

impl Relay {
    pub fn new(outbox: Outbox, transport: Arc<dyn Transport>) -> Self {
        Self { outbox, transport }
    }

    /// Runs until `drain` is cancelled, then sends what is left once more; what cannot be sent
    /// waits in the outbox for the next run.
    pub async fn run(self, drain: CancellationToken) -> anyhow::Result<()> {
        let (mut failing, mut pace) = (false, Pace::new());
        loop {
            let wait = match self.step().await {
                Ok(BATCH) => continue,
                Ok(sent) => {
                    failing = false;
                    pace.after(sent).await;
                    POLL_INTERVAL
                }
                Err(error) => {
                    if !failing {
                        tracing::warn!(error = format!("{error:#}"), "facts wait in the outbox");
                    }
                    failing = true;
                    BACKOFF
                }
            };
            tokio::select! {
                () = drain.cancelled() => break,
                () = self.outbox.wake.notified(), if !failing => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.step().await.map(drop).or_else(|error| {
            tracing::warn!(error = format!("{error:#}"), "facts stay in the outbox");
            Ok(())
        })
    }

    /// Sends the oldest facts, then forgets them; says how many there were.
    ///
    /// On PostgreSQL the rows stay locked until the transport has them, so that replicas neither
    /// send twice nor overtake each other. SQLite has one relay a file.
    pub async fn step(&self) -> anyhow::Result<usize> {
        let db = &self.outbox.db;
        match db.dialect {
            Dialect::Sqlite => {
                let facts = oldest(db, &mut *db.read().await?).await?;
                let ids = self.publish(facts).await?;
                if !ids.is_empty() {
                    let mut tx = db.begin().await?;
                    forget(&ids, db.dialect, &mut tx).await?;
                    tx.commit().await?;
                }
                Ok(ids.len())
            }
            Dialect::Postgres => {
                let mut tx = db.begin_many().await?;
                let facts = oldest(db, &mut tx).await?;
                let ids = self.publish(facts).await?;
                forget(&ids, db.dialect, &mut tx).await?;
                tx.commit().await?;
                Ok(ids.len())
            }
        }
    }

    async fn publish(&self, facts: Vec<StoredFact>) -> anyhow::Result<Vec<i64>> {
        let ids: Vec<i64> = facts.iter().map(|fact| fact.id).collect();
        if !ids.is_empty() {
            let records: Vec<_> = facts.into_iter().map(StoredFact::into_record).collect();
            self.transport.publish(&records).await?;
        }
        Ok(ids)
    }
}

async fn oldest(db: &Database, connection: &mut AnyConnection) -> sqlx::Result<Vec<StoredFact>> {
    let from = format!("outbox ORDER BY id LIMIT {BATCH}{}", db.dialect.for_update());
    json_rows(db.dialect, StoredFact::COLUMNS, &from, connection, |query| query).await
}

/// Deletes exactly these rows: a row with a smaller id may have been committed meanwhile.
async fn forget(ids: &[i64], dialect: Dialect, connection: &mut AnyConnection) -> sqlx::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<[i64; 1]> = ids.iter().map(|id| [*id]).collect();
    let given = given(dialect, &[("id", Kind::Integer)]);
    let sql = format!("DELETE FROM outbox WHERE id IN (SELECT id FROM {given})");
    sqlx::query(AssertSqlSafe(sql)).bind(json(&rows)?).execute(connection).await.map(drop)
}
