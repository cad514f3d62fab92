//! Connections that are kept open and lent out.
//!
//! Not sqlx's pool: that asks whether a connection is well each time one comes back, which on a
//! short query costs as much as the query (docs/adr/0012).

use std::{
    fmt,
    ops::{Deref, DerefMut},
    time::Duration,
};

use deadpool::managed::{self, Manager, Metrics, Object, PoolError, RecycleResult};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};
use tokio::time::{sleep, timeout};

use crate::{Connection, outage::Trouble};

/// A connection that nobody had for longer is tried before it is lent: the server may have been
/// restarted. One in use all the time need not pay for that.
const TRUSTED: Duration = Duration::from_secs(1);
/// How long to wait before connecting again to a server that refused.
const PAUSE: Duration = Duration::from_millis(50);

/// At most so many connections to one database.
#[derive(Clone)]
pub(crate) struct Pool {
    connections: managed::Pool<Connect>,
    patience: Duration,
    /// With what each transaction begins, behind a pooler that keeps nothing of a session.
    pub(crate) opening: Option<String>,
    is_server: bool,
}

/// How connections are made.
pub(crate) struct Connect {
    pub(crate) url: String,
    /// What each is told first; `None` behind a pooler, where no statement is kept either.
    pub(crate) setup: Option<String>,
    /// How long a server gives each statement, if there is a server and a limit.
    pub(crate) statement_timeout: Option<Duration>,
    pub(crate) trouble: Trouble,
}

/// A connection that is lent, until this is dropped.
pub struct Lease(Object<Connect>);

pub(crate) struct Kept {
    connection: Connection,
    /// Whether its last use came to an end, and not to an error.
    sound: bool,
}

impl Manager for Connect {
    type Type = Kept;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<Kept> {
        let connection = AnyConnection::connect(&self.url).await?;
        let trouble = self.trouble.clone();
        let connection = Connection::new(connection, self.statement_timeout, trouble);
        let Some(setup) = self.setup.clone() else {
            return Ok(Kept { connection: connection.without_statements(), sound: true });
        };
        let mut connection = connection;
        sqlx::raw_sql(AssertSqlSafe(setup)).execute(&mut connection).await?;
        Ok(Kept { connection, sound: true })
    }

    async fn recycle(&self, kept: &mut Kept, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if !kept.sound || metrics.last_used() > TRUSTED {
            kept.connection.ping().await?;
        }
        Ok(())
    }
}

impl Pool {
    /// Connects when a connection is needed. Nobody waits for one longer than `patience`.
    pub(crate) fn new(connect: Connect, connections: u32, patience: Duration) -> Self {
        let size = usize::try_from(connections).unwrap_or(usize::MAX);
        let is_server = !connect.url.starts_with("sqlite:");
        let connections = managed::Pool::builder(connect).max_size(size).build();
        Self {
            connections: connections.expect("a pool without timeouts needs no runtime"),
            patience,
            opening: None,
            is_server,
        }
    }

    /// Behind a pooler: each transaction begins with this.
    pub(crate) fn opening(self, opening: String) -> Self {
        Self { opening: Some(opening), ..self }
    }

    /// How many connections there may be.
    pub(crate) fn most(&self) -> usize {
        self.connections.status().max_size
    }

    /// Waits for a free connection, also while the server is just being restarted.
    pub(crate) async fn acquire(&self) -> sqlx::Result<Lease> {
        let lease = timeout(self.patience, async {
            loop {
                match self.connections.get().await {
                    Ok(mut lent) => {
                        lent.sound = false;
                        return Ok(Lease(lent));
                    }
                    // A server may be back in a moment; a file says at once what is wrong.
                    Err(PoolError::Backend(error))
                        if self.is_server && crate::is_outage(&error) =>
                    {
                        sleep(PAUSE).await;
                    }
                    Err(PoolError::Backend(error)) => return Err(error),
                    Err(_) => return Err(sqlx::Error::PoolClosed),
                }
            }
        });
        lease.await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }
}

impl Lease {
    /// Gives it back after it was used with success: the next one need not ask whether it is well.
    pub fn done(mut self) {
        self.0.sound = true;
    }

    /// Closes it: it may be in any state.
    pub(crate) fn close(self) {
        drop(Object::take(self.0));
    }
}

impl Deref for Lease {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0.connection
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0.connection
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("status", &self.connections.status()).finish_non_exhaustive()
    }
}
