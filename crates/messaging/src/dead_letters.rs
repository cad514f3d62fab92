//! Dead letters: facts set aside, to be looked at, tried again or thrown away.

use std::{future::Future, pin::Pin, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;

use crate::{Outbox, Policy, Received, Record, kept, record};

/// A fact that could not be handled.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
pub struct DeadLetter {
    pub id: i64,
    pub event_id: String,
    pub key: String,
    pub event_type: String,
    /// Milliseconds since 1970.
    pub occurred_at: i64,
    /// The body as it came, readable or not, as far as it is kept.
    pub payload: String,
    /// Which partition and offset it was read from.
    pub origin: String,
    /// Why it could not be handled, the last time.
    pub reason: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Milliseconds since 1970.
    pub parked_at: i64,
}

const COLUMNS: &str = "id, event_id, key, event_type, occurred_at, payload, origin, reason, \
    attempts, parked_at";

/// What a list says of a dead letter: all but its body, and of long texts the beginning.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
pub struct Summary {
    pub id: i64,
    pub event_id: String,
    pub key: String,
    pub event_type: String,
    pub occurred_at: i64,
    /// How large the body is that is kept.
    pub payload_bytes: i64,
    pub origin: String,
    pub reason: String,
    pub attempts: i64,
    pub parked_at: i64,
}

const SUMMARY: &str = "id, event_id, substr(key, 1, 100) AS key, \
    substr(event_type, 1, 100) AS event_type, occurred_at, octet_length(payload) AS payload_bytes, \
    substr(origin, 1, 100) AS origin, substr(reason, 1, 400) AS reason, attempts, parked_at";
const SUMMARY_COLUMNS: &str = "id, event_id, key, event_type, occurred_at, payload_bytes, origin, \
    reason, attempts, parked_at";

type Replayed<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send + 'a>>;
type Replay = Arc<dyn Fn(DeadLetter) -> Replayed<'static> + Send + Sync>;

/// The dead letters of one service.
#[derive(Clone)]
pub struct DeadLetters {
    outbox: Outbox,
    replay: Replay,
}

impl DeadLetters {
    pub fn new<P: Policy>(policy: Arc<P>, outbox: Outbox) -> Self {
        let again = outbox.clone();
        let replay: Replay = Arc::new(move |letter| {
            let (policy, outbox) = (policy.clone(), again.clone());
            Box::pin(async move { replay(&*policy, &outbox, letter).await })
        });
        Self { outbox, replay }
    }

    /// How many there are.
    pub async fn count(&self) -> sqlx::Result<i64> {
        let db = self.outbox.db();
        sqlx::query_scalar("SELECT count(*) FROM dead_letter")
            .fetch_one(&mut *db.read().await?)
            .await
    }

    /// The oldest ones with a larger number than `after`, at most `limit`, without their bodies.
    pub async fn list(&self, after: i64, limit: usize) -> sqlx::Result<Vec<Summary>> {
        // Selected before they become JSON, so that no body is read.
        let from = format!(
            "(SELECT {SUMMARY} FROM dead_letter WHERE id > $1 ORDER BY id LIMIT {limit}) AS page"
        );
        self.outbox.db().rows(SUMMARY_COLUMNS, &from, |query| query.bind(after)).await
    }

    /// The oldest one with a larger number than `after`.
    pub async fn next(&self, after: i64) -> sqlx::Result<Option<DeadLetter>> {
        Ok(self.read("dead_letter WHERE id > $1 ORDER BY id LIMIT 1", after).await?.pop())
    }

    /// The number of the latest one, 0 if there is none.
    pub async fn latest(&self) -> sqlx::Result<i64> {
        let latest = "SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) FROM dead_letter";
        sqlx::query_scalar(latest).fetch_one(&mut *self.outbox.db().read().await?).await
    }

    pub async fn find(&self, id: i64) -> sqlx::Result<Option<DeadLetter>> {
        Ok(self.read("dead_letter WHERE id = $1", id).await?.pop())
    }

    /// Tries one again. If it fails it stays, with the new reason, and this says why.
    pub async fn replay(&self, letter: DeadLetter) -> anyhow::Result<()> {
        (self.replay)(letter).await
    }

    /// Throws one away; false if there is none.
    pub async fn discard(&self, id: i64) -> sqlx::Result<bool> {
        let delete = sqlx::query("DELETE FROM dead_letter WHERE id = $1").bind(id);
        let mut tx = self.outbox.begin().await?;
        let found = delete.execute(&mut *tx).await?.rows_affected() == 1;
        tx.commit().await?;
        Ok(found)
    }

    async fn read(&self, from: &str, parameter: i64) -> sqlx::Result<Vec<DeadLetter>> {
        let db = self.outbox.db();
        db.rows(COLUMNS, from, |query| query.bind(parameter)).await
    }
}

/// A dead letter has come back through the transport: it is tried again, if it still is one.
pub(crate) async fn readmit<P: Policy>(
    policy: &P,
    outbox: &Outbox,
    event_id: &str,
) -> anyhow::Result<()> {
    let db = outbox.db();
    let from = "dead_letter WHERE event_id = $1";
    let id = event_id.to_owned();
    let mut letters: Vec<DeadLetter> = db.rows(COLUMNS, from, |query| query.bind(id)).await?;
    match letters.pop() {
        Some(letter) => replay(policy, outbox, letter).await,
        None => Ok(()),
    }
}

/// Sets a fact aside, and remembers it as handled, so that a redelivery is not parked twice.
pub(crate) async fn park(
    received: &Received,
    reason: &anyhow::Error,
    attempts: u32,
    outbox: &Outbox,
) -> anyhow::Result<()> {
    let Received { partition, offset, record, .. } = received;
    let event_id = record::event_id(record).to_string();
    let now = Timestamp::now().as_millisecond();
    let mut tx = outbox.begin().await?;
    let first = format!(
        "INSERT INTO inbox (event_id, handled_at) VALUES ($1, {}) ON CONFLICT DO NOTHING",
        tx.dialect().now()
    );
    let first = sqlx::query(AssertSqlSafe(first));
    if first.bind(&event_id).execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(());
    }
    let reason = kept::reason(reason);
    tracing::error!(reason, event_id, "a fact goes to the dead letters");
    let cut = kept::cut(&record.payload);
    sqlx::query(
        "INSERT INTO dead_letter (event_id, key, event_type, occurred_at, payload, origin, reason, \
         attempts, parked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(event_id)
    .bind(kept::field(&record.key))
    .bind(kept::field(record.header(record::TYPE).unwrap_or("unknown")))
    .bind(record.timestamp)
    .bind(kept::body(&record.payload))
    .bind(format!("partition {partition}, offset {offset}{cut}"))
    .bind(reason)
    .bind(i64::from(attempts))
    .bind(now)
    .execute(&mut *tx)
    .await?;
    Ok(tx.commit().await?)
}

async fn replay<P: Policy>(policy: &P, outbox: &Outbox, letter: DeadLetter) -> anyhow::Result<()> {
    let id = letter.id;
    let outcome = react_again(policy, outbox, letter).await;
    match &outcome {
        Ok(()) => policy.committed(),
        Err(error) => {
            let mut tx = outbox.begin().await?;
            sqlx::query(
                "UPDATE dead_letter SET reason = $1, attempts = attempts + 1 WHERE id = $2",
            )
            .bind(kept::reason(error))
            .bind(id)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
        }
    }
    outcome
}

/// Reacts and forgets the letter in one transaction: two who replay at once react once.
async fn react_again<P: Policy>(
    policy: &P,
    outbox: &Outbox,
    letter: DeadLetter,
) -> anyhow::Result<()> {
    let record = Record {
        key: letter.key,
        headers: vec![(record::EVENT_ID.to_owned(), letter.event_id)],
        timestamp: letter.occurred_at,
        payload: letter.payload.into_bytes(),
    };
    let fact = record::read(&record)?;
    let mut tx = outbox.begin().await?;
    let delete = sqlx::query("DELETE FROM dead_letter WHERE id = $1").bind(letter.id);
    if delete.execute(&mut *tx).await?.rows_affected() == 1 {
        if policy.wants(&fact.event) {
            policy.react(&fact, &mut tx).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}
