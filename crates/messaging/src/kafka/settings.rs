//! Where Kafka is, and what our topic and groups are called there.

use std::{fmt, str::FromStr, time::Duration};

use rdkafka::ClientConfig;

/// How facts travel over Apache Kafka.
#[derive(Debug, Clone, clap::Args)]
pub struct KafkaArgs {
    /// Where Apache Kafka is, such as `my-kafka:9092`; several with commas between them. Without
    /// it facts travel over a log in the database [default: none].
    #[arg(long, env)]
    pub kafka_brokers: Option<Brokers>,

    /// The topic all facts are in. Those that cannot be handled are also put into `dlq-<topic>`.
    #[arg(long, env, default_value = "sktkanumodel")]
    pub kafka_topic: TopicName,

    /// The consumer group; `{service}` stands for the service's name.
    #[arg(long, env, default_value = "{service}")]
    pub kafka_group: String,

    /// How many partitions the topic gets if it has to be created: the most replicas of a service
    /// that can share its work.
    #[arg(long, env, default_value_t = 3, value_parser = clap::value_parser!(i32).range(1..=1000))]
    pub kafka_partitions: i32,

    /// How many brokers keep each partition of a topic that has to be created; -1 leaves it to
    /// Kafka.
    #[arg(long, env, default_value_t = -1, allow_negative_numbers = true,
          value_parser = clap::value_parser!(i32).range(-1..=100))]
    pub kafka_replication: i32,

    /// How long Kafka may take to acknowledge facts before they are sent again.
    #[arg(long, env, default_value = "5s")]
    pub kafka_timeout: humantime::Duration,

    /// More settings for librdkafka as `name=value`, with semicolons or line breaks between them,
    /// such as `security.protocol=sasl_plaintext;sasl.mechanism=PLAIN`. Better from a file, by
    /// `KAFKA_PROPERTIES_FILE`. TLS needs a build with `--features kafka-tls` [default: none].
    #[arg(long, env, default_value = "", hide_env_values = true, hide_default_value = true)]
    pub kafka_properties: Properties,
}

impl KafkaArgs {
    /// The group of the service called `service`.
    pub(super) fn group(&self, service: &str) -> String {
        self.kafka_group.replace("{service}", service)
    }

    pub(super) fn dead_letter_topic(&self) -> String {
        format!("dlq-{}", self.kafka_topic.0)
    }

    pub(super) fn timeout(&self) -> Duration {
        self.kafka_timeout.into()
    }

    /// What every client has in common.
    pub(super) fn client(&self) -> ClientConfig {
        let brokers = self.kafka_brokers.as_ref().map(Brokers::to_string).unwrap_or_default();
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", brokers)
            .set("client.id", "bulsajo")
            .set("allow.auto.create.topics", "false")
            .set("socket.nagle.disable", "true")
            // A restarted broker is found again within a second.
            .set("reconnect.backoff.max.ms", "1000")
            // How long a connection may take, and a question wait for its answer, before librdkafka
            // connects anew: a machine that is gone closes nothing.
            .set("socket.connection.setup.timeout.ms", "5000")
            .set("socket.timeout.ms", "10000")
            .set("topic.metadata.refresh.interval.ms", "10000");
        self.with_properties(config)
    }

    /// For publishing: whatever happens, one key's records stay in their order, and none is taken
    /// for granted.
    pub(super) fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("enable.idempotence", "true")
            // Of two requests on their way, the first may find a broker that does not lead yet, and
            // the second one that does. Brokers take a producer they do not know from any number
            // on, and librdkafka then says of the first that it was written.
            .set("max.in.flight.requests.per.connection", "1")
            // Facts come in batches already.
            .set("linger.ms", "0")
            // As the clients in Java do, so that both put a key into the same partition.
            .set("partitioner", "murmur2_random")
            // Of a record, before it is sent. Ours have half of it at most, and topics take more
            // (`Topics::create`).
            .set("message.max.bytes", "1000000")
            // A record never gives up by itself: it could be overtaken. See `Kafka::publish`.
            .set("message.timeout.ms", "0");
        self.with_properties(config)
    }

    /// For consuming: an offset is stored once its record is handled for good, and stored offsets
    /// are committed every second.
    pub(super) fn consumer(&self, group: &str) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", group)
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", "6000")
            .set("heartbeat.interval.ms", "2000")
            .set("auto.offset.reset", "earliest")
            .set("enable.auto.offset.store", "false")
            .set("enable.auto.commit", "true")
            .set("auto.commit.interval.ms", "1000")
            // A transaction that some other client leaves open would hold up all that comes after it.
            .set("isolation.level", "read_uncommitted")
            // How much is fetched ahead: then fetching stops until something has been handled.
            .set("queued.min.messages", "1000")
            .set("queued.max.messages.kbytes", "2048")
            // How much comes in one answer, of each partition and of all: a record that is larger
            // comes all the same, alone. librdkafka's own limits are 1 MiB and 50 MiB.
            .set("fetch.message.max.bytes", "262144")
            .set("fetch.max.bytes", "1048576")
            .set("fetch.wait.max.ms", "500");
        self.with_properties(config)
    }

    /// The user's settings have the last word.
    fn with_properties(&self, mut config: ClientConfig) -> ClientConfig {
        for (name, value) in &self.kafka_properties.0 {
            config.set(name, value);
        }
        config
    }
}

/// `host:port`, one or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brokers(Vec<String>);

impl FromStr for Brokers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let brokers = text.split(',').map(str::trim).filter(|broker| !broker.is_empty());
        let brokers = brokers.map(broker).collect::<Result<Vec<_>, _>>()?;
        if brokers.is_empty() { Err(WANTED.to_owned()) } else { Ok(Self(brokers)) }
    }
}

const WANTED: &str = "write host:port, such as my-kafka:9092";

fn broker(text: &str) -> Result<String, String> {
    if text.contains('@') {
        return Err(format!("a broker has no user; that is in KAFKA_PROPERTIES; {WANTED}"));
    }
    if text.contains("://") || text.contains(char::is_whitespace) || text.contains('/') {
        return Err(format!("`{text}` is no broker; {WANTED}"));
    }
    // An IPv6 address has colons of its own, and stands in brackets.
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (text, "9092"),
    };
    match port.parse::<u16>() {
        Ok(port) if port > 0 && !host.is_empty() => Ok(format!("{host}:{port}")),
        _ => Err(format!("`{text}` is no broker; {WANTED}")),
    }
}

impl fmt::Display for Brokers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

/// A name that Kafka accepts for a topic and its dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicName(pub String);

impl FromStr for TopicName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
        if (1..=245).contains(&text.len()) && text.chars().all(legal) {
            return Ok(Self(text.to_owned()));
        }
        Err("a topic has 1 to 245 letters, digits, dots, underscores and hyphens".to_owned())
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Settings of librdkafka. They may hold passwords, so they are never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Properties(pub(super) Vec<(String, String)>);

impl FromStr for Properties {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lines = text.split([';', '\n']).map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let property = |line: &str| {
            let (name, value) = line.split_once('=').ok_or("write name=value")?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        };
        lines.map(property).collect::<Result<_, String>>().map(Self)
    }
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_as_worksheets_write_it_is_a_broker() {
        let read = |text: &str| text.parse::<Brokers>().map(|it| it.to_string());
        assert_eq!(read("my-kafka:9092").as_deref(), Ok("my-kafka:9092"));
        assert_eq!(read("my-kafka").as_deref(), Ok("my-kafka:9092"));
        assert_eq!(read("a:1, b:2,").as_deref(), Ok("a:1,b:2"));
        assert_eq!(read("[::1]:9093,[::2]").as_deref(), Ok("[::1]:9093,[::2]:9092"));
    }

    #[test]
    fn what_is_no_address_is_refused_with_an_example() {
        for text in ["", ",", "tcp://my-kafka:9092", "my-kafka:port", ":9092", "a b:1", "a:0"] {
            let refused = text.parse::<Brokers>().expect_err(text);
            assert!(refused.contains("my-kafka:9092"), "{text}: {refused}");
        }
    }

    #[test]
    fn properties_are_lines_or_separated_by_semicolons_and_never_shown() {
        let properties: Properties =
            "# secret\nsasl.username=me\nsasl.password = a=b ; x=".parse().expect("they are right");
        let expected = [("sasl.username", "me"), ("sasl.password", "a=b"), ("x", "")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(properties.0, expected);
        assert!(!format!("{properties:?}").contains("a=b"));
        "nonsense".parse::<Properties>().expect_err("no value");
    }
}
