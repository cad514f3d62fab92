//! A partition whose leader has just been elected, on the broker that librdkafka brings along for
//! tests: it errs where it is told to.

use std::time::Duration;

use clap::Parser;
use messaging::{Kafka, KafkaArgs, Record, Transport as _};
use rdkafka::{
    mocking::MockCluster,
    types::{RDKafkaApiKey, RDKafkaRespErr},
};
use tokio::time::timeout;

/// How long the next record may take, until the test says that it was lost.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    kafka: KafkaArgs,
}

/// The first of three records finds a broker that does not lead yet, and those behind it one that
/// does. None of them may be taken for granted, and none overtakes another.
#[tokio::test]
async fn a_leader_that_begins_between_two_records_loses_neither_them_nor_their_order() {
    let cluster = MockCluster::new(1).unwrap();
    for topic in ["facts", "dlq-facts"] {
        cluster.create_topic(topic, 1, 1).unwrap();
    }
    // Long enough for all three to be on their way before the first answer, if they may.
    cluster.broker_round_trip_time(1, Duration::from_millis(50)).unwrap();
    let not_yet = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
    cluster.request_errors(RDKafkaApiKey::Produce, &[not_yet]);
    let brokers = cluster.bootstrap_servers();
    let each_alone = "batch.num.messages=1";
    let words = ["--kafka-topic", "facts", "--kafka-properties", each_alone];
    let words = ["test", "--kafka-brokers", &brokers].into_iter().chain(words);
    let kafka = Kafka::new(&Settings::parse_from(words).kafka).unwrap();
    let told = ["first", "second", "third"];

    kafka.publish(&told.map(record)).await.unwrap();

    let mut subscription = kafka.subscribe("listener").await.unwrap();
    let mut heard = Vec::new();
    while heard.last() != Some(&b"third".to_vec()) {
        let received = timeout(PATIENCE, subscription.next(8)).await.expect("a record").unwrap();
        heard.extend(received.iter().map(|it| it.record.payload.clone()));
        subscription.commit(&received).await.unwrap();
    }
    assert_eq!(heard, told.map(|it| it.as_bytes().to_vec()));
    subscription.leave().await.unwrap();
}

fn record(payload: &str) -> Record {
    let (key, headers, timestamp) = ("7".to_owned(), Vec::new(), 1_700_000_000_000);
    Record { key, headers, timestamp, payload: payload.as_bytes().to_vec() }
}
