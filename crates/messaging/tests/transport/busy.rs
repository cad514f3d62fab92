//! A log whose database has no time.

use std::time::Duration;

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
