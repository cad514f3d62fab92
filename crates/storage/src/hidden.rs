//! Numbers of rows that nobody sees: below 1, so that those of the others have no gaps.

use crate::Dialect;

impl Dialect {
    /// The next number for a row of `table` that is hidden from the start, as an SQL expression. On
    /// PostgreSQL it is that of the sequence `<table>_hidden`, which the table's migration makes.
    pub fn hidden_number(self, table: &str) -> String {
        match self {
            Self::Sqlite => format!("(SELECT MIN(COALESCE(MIN(id), 0), 0) - 1 FROM {table})"),
            Self::Postgres => format!("nextval('{table}_hidden')"),
        }
    }
}
