//! Publishing: a fact is stored with the change that caused it, then relayed.

use std::{
    collections::HashMap,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use events::{Envelope, Event, Style};
use sqlx::{Any, AssertSqlSafe, any::AnyArguments, query::QueryScalar};
use storage::{Connection, Database, Dialect, Kind, given, given_as, json};
use tokio::sync::Notify;
use trace::{TRACEPARENT, TraceContext};
use uuid::Uuid;

use crate::{Record, Transport, record::StoredFact};

/// The one way to change a service's state: facts told in a [`Transaction`] are published if and
/// only if it commits.
#[derive(Clone)]
pub struct Outbox {
    pub(crate) db: Database,
    style: Style,
    pub(crate) wake: Arc<Notify>,
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

    /// Begins a change that is a single statement and tells nothing.
    pub async fn begin_single(&self) -> sqlx::Result<storage::Transaction> {
        self.db.begin_single().await
    }

    /// Makes a change and tells a fact of it, if the change finds anything to change; gives back
    /// the number that it returned, which is also told to `fact`. `change` is one statement with
    /// `RETURNING id`, in which each parameter has one place.
    ///
    /// On PostgreSQL both are one statement, and so one round trip instead of four.
    pub async fn change_and_tell(
        &self,
        change: &'static str,
        bind: impl FnOnce(Statement) -> Statement,
        fact: impl FnOnce(i64) -> Envelope,
    ) -> sqlx::Result<Option<i64>> {
        if self.db.dialect == Dialect::Postgres && self.direct.is_none() {
            return self.change_and_tell_at_once(change, bind, fact).await;
        }
        let mut tx = self.begin().await?;
        let id = bind(sqlx::query_scalar(change)).fetch_optional(&mut *tx).await?;
        // Undone when nothing changed: a row that was refused would use up a number all the same.
        let Some(id) = id else { return Ok(None) };
        tx.told.push(fact(id));
        tx.commit().await?;
        Ok(Some(id))
    }

    async fn change_and_tell_at_once(
        &self,
        change: &'static str,
        bind: impl FnOnce(Statement) -> Statement,
        fact: impl FnOnce(i64) -> Envelope,
    ) -> sqlx::Result<Option<i64>> {
        // The fact is written before its number is known: there, this one stands in its place.
        // Within a text of the fact, quotation marks look different.
        const UNKNOWN: i64 = i64::MIN;
        let payload =
            format!(r#"replace(payload, '"id":{UNKNOWN},', '"id":' || change.id || ',')"#);
        let trace = TraceContext::current().map(|cause| cause.next().to_string());
        let row = outbox_row(&fact(UNKNOWN), self.style, trace)?;
        let given = given_as(self.db.dialect, change.matches('$').count() + 1, OUTBOX);
        let told = insertion(&payload, &format!("{given}, change"));
        let sql = format!("WITH change AS ({change}), told AS ({told}) SELECT id FROM change");
        let mut connection = self.db.begin_single().await?;
        let statement = bind(sqlx::query_scalar(AssertSqlSafe(sql))).bind(json(&[row])?);
        let id = statement.fetch_optional(&mut *connection).await?;
        // Behind a pooler a single statement has a transaction, too.
        connection.commit().await?;
        if id.is_some() {
            self.wake.notify_one();
        }
        Ok(id)
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

    /// Facts about the same orders as these, and the records they came in, belong to the same
    /// traces.
    pub(crate) fn continue_traces<'a>(
        &mut self,
        heard: impl Iterator<Item = (&'a Envelope, &'a Record)>,
    ) {
        let trace = |record: &Record| record.header(TRACEPARENT)?.parse::<TraceContext>().ok();
        let traces = heard.filter_map(|(fact, it)| Some((fact.event.key(), trace(it)?)));
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
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.tx
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Connection {
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

/// A statement that returns a number, and whose parameters are being bound.
pub type Statement = QueryScalar<'static, Any, i64, AnyArguments>;

async fn insert(rows: &[OutboxRow], dialect: Dialect, tx: &mut Connection) -> sqlx::Result<()> {
    let sql = insertion("payload", &given(dialect, OUTBOX));
    sqlx::query(AssertSqlSafe(sql)).bind(json(rows)?).execute(tx).await.map(drop)
}

const OUTBOX: &[(&str, Kind)] = &[
    ("event_id", Kind::Text),
    ("key", Kind::Text),
    ("event_type", Kind::Text),
    ("occurred_at", Kind::Integer),
    ("payload", Kind::Text),
    ("trace", Kind::Text),
];

/// The statement that keeps facts.
fn insertion(payload: &str, from: &str) -> String {
    format!(
        "INSERT INTO outbox (event_id, key, event_type, occurred_at, payload, trace) \
         SELECT event_id, key, event_type, occurred_at, {payload}, trace FROM {from}"
    )
}
