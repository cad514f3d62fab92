//! A connection for reading.

use std::ops::{Deref, DerefMut};

use crate::{Connection, Lease, postgres};

/// A connection that is lent for reading, until this is dropped.
pub enum Reader {
    Alone(Lease),
    /// Behind a pooler, where what belongs together has to be one transaction. It is given up when
    /// this is dropped.
    Transaction(postgres::Open),
}

impl Reader {
    /// Gives it back after it was used with success: the next one need not ask whether it is well.
    pub fn done(self) {
        match self {
            Self::Alone(connection) => connection.done(),
            Self::Transaction(open) => drop(open),
        }
    }
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Alone(connection) => connection,
            Self::Transaction(open) => open.connection(),
        }
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Connection {
        match self {
            Self::Alone(connection) => connection,
            Self::Transaction(open) => open.connection_mut(),
        }
    }
}
