//! The table of backends, and whether their servers are there.

use crate::{
    pooler,
    servers::{self, needed},
};

/// Where state is kept and how facts travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// SQLite, and facts over the SQL log: nothing to install.
    Embedded,
    /// PostgreSQL, and facts over the SQL log.
    Minimal,
    /// The same behind `PgBouncer`, which lends a connection for one transaction.
    Pooled,
    /// SQLite, and facts over Apache Kafka.
    KafkaSqlite,
    /// PostgreSQL, and facts over Apache Kafka.
    Full,
}

const DATABASE_URL: &str = "TEST_DATABASE_URL";
const KAFKA_BROKERS: &str = "TEST_KAFKA_BROKERS";

impl Cell {
    /// Whether replicas share their state.
    pub fn has_postgres(self) -> bool {
        matches!(self, Self::Minimal | Self::Pooled | Self::Full)
    }

    /// Whether facts travel over Apache Kafka.
    pub fn has_kafka(self) -> bool {
        matches!(self, Self::KafkaSqlite | Self::Full)
    }

    /// Whether its servers are there. If one is not, this says in one line that `test` is skipped.
    pub fn is_available(self, test: &str) -> bool {
        servers::are_there(test, &self.needs()) && (self != Self::Pooled || pooler::is_there(test))
    }

    fn needs(self) -> Vec<&'static str> {
        let postgres = self.has_postgres().then_some(DATABASE_URL);
        let kafka = self.has_kafka().then_some(KAFKA_BROKERS);
        postgres.into_iter().chain(kafka).collect()
    }

    /// The PostgreSQL server on which databases can be made, as the URL of one of them.
    pub fn server(self) -> Option<String> {
        self.has_postgres().then(|| needed(DATABASE_URL))
    }

    /// Where Apache Kafka is.
    pub fn brokers(self) -> Option<String> {
        self.has_kafka().then(|| needed(KAFKA_BROKERS))
    }
}
