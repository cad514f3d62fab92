//! A database that faults hit.

use std::{io, time::Duration};

use futures::future::BoxFuture;
use storage::{Blocked, Obstacle};
use tokio::time::timeout;

use crate::{
    dose::Value,
    faults::{Fault, Faults, Hit},
};

/// A database that faults hit.
pub(crate) struct FaultyDatabase(pub(crate) Faults);

/// As long as a pool is waited for.
const POOL_WAIT: Duration = Duration::from_secs(3);

impl Obstacle for FaultyDatabase {
    fn before_use(&self) -> Option<BoxFuture<'static, Result<(), Blocked>>> {
        self.0.any().then(|| {
            let faults = self.0.clone();
            Box::pin(async move { before_use(&faults).await }) as BoxFuture<'static, _>
        })
    }
}

async fn before_use(faults: &Faults) -> Result<(), Blocked> {
    if faults.strike(Fault::DbDown).is_some() {
        let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "the fault `db-down`");
        return Err(Blocked::Unreachable(refused));
    }
    let pool_is_back = timeout(POOL_WAIT, faults.while_on(Fault::DbPool)).await;
    pool_is_back.map_err(|_| Blocked::NoConnection)?;
    if let Some(Hit { value: Value::Delay(delay), draw }) = faults.strike(Fault::DbSlow) {
        tokio::time::sleep(delay.at(draw)).await;
    }
    Ok(())
}
