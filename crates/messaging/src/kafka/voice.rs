//! What librdkafka says, in our log: partitions as they come and go for all to see, the rest for
//! those who ask for it. Whoever waits for Kafka says so once, elsewhere.

use std::sync::Arc;

use rdkafka::{
    ClientContext, TopicPartitionList,
    config::{ClientConfig, RDKafkaLogLevel},
    consumer::{BaseConsumer, ConsumerContext, Rebalance},
    error::{KafkaError, KafkaResult},
};

use super::{renewal::Renewal, stranded::Stranded};

/// Makes librdkafka tell what it hears of brokers and topics: some of that is found nowhere else.
pub(super) fn talkative(mut config: ClientConfig) -> ClientConfig {
    let also = config.get("debug").map(|wanted| format!("{wanted},")).unwrap_or_default();
    config.set("debug", format!("{also}metadata")).set_log_level(RDKafkaLogLevel::Debug);
    config
}

/// The voice of a client of Kafka.
#[derive(Clone, Default)]
pub(super) struct Voice {
    pub(super) stranded: Arc<Stranded>,
}

impl ClientContext for Voice {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.stranded.hear(message);
        tracing::debug!(?level, facility, message, "librdkafka");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "librdkafka");
    }
}

/// The voice of a member of a consumer group.
pub(super) struct MemberVoice {
    pub(super) group: String,
    pub(super) client: Voice,
    pub(super) renewal: Renewal,
}

impl ClientContext for MemberVoice {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.renewal.hear(message);
        self.client.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.client.error(error, reason);
    }
}

impl ConsumerContext for MemberVoice {
    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let group = &self.group;
        let now = rdkafka::consumer::Consumer::assignment(consumer);
        let now = now.map(|all| numbers(&all)).unwrap_or_default();
        match rebalance {
            Rebalance::Assign(_) => tracing::info!(group, "partitions assigned: {now:?}"),
            Rebalance::Revoke(gone) => {
                let gone = numbers(gone);
                tracing::info!(group, "partitions revoked: {gone:?}, left: {now:?}");
            }
            Rebalance::Error(error) => tracing::debug!(group, %error, "the rebalance failed"),
        }
    }

    /// A commit that a rebalance came in between of is no loss: the records come again, and the
    /// inbox knows them.
    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            tracing::debug!(group = self.group, %error, "offsets were not committed");
        }
    }
}

fn numbers(partitions: &TopicPartitionList) -> Vec<i32> {
    let mut numbers: Vec<i32> = partitions
        .elements()
        .iter()
        .map(rdkafka::topic_partition_list::TopicPartitionListElem::partition)
        .collect();
    numbers.sort_unstable();
    numbers
}
