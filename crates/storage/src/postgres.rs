//! A PostgreSQL server: a schema a service, and connections that come back by themselves.

use std::{
    sync::Weak,
    time::{Duration, Instant},
};

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, postgres::PgListener};
use tokio::sync::watch;

use crate::{
    Connection, Database, DatabaseArgs, DatabaseUrl, Dialect, Error, Lease, Migration,
    hindrance::Hindrance,
    migrate,
    outage::Trouble,
    pool::{Connect, Pool},
    pooler,
    totals::Totals,
};

/// How long a change waits for a free connection, or for a server that is just restarting.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long to wait before asking a server again that did not answer.
const PAUSE: Duration = Duration::from_millis(500);
/// How often to say that the server is still not there.
const REMINDER: Duration = Duration::from_secs(10);

pub(crate) async fn open(
    args: &DatabaseArgs,
    url: &str,
    name: &str,
    migrations: &[Migration],
) -> Result<Database, Error> {
    let shown = format!("{} (schema {name})", DatabaseUrl::Postgres(url.to_owned()));
    let failed = |reason| Error::Open { url: shown.clone(), reason: pooler::explained(reason) };
    let mut first = wait_for(url, &shown, args.database_wait.into()).await.map_err(failed)?;
    let shares = args.database_pooler.shares(url).await.map_err(failed)?;
    if shares {
        tracing::info!("{shown} is behind a pooler: each use of it is a transaction of its own");
        migrate::run_in_transaction(
            &mut first,
            &make_schema(name, "SET LOCAL"),
            &shown,
            migrations,
        )
        .await?;
    } else {
        let schema = AssertSqlSafe(make_schema(name, "SET"));
        sqlx::raw_sql(schema).execute(&mut first).await.map_err(failed)?;
        migrate::run(&mut first, Dialect::Postgres, &shown, migrations).await?;
    }
    let _ = first.close().await;
    let (trouble, totals) = (Trouble::default(), Totals::default());
    let pool = pool(args, url, name, shares, trouble.clone());
    let hindrance = Hindrance::default();
    let writer = None;
    Ok(Database {
        pool,
        dialect: Dialect::Postgres,
        writer,
        totals,
        hindrance,
        trouble,
        _claim: None,
    })
}

/// Connects once the server is there. Wrong credentials, or a database that does not exist, will
/// not come right by waiting.
async fn wait_for(url: &str, shown: &str, patience: Duration) -> sqlx::Result<AnyConnection> {
    let began = Instant::now();
    let mut remind_at = began;
    loop {
        let error = match AnyConnection::connect(url).await {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        if !is_temporary(&error) || began.elapsed() > patience {
            return Err(error);
        }
        if Instant::now() >= remind_at {
            tracing::warn!(%error, "waiting for {shown}");
            remind_at = Instant::now() + REMINDER;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn is_temporary(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        // "the database system is starting up", and "too many clients already".
        sqlx::Error::Database(error) => {
            matches!(error.code().as_deref(), Some("57P03" | "53300"))
        }
        _ => false,
    }
}

/// Makes the schema if need be. Replicas that start together take turns; a role that may not
/// create schemas can use one that was made for it.
fn make_schema(name: &str, set: &str) -> String {
    format!(
        "SELECT pg_advisory_xact_lock(hashtext('bulsajo schema'));
         DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = '{name}') THEN
                CREATE SCHEMA \"{name}\";
            END IF;
         END $$;
         {set} search_path = \"{name}\""
    )
}

fn pool(args: &DatabaseArgs, url: &str, name: &str, shared: bool, trouble: Trouble) -> Pool {
    let limit: Duration = args.database_statement_timeout.into();
    let millis = limit.as_millis();
    // To PostgreSQL 0 is no limit.
    let statement_timeout = (millis > 0).then_some(limit);
    let settings = settings(name, millis);
    let with = |set: &str| settings.iter().map(|it| format!("{set} {it}")).collect::<Vec<_>>();
    let setup =
        (!shared).then(|| format!("{}; SET tcp_user_timeout = {millis}", with("SET").join("; ")));
    let connect = Connect { url: url.to_owned(), setup, statement_timeout, trouble };
    let pool = Pool::new(connect, args.database_connections, PATIENCE);
    if shared { pool.opening(format!("BEGIN; {}", with("SET LOCAL").join("; "))) } else { pool }
}

/// What holds for a connection, or for a transaction.
fn settings(name: &str, statement_timeout: u128) -> [String; 6] {
    [
        format!("search_path = \"{name}\""),
        format!("application_name = 'bulsajo {name}'"),
        format!("statement_timeout = {statement_timeout}"),
        // A plan is kept with its prepared statement. One that was made while a table had a page or
        // two would read all of it, and would still do so when the table has become large. And what
        // is used often is in memory, where any page is as near as the next.
        "enable_seqscan = off".to_owned(),
        "random_page_cost = 1.1".to_owned(),
        // A transaction that is open and idle belongs to a process that hangs: others need its
        // locks. So does one whose answer nobody takes: `tcp_user_timeout` ends that.
        format!("idle_in_transaction_session_timeout = {statement_timeout}"),
    ]
}

/// A transaction on a connection of its own.
///
/// Not sqlx's: when that is dropped while BEGIN is under way, as happens when a client goes away,
/// the connection goes back to the pool with its transaction open.
pub struct Open {
    connection: Option<Lease>,
}

pub(crate) const BEGIN: &str = "BEGIN";
/// Statements on many rows are planned each time: which plan is right depends on how many rows the
/// table has by now. One that is kept since there were few joins with the whole table ever after.
pub(crate) const BEGIN_MANY: &str = "BEGIN; SET LOCAL plan_cache_mode = force_custom_plan";

/// Begins a transaction, on another connection if the first ones turn out to be lost.
pub(crate) async fn begin(pool: &Pool, how: &'static str) -> sqlx::Result<Open> {
    let how = match &pool.opening {
        Some(opening) => &how.replacen(BEGIN, opening, 1),
        None => how,
    };
    let mut tries = pool.most();
    loop {
        let mut open = Open { connection: Some(pool.acquire().await?) };
        match run(how, open.connection_mut()).await {
            Ok(()) => return Ok(open),
            Err(error) => {
                open.give_up();
                tries -= 1;
                if tries == 0 || !crate::is_outage(&error) {
                    return Err(error);
                }
            }
        }
    }
}

async fn run(sql: &str, connection: &mut Connection) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.map(drop)
}

impl Open {
    pub(crate) fn connection(&self) -> &Connection {
        self.connection.as_ref().expect("it is there until the end")
    }

    pub(crate) fn connection_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("it is there until the end")
    }

    pub(crate) async fn commit(mut self) -> sqlx::Result<()> {
        let committed = run("COMMIT", self.connection_mut()).await;
        match &committed {
            Ok(()) => self.connection.take().into_iter().for_each(|connection| {
                connection.is_well();
                connection.done();
            }),
            Err(_) => self.give_up(),
        }
        committed
    }

    /// The connection may be in any state: better a new one.
    fn give_up(&mut self) {
        self.connection.take().into_iter().for_each(Lease::close);
    }
}

/// A change that is dropped is undone, whatever it was in the middle of.
#[expect(clippy::disallowed_methods, reason = "it ends with the answer to one statement")]
impl Drop for Open {
    fn drop(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            tokio::spawn(async move {
                match run("ROLLBACK", &mut connection).await {
                    Ok(()) => connection.done(),
                    Err(_) => connection.close(),
                }
            });
        }
    }
}

/// Counts what is notified on `channel`, until nobody looks at the count any more. Notifications
/// get lost while the connection is away: whoever uses this also polls.
#[expect(clippy::disallowed_methods, reason = "it ends when nobody looks any more")]
pub(crate) fn listen(url: String, channel: &'static str, heard: Weak<watch::Sender<u64>>) {
    tokio::spawn(async move {
        while heard.strong_count() > 0 {
            if let Err(error) = count(&url, channel, &heard).await {
                tracing::debug!(%error, "nothing is heard of PostgreSQL's notifications");
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
}

async fn count(url: &str, channel: &str, heard: &Weak<watch::Sender<u64>>) -> sqlx::Result<()> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(channel).await?;
    while let Some(heard) = heard.upgrade() {
        heard.send_modify(|count| *count += 1);
        drop(heard);
        // None: the connection was lost, and is there again; something may have been missed.
        let _ = listener.try_recv().await?;
    }
    Ok(())
}
