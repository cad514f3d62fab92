//! Opening a service's database, and telling clearly why it cannot be opened.

use std::{
    fmt::Write as _,
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::sync::watch;

use crate::{
    Database, DatabaseUrl, Dialect, Error, Migration,
    claim::Claim,
    hindrance::Hindrance,
    migrate,
    outage::Trouble,
    pool::{Connect, Pool},
    pooler::Pooler,
    postgres,
    totals::Totals,
    writer::Writer,
};

/// Where state is kept.
#[derive(Debug, Clone, clap::Args)]
pub struct DatabaseArgs {
    /// Where state is kept: `sqlite:<folder>` (a file a service) or `postgres://…` (a schema a
    /// service).
    #[arg(long, env, default_value = "sqlite:./data", hide_env_values = true)]
    pub database_url: DatabaseUrl,

    /// How many connections each replica of a service may open to PostgreSQL, and as many again
    /// for the log of a fleet without Kafka (a server allows 100 unless a setting changes that). SQLite
    /// always has one writer.
    #[arg(long, env, default_value_t = 6, value_parser = clap::value_parser!(u32).range(2..=500))]
    pub database_connections: u32,

    /// How long a start waits for PostgreSQL to answer, before the process gives up.
    #[arg(long, env, default_value = "60s")]
    pub database_wait: humantime::Duration,

    /// How long PostgreSQL may take for one statement, and how long a transaction may stay idle;
    /// with 0s there is no limit, and one that has fallen silent is waited for as long as TCP does.
    #[arg(long, env, default_value = "10s")]
    pub database_statement_timeout: humantime::Duration,

    /// Whether a pooler between us and PostgreSQL lends a connection for one transaction only, as
    /// `PgBouncer` does with `pool_mode=transaction`; `auto` finds it out at the start.
    #[arg(long, env, default_value = "auto", hide_possible_values = true)]
    #[arg(value_name = "auto|none|transaction")]
    pub database_pooler: Pooler,
}

/// Readers of a SQLite file: more of them than cores only cost memory.
const SQLITE_READERS: u32 = 2;

const READ_ONLY: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -1024;";

/// How long whoever reads or writes a SQLite file waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a change waits for another process that writes to the same SQLite file.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
    PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -1024; \
    PRAGMA journal_size_limit = 4194304;";

impl DatabaseArgs {
    /// Where state is, and whose it is: what replicas can expect of each other.
    pub fn about(&self) -> String {
        match &self.database_url {
            url @ DatabaseUrl::Folder(_) => format!("{url}: this replica's own state"),
            url @ DatabaseUrl::Postgres(_) => format!("{url}: shared by all replicas"),
        }
    }

    /// Counts in `heard` what PostgreSQL notifies on `channel`; where there is no PostgreSQL,
    /// nothing does.
    pub fn listen(&self, channel: &'static str, heard: &Arc<watch::Sender<u64>>) {
        if let DatabaseUrl::Postgres(url) = &self.database_url {
            postgres::listen(crate::url::understood(url).0, channel, Arc::downgrade(heard));
        }
    }

    /// Opens the database of the service called `name` and brings its tables up to date. In a folder
    /// of SQLite it is this process's alone.
    pub async fn open(&self, name: &str, migrations: &[Migration]) -> Result<Database, Error> {
        self.open_as(name, migrations, true).await
    }

    /// Opens a database that several processes use, each over a folder of SQLite as well.
    pub async fn open_shared(
        &self,
        name: &str,
        migrations: &[Migration],
    ) -> Result<Database, Error> {
        self.open_as(name, migrations, false).await
    }

    async fn open_as(
        &self,
        name: &str,
        migrations: &[Migration],
        alone: bool,
    ) -> Result<Database, Error> {
        sqlx::any::install_default_drivers();
        match &self.database_url {
            DatabaseUrl::Folder(folder) => open_sqlite(folder, name, migrations, alone).await,
            DatabaseUrl::Postgres(url) => {
                let (url, unknown) = crate::url::understood(url);
                for parameter in unknown {
                    tracing::warn!(parameter, "DATABASE_URL: a parameter that has no effect");
                }
                postgres::open(self, &url, name, migrations).await
            }
        }
    }
}

async fn open_sqlite(
    folder: &Path,
    name: &str,
    migrations: &[Migration],
    alone: bool,
) -> Result<Database, Error> {
    let opening = opening(folder.to_owned()).await;
    let opening =
        opening.map_err(|reason| Error::Folder { folder: folder.display().to_string(), reason })?;
    let claim = if alone { Some(Arc::new(Claim::take(folder, name).await?)) } else { None };
    let file = folder.join(format!("{name}.db"));
    let shown = format!("sqlite:{}", file.display());
    let url = format!("sqlite://{}?mode=rwc", percent_encoded(&file));
    let open = |reason| Error::Open { url: shown.clone(), reason };

    let trouble = Trouble::default();
    let pool = |connections, setup: &str| {
        let (url, setup, trouble) = (url.clone(), Some(setup.to_owned()), trouble.clone());
        let connect = Connect { url, setup, statement_timeout: None, trouble };
        Pool::new(connect, connections, PATIENCE)
    };
    let write = pool(1, PRAGMAS);
    let mut first = write.acquire().await.map_err(open)?;
    migrate::run(first.inner(), Dialect::Sqlite, &shown, migrations).await?;
    drop((first, opening));
    let (writer, totals) = (Some(Writer::start(write)), Totals::default());
    let (pool, hindrance) = (pool(SQLITE_READERS, READ_ONLY), Hindrance::default());
    Ok(Database {
        pool,
        dialect: Dialect::Sqlite,
        writer,
        totals,
        hindrance,
        trouble,
        _claim: claim,
    })
}

/// Makes the folder, proves that it can be written, and keeps other processes from opening files
/// in it until what this gives is dropped: five services that start at once share the log's file.
async fn opening(folder: PathBuf) -> std::io::Result<File> {
    let locked = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&folder)?;
        let file = File::create(folder.join(".opening"))?;
        file.lock()?;
        Ok(file)
    });
    locked.await.map_err(std::io::Error::other)?
}

/// A path as a URL carries it: spaces, `?`, `#` and `%` would mean something else there.
fn percent_encoded(path: &Path) -> String {
    let mut url = String::new();
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                url.push(byte.into());
            }
            _ => {
                let _ = write!(url, "%{byte:02X}");
            }
        }
    }
    url
}
