//! The inbox: which events have been handled, so that one that comes again changes nothing.

use std::collections::HashSet;

use events::Envelope;
use sqlx::AssertSqlSafe;
use storage::{Dialect, Kind, given, json, json_rows};
use uuid::Uuid;

use crate::Transaction;

/// Remembers these facts as handled, and gives back those that had not been.
///
/// Which those are is the insert's own answer: another replica may handle the same facts at this
/// moment, after a rebalance, and then the insert waits until that has been committed or undone.
pub(crate) async fn first_time(
    facts: Vec<Envelope>,
    tx: &mut Transaction,
) -> sqlx::Result<Vec<Envelope>> {
    let mut unique = HashSet::new();
    let facts: Vec<Envelope> = facts.into_iter().filter(|fact| unique.insert(fact.id)).collect();
    let fresh: HashSet<Uuid> = match tx.dialect() {
        Dialect::Sqlite => insert_unknown(&facts, tx).await?,
        Dialect::Postgres => insert_and_tell(&facts, tx).await?,
    };
    Ok(facts.into_iter().filter(|fact| fresh.contains(&fact.id)).collect())
}

const INBOX: &[(&str, Kind)] = &[("event_id", Kind::Text)];

fn insert_into_inbox(dialect: Dialect) -> String {
    // `WHERE true` keeps SQLite from reading ON as the beginning of a join. In order, so that two
    // who insert the same facts do not wait for each other in a circle.
    format!(
        "INSERT INTO inbox (event_id, handled_at) SELECT event_id, {} FROM {} WHERE true \
         ORDER BY event_id ON CONFLICT DO NOTHING",
        dialect.now(),
        given(dialect, INBOX)
    )
}

fn inbox_rows(facts: &[Envelope]) -> sqlx::Result<String> {
    let rows: Vec<[Uuid; 1]> = facts.iter().map(|fact| [fact.id]).collect();
    json(&rows)
}

/// SQLite's transactions are alone, so it can look first; rows that an insert returns would cost
/// a trip through the driver each.
async fn insert_unknown(facts: &[Envelope], tx: &mut Transaction) -> sqlx::Result<HashSet<Uuid>> {
    let dialect = tx.dialect();
    let known = format!("inbox WHERE event_id IN (SELECT event_id FROM {})", given(dialect, INBOX));
    let rows = inbox_rows(facts)?;
    let known: Vec<[Uuid; 1]> =
        json_rows(dialect, "event_id", &known, tx, |query| query.bind(rows.clone())).await?;
    let insert = AssertSqlSafe(insert_into_inbox(dialect));
    sqlx::query(insert).bind(rows).execute(&mut **tx).await?;
    let known: HashSet<Uuid> = known.into_iter().map(|[id]| id).collect();
    Ok(facts.iter().map(|fact| fact.id).filter(|id| !known.contains(id)).collect())
}

async fn insert_and_tell(facts: &[Envelope], tx: &mut Transaction) -> sqlx::Result<HashSet<Uuid>> {
    let insert = insert_into_inbox(tx.dialect());
    let sql = format!(
        "WITH fresh AS ({insert} RETURNING event_id) \
         SELECT COALESCE(json_agg(event_id), '[]')::text FROM fresh"
    );
    let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(inbox_rows(facts)?);
    let fresh: String = query.fetch_one(&mut **tx).await?;
    serde_json::from_str(&fresh).map_err(|error| sqlx::Error::Decode(error.into()))
}
