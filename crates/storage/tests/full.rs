//! A file that has no room for more: that is an outage, and over when there is room again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use clap::Parser;
use sqlx::AssertSqlSafe;
use storage::{Database, DatabaseArgs, Error, Migration, is_outage};
use tempfile::TempDir;

const MIGRATIONS: &[Migration] =
    &[Migration { version: 1, name: "notes", sql: "CREATE TABLE note (id IDENTITY, text TEXT)" }];

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    database: DatabaseArgs,
}

fn settings(folder: &TempDir) -> DatabaseArgs {
    let url = format!("sqlite:{}", folder.path().display());
    Settings::parse_from(["test", "--database-url", &url]).database
}

async fn run(db: &Database, sql: String) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await?;
    tx.commit().await
}

/// Lets the file have so many pages at most.
async fn room(db: &Database, pages: u32) {
    run(db, format!("PRAGMA max_page_count = {pages}")).await.unwrap();
}

async fn note(db: &Database, bytes: usize) -> sqlx::Result<()> {
    run(db, format!("INSERT INTO note (text) VALUES (hex(zeroblob({bytes})))")).await
}

#[tokio::test]
async fn a_full_file_is_an_outage_until_there_is_room_again() {
    let folder = TempDir::new().unwrap();
    let db = settings(&folder).open("notes", MIGRATIONS).await.unwrap();
    note(&db, 10).await.unwrap();
    db.check().await.unwrap();
    room(&db, 1).await;

    let refused = note(&db, 400_000).await.unwrap_err();
    assert!(is_outage(&refused), "{refused:?}");
    // Others that share a commit with it are not told that they are kept, unless they are.
    let both = tokio::join!(note(&db, 1), note(&db, 400_000));
    assert!(both.1.as_ref().is_err_and(is_outage), "{both:?}");
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM note")
        .fetch_one(&mut *db.read().await.unwrap())
        .await
        .unwrap();
    assert_eq!(kept, if both.0.is_ok() { 2 } else { 1 });

    room(&db, 100_000).await;
    db.check().await.unwrap();
    note(&db, 400_000).await.unwrap();
}

#[tokio::test]
async fn a_file_belongs_to_one_process_and_a_shared_one_to_all() {
    let folder = TempDir::new().unwrap();
    let args = settings(&folder);
    let first = args.open("notes", MIGRATIONS).await.unwrap();
    let other = first.clone();

    let refused = args.open("notes", MIGRATIONS).await.unwrap_err();
    assert!(matches!(refused, Error::InUse { .. }), "{refused}");
    let told = refused.to_string();
    assert!(told.contains(&std::process::id().to_string()), "{told}");
    drop(first);
    args.open("notes", MIGRATIONS).await.unwrap_err();
    drop(other);
    args.open("notes", MIGRATIONS).await.unwrap();

    let shared = args.open_shared("common", MIGRATIONS).await.unwrap();
    let again = args.open_shared("common", MIGRATIONS).await.unwrap();
    note(&shared, 1).await.unwrap();
    note(&again, 1).await.unwrap();
}
