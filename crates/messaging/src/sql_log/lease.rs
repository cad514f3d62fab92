//! Who reads which partition: leases that members of a group take, renew and give back. They end by
//! the database's clock.

use sqlx::AssertSqlSafe;
use storage::{Connection, Database};

use super::PARTITIONS;

/// How long a member that says nothing keeps its partitions, in milliseconds.
const LEASE: i64 = 6_000;
/// No lease ends later than this, in milliseconds from now: one that does was written when the clock
/// was another, and holds nothing.
const LATEST: i64 = 2 * LEASE;
/// How often a member says that it is there, in milliseconds.
pub(super) const RENEWAL: u64 = 2_000;

/// Takes this member's share of the partitions: keeps what it has, takes what nobody holds, and
/// gives back what is over its share when others have joined.
pub(super) async fn renew(db: &Database, group: &str, member: &str) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    take_turns(db, group, &mut tx).await?;
    let now = storage::now(db.dialect, &mut tx).await?;
    let members = say_hello(group, member, now, &mut tx).await?;
    let share = (i64::from(PARTITIONS) + members - 1) / members;
    sqlx::query(
        "UPDATE log_group SET member = $1, lease_until = $2 WHERE name = $3 AND partition IN \
         (SELECT partition FROM log_group WHERE name = $3 AND (member IS NULL OR member = $1 \
          OR lease_until NOT BETWEEN $4 AND $6) ORDER BY CASE WHEN member = $1 THEN 0 ELSE 1 END, partition LIMIT $5)",
    )
    .bind(member)
    .bind(now + LEASE)
    .bind(group)
    .bind(now)
    .bind(share)
    .bind(now + LATEST)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "UPDATE log_group SET member = NULL WHERE name = $1 AND member = $2 AND lease_until < $3",
    )
    .bind(group)
    .bind(member)
    .bind(now + LEASE)
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// Waits until no other member shares out this group's partitions: two who look at the same time
/// would each take what the other has just taken.
async fn take_turns(db: &Database, group: &str, tx: &mut Connection) -> sqlx::Result<()> {
    let lock = db.dialect.for_update();
    let group_rows = format!(
        "SELECT count(*) FROM (SELECT partition FROM log_group WHERE name = $1 \
         ORDER BY partition{lock}) mine"
    );
    sqlx::query(AssertSqlSafe(group_rows)).bind(group).execute(tx).await.map(drop)
}

/// Says that this member is there; answers how many are, itself included.
async fn say_hello(group: &str, member: &str, now: i64, tx: &mut Connection) -> sqlx::Result<i64> {
    sqlx::query("DELETE FROM log_member WHERE name = $1 AND seen_at NOT BETWEEN $2 AND $3")
        .bind(group)
        .bind(now - LEASE)
        .bind(now + LATEST)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "INSERT INTO log_member (name, member, seen_at) VALUES ($1, $2, $3) \
         ON CONFLICT (name, member) DO UPDATE SET seen_at = $3",
    )
    .bind(group)
    .bind(member)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    sqlx::query_scalar("SELECT count(*) FROM log_member WHERE name = $1")
        .bind(group)
        .fetch_one(tx)
        .await
}

/// Makes sure that the group has an offset for every partition; a new group reads from the start.
pub(super) async fn enrol(db: &Database, group: &str) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    for partition in 0..i64::from(PARTITIONS) {
        sqlx::query(
            "INSERT INTO log_group (name, partition, position, member, lease_until) \
             VALUES ($1, $2, 0, NULL, 0) ON CONFLICT DO NOTHING",
        )
        .bind(group)
        .bind(partition)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await
}

/// Gives everything back, so that others need not wait until the lease runs out.
pub(super) async fn leave(db: &Database, group: &str, member: &str) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query("UPDATE log_group SET member = NULL WHERE name = $1 AND member = $2")
        .bind(group)
        .bind(member)
        .execute(&mut *tx)
        .await?;
    sqlx::query("DELETE FROM log_member WHERE name = $1 AND member = $2")
        .bind(group)
        .bind(member)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}
