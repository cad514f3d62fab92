//! What comes before each use of a database, if something is to come before it.

use std::{
    fmt, io,
    sync::{Arc, OnceLock},
};

use futures::future::BoxFuture;

/// Says what is to happen before the database is used: nothing, a wait, or an error instead.
pub trait Obstacle: Send + Sync + 'static {
    fn before_use(&self) -> Option<BoxFuture<'static, Result<(), Blocked>>>;
}

/// Why an obstacle does not let the database be used, as the driver would say it.
#[derive(Debug)]
pub enum Blocked {
    /// The server cannot be reached.
    Unreachable(io::Error),
    /// All connections of the pool are in use.
    NoConnection,
}

impl From<Blocked> for sqlx::Error {
    fn from(blocked: Blocked) -> Self {
        match blocked {
            Blocked::Unreachable(error) => Self::Io(error),
            Blocked::NoConnection => Self::PoolTimedOut,
        }
    }
}

/// Shared by all clones of a database.
#[derive(Clone, Default)]
pub(crate) struct Hindrance(Arc<OnceLock<Box<dyn Obstacle>>>);

impl Hindrance {
    /// The first one stays.
    pub(crate) fn set(&self, obstacle: Box<dyn Obstacle>) {
        let _ = self.0.set(obstacle);
    }

    pub(crate) async fn pass(&self) -> sqlx::Result<()> {
        match self.0.get().and_then(|obstacle| obstacle.before_use()) {
            Some(obstacle) => Ok(obstacle.await?),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Hindrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hindrance").field("set", &self.0.get().is_some()).finish()
    }
}
