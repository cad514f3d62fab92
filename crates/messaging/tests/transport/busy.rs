//! A log whose database has no time, or whose clients take none.

use std::time::Duration;

use futures::TryStreamExt as _;
use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

use crate::worlds;

#[tokio::test]
async fn who_subscribes_meanwhile_waits() {
    let Some(world) = worlds::hasty_log("who_subscribes_meanwhile_waits").await else { return };
    let mut other = PgConnection::connect(&world.url()).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE log.log_group").execute(&mut other).await.unwrap();

    let mut member = world.transport.subscribe("busy");

    // Five times as long as a statement may take.
    let early = timeout(Duration::from_secs(1), &mut member).await;
    assert!(early.is_err(), "it gave up, or the table was not locked");
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    drop(member.await.unwrap());
    other.close().await.unwrap();
    world.end().await;
}

/// A machine that is gone takes no answers, and does not say so. What its change had in hand is
/// needed by others.
#[tokio::test]
async fn who_takes_no_answer_keeps_nothing_in_hand() {
    let Some(world) = worlds::hasty_log("who_takes_no_answer_keeps_nothing_in_hand").await else {
        return;
    };
    let mut other = PgConnection::connect(&world.url()).await.unwrap();
    let db = worlds::hasty_database(&world.url()).await;
    // More than all the buffers between the two can hold.
    let much = "CREATE TABLE taker.much AS SELECT id, repeat('much ', 400) AS text \
        FROM generate_series(1, 30000) AS id";
    sqlx::raw_sql(much).execute(&mut other).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    let mut rows = sqlx::query("SELECT text FROM much FOR UPDATE").fetch(&mut *tx);
    rows.try_next().await.unwrap().expect("a row");

    sqlx::raw_sql("SET statement_timeout = '30s'").execute(&mut other).await.unwrap();
    let changed = sqlx::raw_sql("UPDATE taker.much SET text = '' WHERE id = 1");
    changed.execute(&mut other).await.expect("the row is free");

    drop(rows);
    drop((tx, db));
    other.close().await.unwrap();
    world.end().await;
}
