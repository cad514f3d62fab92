//! PostgreSQL keeps a statement's plan. One that was made for a small table must not be used when
//! the table has become large: each statement would then read all of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use clap::Parser;
use sqlx::AssertSqlSafe;
use storage::{
    Connection, Database, DatabaseArgs, Dialect, Kind, Migration, Transaction, given, json,
};
use testkit::{Cell, unique_name};
use tokio::task::spawn_blocking;

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "things",
    sql: "CREATE TABLE thing (id IDENTITY, key BIGINT UNIQUE, state TEXT NOT NULL)",
}];

/// So many at first: enough for their statistics to be kept, and few enough to read all of them.
const FEW: i64 = 60;
const MANY: i64 = 20_000;
/// More than a connection needs to settle for a plan, for each of two.
const OFTEN: usize = 24;

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    database: DatabaseArgs,
}

async fn open(url: &str) -> Database {
    let words = ["test", "--database-url", url, "--database-connections", "2"];
    Settings::parse_from(words).database.open("things", MIGRATIONS).await.unwrap()
}

async fn run(sql: &str, db: &Database) {
    let mut tx = db.begin().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

fn fill(from: i64, to: i64) -> String {
    format!("INSERT INTO thing (key, state) SELECT n, 'new' FROM generate_series({from}, {to}) n")
}

async fn change_one(tx: &mut Transaction) {
    let update = "UPDATE thing SET state = $1 WHERE id = $2 AND state = $3";
    let update = sqlx::query(update).bind("new").bind(7_i64).bind("new");
    update.execute(&mut **tx).await.unwrap();
}

async fn change_three(tx: &mut Transaction) {
    let given = given(Dialect::Postgres, &[("key", Kind::Integer)]);
    let update = format!("UPDATE thing SET state = 'new' FROM {given} WHERE thing.key = given.key");
    let update = sqlx::query(AssertSqlSafe(update)).bind(json(&[[7], [8], [9]]).unwrap());
    update.execute(&mut **tx).await.unwrap();
}

/// How many rows this connection has read, as far as it has not told the server yet.
async fn read(tx: &mut Connection) -> i64 {
    let read = "SELECT (seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint \
        FROM pg_stat_xact_user_tables WHERE relname = 'thing'";
    sqlx::query_scalar(read).fetch_one(tx).await.unwrap()
}

/// The most rows that one of these changes has read, of one row and of three.
async fn change_often(db: &Database) -> (i64, i64) {
    let (mut one, mut three) = (0, 0);
    for _ in 0..OFTEN {
        let mut tx = db.begin().await.unwrap();
        let before = read(&mut tx).await;
        change_one(&mut tx).await;
        one = one.max(read(&mut tx).await - before);
        tx.commit().await.unwrap();
        let mut tx = db.begin_many().await.unwrap();
        let before = read(&mut tx).await;
        change_three(&mut tx).await;
        three = three.max(read(&mut tx).await - before);
        tx.commit().await.unwrap();
    }
    (one, three)
}

async fn rows_read(url: &str) -> (i64, i64) {
    let db = open(url).await;
    run(&fill(1, FEW), &db).await;
    run("ANALYZE thing", &db).await;
    change_often(&db).await;
    run(&fill(FEW + 1, MANY), &db).await;
    change_often(&db).await
}

#[tokio::test]
async fn a_statement_reads_what_it_needs_however_large_its_table_has_become() {
    let name = "a_statement_reads_what_it_needs_however_large_its_table_has_become";
    if !Cell::Minimal.is_available(name) {
        return;
    }
    let create = || testkit::Database::create(&Cell::Minimal.server().unwrap(), &unique_name());
    let database = spawn_blocking(create).await.unwrap();
    let (one, three) = rows_read(&database.url()).await;
    spawn_blocking(move || drop(database)).await.unwrap();
    assert!(one < FEW && three < FEW, "{one} and {three} rows were read, of {MANY}");
}
