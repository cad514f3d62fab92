//! Apache Kafka's own troubles: what others write into the topic, and topics and brokers that go
//! away. They need a broker: `TEST_KAFKA_BROKERS`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod foreign;
mod listener;
mod outage;
