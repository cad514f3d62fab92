//! Secrets that are written in the wrong place, or with a slip, are not shown; what stands around a
//! value does not count; what the platform sets is no setting.

use std::{collections::BTreeMap, fs};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Ran, run_in};

/// A start that ends, as none of these can be used: what it said.
fn told(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let folder = TempDir::new().unwrap();
    let Ran { code, answer, told } = run_in(folder.path(), arguments, environment);
    assert_ne!(code, Some(0), "{environment:?} is taken");
    assert!(told.lines().count() <= 2, "{told}");
    answer + &told
}

#[test]
fn a_slip_shows_which_setting_it_is_in_and_no_secret() {
    let broker = ("KAFKA_BROKERS", "127.0.0.1:1");
    let port = ["order", "--port", "0"];
    for (arguments, environment, word) in [
        (&port[..], &[broker, ("KAFKA_PROPERTIES", "sasl.pasword=hush")][..], "sasl.pasword"),
        (&port, &[broker, ("KAFKA_PROPERTIES", "sasl.password hush")], "--kafka-properties"),
        (&port, &[broker, ("KAFKA_PROPERTIES", "security.protocol=hush")], "security.protocol"),
        (&port, &[("KAFKA_BROKERS", "ann:hush@kafka:9092")], "--kafka-brokers"),
        (&port, &[("PAYMENT_URL", "http://ann:hush@payment:8080")], "--payment-url"),
        (&port, &[("DATABASE_URL", "postgres//ann:hush@db/shop")], "--database-url"),
        (&port, &[("DATABASE_URL", "mysql://ann:hush@db/shop\n")], "--database-url"),
        (&port, &[("DATABASE_URL_FILE", "postgres://ann:hush@db/shop")], "DATABASE_URL_FILE"),
        (&port, &[("FAULTS_TOKEN_FILE", "hush")], "FAULTS_TOKEN_FILE"),
        (&port, &[("KAFKA_PROPERTIES_FILE", "sasl.password=hush")], "KAFKA_PROPERTIES_FILE"),
        (&["order", "FAULTS_TOKEN=hush"], &[], "FAULTS_TOKEN"),
        (&["order", "postgres://ann:hush@db/shop"], &[], "ann"),
        (&["DATABASE_URL=postgres://ann:hush@db/shop"], &[], "DATABASE_URL"),
        (&["order", "--faults-tokn=hush"], &[], "--faults-tokn"),
    ] {
        let told = told(arguments, environment);
        assert!(!told.contains("hush"), "{environment:?} {arguments:?}: {told}");
        assert!(told.contains(word), "{word} is not in {told}");
    }
}

#[test]
fn a_parameter_of_a_database_url_with_a_slip_is_named_without_its_value() {
    let url = "postgres://127.0.0.1:1/shop?pasword=hush";
    let told = told(&["order", "--port", "0", "--database-wait", "0s"], &[("DATABASE_URL", url)]);
    assert!(!told.contains("hush"), "{told}");
    assert!(told.contains("pasword"), "{told}");
}

/// Every setting that `config` lists, and what it says besides.
fn config(
    service: &str,
    environment: &[(String, String)],
) -> (BTreeMap<String, (String, String)>, String) {
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("secret"), "\u{feff}\"4s\"\r\n\r\n").unwrap();
    let ran = run_in(folder.path(), &["config", service, "--json"], &environment);
    assert_eq!(ran.code, Some(0), "{}", ran.told);
    let all: Value = serde_json::from_str(&ran.answer).unwrap();
    let text = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    let all = all.as_array().unwrap().iter();
    let all = all.map(|it| (text(it, "name"), (text(it, "value"), text(it, "source"))));
    (all.collect(), ran.told)
}

#[test]
fn what_is_around_a_value_does_not_count_for_any_setting() {
    for service in ["fleet", "order", "gateway", "websample"] {
        let (defaults, _) = config(service, &[]);
        // What is hidden has no value to give back.
        let given = |it: &&(String, String)| !it.1.is_empty() && it.1 != "(hidden)";
        let plain: Vec<(String, String)> = defaults
            .iter()
            .map(|(name, (value, _))| (name.clone(), value.clone()))
            .filter(|it| given(&it))
            .collect();
        for (before, after) in [("", "\n"), (" \t", "\r\n"), ("\"", "\""), ("\u{feff}'", "' \n")] {
            let around =
                plain.iter().map(|(name, value)| (name.clone(), format!("{before}{value}{after}")));
            let (read, told) = config(service, &around.collect::<Vec<_>>());
            for (name, value) in &plain {
                assert_eq!(read[name], (value.clone(), "environment".to_owned()), "{name}: {told}");
            }
        }
    }
    let file = [("DRAIN_DELAY_FILE".to_owned(), "secret\n".to_owned())];
    assert_eq!(config("order", &file).0["DRAIN_DELAY"].0, "4s");
}

#[test]
fn links_that_kubernetes_makes_of_services_are_no_settings() {
    for service in ["fleet", "order", "gateway", "websample"] {
        let (defaults, _) = config(service, &[]);
        let ports = defaults.keys().filter(|name| name.ends_with("_PORT"));
        let mut links = Vec::new();
        for name in ports {
            let of = name.trim_end_matches("_PORT");
            for (rest, value) in [
                ("_PORT", "tcp://10.96.12.3:9090"),
                ("_PORT_9090_TCP", "tcp://10.96.12.3:9090"),
                ("_PORT_9090_TCP_PORT", "9090"),
                ("_SERVICE_HOST", "10.96.12.3"),
                ("_SERVICE_PORT", "9090"),
            ] {
                links.push((format!("{of}{rest}"), value.to_owned()));
            }
        }
        assert!(links.len() >= 10, "{service}: {links:?}");

        let (read, told) = config(service, &links);

        assert_eq!(read, defaults, "{told}");
        let ignored = told.lines().filter(|line| line.contains("_PORT is ignored")).count();
        assert_eq!(ignored, links.len() / 5, "{told}");
        assert!(told.contains("the Service management"), "{told}");
        assert_eq!(told.lines().count(), ignored, "{told}");
    }
}

#[test]
fn a_service_called_management_does_not_end_the_start() {
    let folder = TempDir::new().unwrap();
    let link = [("MANAGEMENT_PORT", "tcp://10.96.12.3:9090"), ("LOG_LEVEL", "warn")];
    // It cannot start for another reason, which it comes to.
    let ran = run_in(folder.path(), &["order", "--port", "8090"], &link);
    assert!(ran.told.contains("MANAGEMENT_PORT is ignored"), "{}", ran.told);
    assert!(ran.told.contains("may not listen on port 8090"), "{}", ran.told);
}
