//! Changes that are made at the same time: each is whole or not there, and durable once told so.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use clap::Parser;
use storage::{Database, DatabaseArgs, Migration, Transaction};
use tempfile::TempDir;

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "notes",
    sql: "CREATE TABLE note (id IDENTITY, text TEXT UNIQUE)",
}];

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    database: DatabaseArgs,
}

async fn open(folder: &TempDir) -> Database {
    let url = format!("sqlite:{}", folder.path().display());
    let settings = Settings::parse_from(["test", "--database-url", &url]);
    settings.database.open("notes", MIGRATIONS).await.unwrap()
}

async fn note(text: &str, tx: &mut Transaction) -> sqlx::Result<()> {
    let insert = sqlx::query("INSERT INTO note (text) VALUES ($1)").bind(text.to_owned());
    insert.execute(&mut **tx).await.map(drop)
}

async fn notes(db: &Database) -> Vec<String> {
    sqlx::query_scalar("SELECT text FROM note ORDER BY id")
        .fetch_all(&mut *db.read().await.unwrap())
        .await
        .unwrap()
}

/// Makes a change while others wait for their turn, so that one commit holds them all.
async fn change(db: &Database, text: &str, keep: bool) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    note(text, &mut tx).await?;
    if keep { tx.commit().await } else { Ok(()) }
}

#[tokio::test]
async fn a_change_that_is_dropped_takes_no_other_with_it() {
    let folder = TempDir::new().unwrap();
    let db = open(&folder).await;

    let all = tokio::join!(
        change(&db, "a", true),
        change(&db, "b", false),
        change(&db, "c", true),
        change(&db, "d", false),
        change(&db, "e", true),
    );

    assert!([all.0, all.1, all.2, all.3, all.4].iter().all(Result::is_ok));
    assert_eq!(notes(&db).await, ["a", "c", "e"]);
}

#[tokio::test]
async fn a_statement_that_fails_fails_its_own_change_only() {
    let folder = TempDir::new().unwrap();
    let db = open(&folder).await;

    let (first, second, third) =
        tokio::join!(change(&db, "a", true), change(&db, "a", true), change(&db, "b", true));

    assert!(first.is_ok() && second.is_err() && third.is_ok());
    assert_eq!(notes(&db).await, ["a", "b"]);
}

#[tokio::test]
async fn the_first_change_can_be_dropped_too() {
    let folder = TempDir::new().unwrap();
    let db = open(&folder).await;

    let (first, second) = tokio::join!(change(&db, "a", false), change(&db, "b", true));

    assert!(first.is_ok() && second.is_ok());
    assert_eq!(notes(&db).await, ["b"]);
}

#[tokio::test]
async fn who_stops_waiting_for_a_turn_holds_nobody_up() {
    let folder = TempDir::new().unwrap();
    let db = open(&folder).await;
    let held = db.begin().await.unwrap();
    {
        let waiting = std::pin::pin!(db.begin());
        assert!(futures::poll!(waiting).is_pending());
    }
    drop(held);

    change(&db, "a", true).await.unwrap();

    assert_eq!(notes(&db).await, ["a"]);
}

#[tokio::test]
async fn what_was_committed_is_there_when_the_file_is_opened_again() {
    let folder = TempDir::new().unwrap();
    change(&open(&folder).await, "a", true).await.unwrap();

    assert_eq!(notes(&open(&folder).await).await, ["a"]);
}
