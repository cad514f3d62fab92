//! Marks: how far something had come at a time.

use std::collections::BTreeMap;

use serde::Deserialize;
use sqlx::AssertSqlSafe;
use storage::{Connection, Dialect, Kind, given, json, json_rows};

/// How many marks of a kind are kept at most. Where none ever comes of age, as with a topic that
/// keeps its records for ever, the newest one is replaced from then on.
const MOST: usize = 128;

/// The part that every mark has: with it, a mark of nothing is a mark as well.
const ITSELF: i64 = -1;

/// How far each part of something had come, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Milliseconds since 1970, by the database's clock.
    pub taken_at: i64,
    /// By part: the first position that is not covered.
    pub upto: BTreeMap<i64, i64>,
}

/// The marks of one kind in one database, newest first.
#[derive(Debug)]
pub struct Marks {
    kind: &'static str,
    dialect: Dialect,
    all: Vec<Mark>,
}

#[derive(Deserialize)]
struct Row(i64, i64, i64);

impl Marks {
    /// Reads the marks of this kind.
    pub async fn read(
        kind: &'static str,
        dialect: Dialect,
        connection: &mut Connection,
    ) -> sqlx::Result<Self> {
        let from = "retention_mark WHERE kind = $1 ORDER BY taken_at DESC";
        let rows: Vec<Row> =
            json_rows(dialect, "taken_at, part, upto", from, connection, |query| {
                query.bind(kind.to_owned())
            })
            .await?;
        let mut all: Vec<Mark> = Vec::new();
        for Row(taken_at, part, upto) in rows {
            if all.last().is_none_or(|last| last.taken_at != taken_at) {
                all.push(Mark { taken_at, upto: BTreeMap::new() });
            }
            if let Some(last) = all.last_mut().filter(|_| part != ITSELF) {
                last.upto.insert(part, upto);
            }
        }
        Ok(Self { kind, dialect, all })
    }

    /// Whether the newest mark is older than this by so many milliseconds.
    pub fn is_due(&self, at: i64, spacing: i64) -> bool {
        self.all.first().is_none_or(|newest| at.saturating_sub(newest.taken_at) >= spacing)
    }

    /// Keeps a mark, which is newer than all others.
    pub async fn take(
        &mut self,
        taken_at: i64,
        upto: BTreeMap<i64, i64>,
        tx: &mut Connection,
    ) -> sqlx::Result<()> {
        if self.all.len() >= MOST {
            let newest = self.all.remove(0);
            self.delete("taken_at = $2", newest.taken_at, tx).await?;
        }
        let given = given(
            self.dialect,
            &[("taken_at", Kind::Integer), ("part", Kind::Integer), ("upto", Kind::Integer)],
        );
        let sql = format!(
            "INSERT INTO retention_mark (kind, taken_at, part, upto) \
             SELECT $2, taken_at, part, upto FROM {given} WHERE true ON CONFLICT DO NOTHING"
        );
        let parts = upto.iter().map(|(part, upto)| (taken_at, *part, *upto));
        let rows: Vec<_> = parts.chain([(taken_at, ITSELF, 0)]).collect();
        sqlx::query(AssertSqlSafe(sql)).bind(json(&rows)?).bind(self.kind).execute(tx).await?;
        self.all.insert(0, Mark { taken_at, upto });
        Ok(())
    }

    /// The newest mark of which this is true.
    pub fn newest(&self, is_so: impl Fn(&Mark) -> bool) -> Option<Mark> {
        self.all.iter().find(|mark| is_so(mark)).cloned()
    }

    /// Removes marks that are older than this one, which covers all that they cover.
    pub async fn forget_before(&self, mark: &Mark, tx: &mut Connection) -> sqlx::Result<()> {
        let has_older = self.all.last().is_some_and(|oldest| oldest.taken_at < mark.taken_at);
        if has_older { self.delete("taken_at < $2", mark.taken_at, tx).await } else { Ok(()) }
    }

    async fn delete(&self, which: &str, at: i64, tx: &mut Connection) -> sqlx::Result<()> {
        let sql = format!("DELETE FROM retention_mark WHERE kind = $1 AND {which}");
        sqlx::query(AssertSqlSafe(sql)).bind(self.kind).bind(at).execute(tx).await.map(drop)
    }
}
