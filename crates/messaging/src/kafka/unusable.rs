//! What is said when librdkafka refuses its settings: which one, and never what it was set to.

use rdkafka::{error::KafkaError, types::RDKafkaConfRes};

use super::KafkaArgs;

/// What is wrong then: those settings of ours are right.
const UNUSABLE: &str = if cfg!(feature = "kafka-tls") {
    "KAFKA_PROPERTIES cannot be used"
} else {
    "KAFKA_PROPERTIES cannot be used (TLS and SCRAM need a build with --features kafka-tls)"
};

/// How names of properties begin. Where `=` or `;` is in the wrong place, a password is where a name
/// should be.
const FAMILIES: [&str; 44] = [
    "allow",
    "api",
    "auto",
    "batch",
    "bootstrap",
    "broker",
    "builtin",
    "check",
    "client",
    "compression",
    "connections",
    "coordinator",
    "delivery",
    "dr",
    "enable",
    "enabled",
    "fetch",
    "group",
    "heartbeat",
    "isolation",
    "linger",
    "log",
    "max",
    "message",
    "metadata",
    "offset",
    "partition",
    "plugin",
    "queue",
    "queued",
    "queuing",
    "receive",
    "reconnect",
    "request",
    "retries",
    "retry",
    "sasl",
    "security",
    "session",
    "socket",
    "ssl",
    "statistics",
    "topic",
    "transaction",
];

/// Values that are no secrets, and help to see what is wrong.
const PUBLIC: [&str; 9] = [
    "plaintext",
    "ssl",
    "sasl_plaintext",
    "sasl_ssl",
    "plain",
    "scram-sha-256",
    "scram-sha-512",
    "gssapi",
    "oauthbearer",
];

/// Shorter values are found in words; no secret is so short.
const SHORTEST: usize = 3;

impl KafkaArgs {
    /// The reason in words that have no value of `KAFKA_PROPERTIES` in them.
    pub(super) fn unusable(&self, error: &KafkaError) -> anyhow::Error {
        let reason = match error {
            KafkaError::ClientConfig(result, _, name, _) => self.refused(*result, name),
            other => self.without_values(&other.to_string()),
        };
        anyhow::anyhow!("{UNUSABLE}: {reason}")
    }

    fn refused(&self, result: RDKafkaConfRes, name: &str) -> String {
        let properties = &self.kafka_properties.0;
        let place = properties.iter().position(|(known, _)| known == name).map(|at| at + 1);
        let shown = match place {
            _ if is_like_a_property(name) => format!("`{name}`"),
            Some(place) => format!("the name in entry {place}"),
            None => "one of the names".to_owned(),
        };
        match result {
            RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN => {
                format!("{shown} is no property of librdkafka")
            }
            _ => format!("the value of {shown} is not possible"),
        }
    }

    fn without_values(&self, text: &str) -> String {
        let values = self.kafka_properties.0.iter().map(|(_, value)| value);
        let secret = values.filter(|value| {
            value.len() >= SHORTEST && !PUBLIC.contains(&value.to_lowercase().as_str())
        });
        secret.fold(text.to_owned(), |text, value| text.replace(value.as_str(), "…"))
    }
}

fn is_like_a_property(name: &str) -> bool {
    let plain = name.bytes().all(|it| it.is_ascii_lowercase() || matches!(it, b'.' | b'_'));
    plain && name.split_once('.').is_some_and(|(family, _)| FAMILIES.contains(&family))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::Kafka;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        kafka: KafkaArgs,
    }

    fn refused(properties: &str) -> String {
        let broker = "--kafka-brokers=127.0.0.1:1".to_owned();
        let words = ["test".to_owned(), broker, format!("--kafka-properties={properties}")];
        let args = Line::try_parse_from(words).expect("it can be read").kafka;
        let Err(error) = Kafka::new(&args) else { panic!("{properties} is taken") };
        format!("{error:#}")
    }

    #[tokio::test]
    async fn what_librdkafka_refuses_is_named_and_no_value_is_shown() {
        for (properties, named) in [
            ("sasl.pasword=hush-1", "`sasl.pasword` is no property"),
            ("socket.timeout.ms=hush-1", "the value of `socket.timeout.ms` is not possible"),
            ("security.protocol=hush-1", "the value of `security.protocol` is not possible"),
            ("sasl.username=me;sasl.password=hush;hush-1=x", "the name in entry 3"),
            ("hush-1.hush=sasl.password", "the name in entry 1"),
            ("ssl.ca.location=/hush-1", "KAFKA_PROPERTIES cannot be used"),
        ] {
            let told = refused(properties);
            assert!(told.contains(named), "{properties}: {told}");
            assert!(!told.contains("hush"), "{told}");
        }
    }
}
