//! Apache Kafka's own troubles: what others write into the topic, and topics and brokers that go
//! away. They need a broker: `TEST_KAFKA_BROKERS`; `election` brings its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod election;
mod foreign;
mod listener;
mod outage;
