//! Where values come from, and `bulsajo config`, which says so.

use std::{collections::BTreeMap, fs};

use serde_json::Value;
use tempfile::TempDir;
use testkit::{Fleet, fleet::Service};

use crate::{BINARY, Ran, assert_one_line, run_in};

const SERVICES: [&str; 7] =
    ["fleet", "order", "payment", "delivery", "ordertrace", "gateway", "websample"];

/// A folder with one secret in it.
fn folder_with(secret: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("secret"), secret).unwrap();
    folder
}

/// Name, value and source of every setting, by its name.
fn listed(settings: &Value) -> BTreeMap<String, (String, String)> {
    let text = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    let all = settings.as_array().unwrap().iter();
    all.map(|it| (text(it, "name"), (text(it, "value"), text(it, "source")))).collect()
}

/// What `bulsajo config --json` lists, and what it says besides.
fn config(
    arguments: &[&str],
    environment: &[(&str, &str)],
    secret: &str,
) -> (BTreeMap<String, (String, String)>, String) {
    let folder = folder_with(secret);
    let Ran { code, answer, told } =
        run_in(folder.path(), &[&["config", "--json"], arguments].concat(), environment);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was started");
    (listed(&serde_json::from_str(&answer).unwrap()), told)
}

fn pair(value: &str, source: &str) -> (String, String) {
    (value.to_owned(), source.to_owned())
}

#[test]
fn config_says_where_each_value_came_from() {
    let environment = [("PORT", "9001"), ("LOG_LEVEL", "debug"), ("DRAIN_DELAY_FILE", "secret")];

    let (settings, told) = config(&["order", "--port", "9002"], &environment, "3s\r\n");

    assert_eq!(settings["PORT"], pair("9002", "command line"));
    assert_eq!(settings["LOG_LEVEL"], pair("debug", "environment"));
    assert_eq!(settings["DRAIN_DELAY"], pair("3s", "file secret"));
    assert_eq!(settings["PAYMENT_RETRIES"], pair("2", "default"));
    assert_eq!(told, "");
}

#[test]
fn config_is_an_aligned_table_of_the_fleet_unless_a_service_is_named() {
    let folder = TempDir::new().unwrap();
    for arguments in [&["config"][..], &["config", "fleet"], &["config", "--base-port", "9000"]] {
        let Ran { code, answer, .. } = run_in(folder.path(), arguments, &[]);
        assert_eq!(code, Some(0));
        let mut lines = answer.lines();
        let heading = lines.next().unwrap();
        let column = heading.find("SOURCE").unwrap();
        assert!(heading.starts_with("NAME"), "{heading}");
        assert!(answer.contains("\nBASE_PORT"), "{answer}");
        for line in lines {
            assert!(["default", "command line"].contains(&&line[column..]), "{line}");
        }
    }
    for service in &SERVICES[1..] {
        let answer = run_in(folder.path(), &["config", service], &[]).answer;
        assert!(answer.contains("\nPORT"), "{service}: {answer}");
    }
}

#[test]
fn the_command_line_beats_the_environment_and_both_beat_files() {
    let given = ["--payment-retries", "1"];
    let of = |arguments: &[&str], environment: &[(&str, &str)]| {
        config(arguments, environment, "3\n").0["PAYMENT_RETRIES"].clone()
    };

    let file = ("PAYMENT_RETRIES_FILE", "secret");
    assert_eq!(of(&[], &[file]), pair("3", "file secret"));
    assert_eq!(of(&[], &[file, ("PAYMENT_RETRIES", "")]), pair("3", "file secret"));
    let variable = ("PAYMENT_RETRIES", "4");
    assert_eq!(of(&[], &[variable, ("PAYMENT_RETRIES_FILE", "")]), pair("4", "environment"));
    assert_eq!(of(&given, &[variable]), pair("1", "command line"));
    // A file that is not needed is not read.
    let nowhere = ("PAYMENT_RETRIES_FILE", "nowhere");
    assert_eq!(of(&given, &[nowhere]), pair("1", "command line"));
}

#[test]
fn a_file_that_cannot_be_used_ends_the_start_with_code_2() {
    let url = "DATABASE_URL_FILE";
    for (secret, environment, words) in [
        ("", &[(url, "nowhere")][..], &[url, "nowhere", "mount it"][..]),
        ("", &[(url, ".")], &[url, "cannot be read"]),
        ("\n", &[(url, "secret")], &[url, "secret is empty", "write the value"]),
        ("mysql://db", &[(url, "secret")], &["mysql://db", "sqlite:", "in the file secret"]),
        ("soon", &[("DRAIN_DELAY_FILE", "secret")], &["soon", "--drain-delay", "file secret"]),
        (
            "sqlite:./data",
            &[(url, "secret"), ("DATABASE_URL", "sqlite:./data")],
            &["both DATABASE_URL and DATABASE_URL_FILE are set", "unset one"],
        ),
    ] {
        let folder = folder_with(secret);
        for arguments in [&["order"][..], &["config", "order"], &["config"]] {
            let Ran { code, answer, told } = run_in(folder.path(), arguments, environment);
            assert_eq!(code, Some(2), "{environment:?}: {told}");
            assert_eq!(answer, "");
            assert_one_line(&told, words);
        }
    }
}

#[test]
fn a_variable_that_is_set_to_nothing_counts_as_not_set() {
    for service in SERVICES {
        let (unset, _) = config(&[service], &[], "");
        let files: Vec<String> = unset.keys().map(|it| format!("{it}_FILE")).collect();
        let names = unset.keys().chain(&files);
        let environment: Vec<(&str, &str)> = names.map(|it| (it.as_str(), "")).collect();
        assert_eq!(config(&[service], &environment, "").0, unset);
    }
}

#[test]
fn a_password_is_shown_nowhere() {
    let shown = |environment: &[(&str, &str)], secret: &str, words: &[&str]| {
        let folder = folder_with(secret);
        for arguments in [&["config", "order"][..], &["config", "order", "--json"]] {
            let Ran { answer, told, .. } = run_in(folder.path(), arguments, environment);
            let all = answer + &told;
            assert!(!all.contains("hush"), "{all}");
            assert!(words.iter().all(|it| all.contains(it)), "{all}");
        }
    };
    let good = "postgres://ann:hush@db:5432/shop?password=hush";
    let seen = "postgres://ann:…@db:5432/shop?password=…";
    shown(&[("DATABASE_URL", good)], "", &[seen, "environment"]);
    shown(&[("DATABASE_URL_FILE", "secret")], good, &[seen, "file secret"]);
    let wrong = "postgre://ann:hush@db/shop";
    shown(&[("DATABASE_URL", wrong)], "", &["'postgre://ann:…@db/shop'", "start it with"]);
    shown(&[("DATABASE_URL_FILE", "secret")], wrong, &["ann:…@db", "in the file secret"]);
    shown(&[("DATABASE_URL", "host=db password=hush")], "", &["'(hidden)'", "start it with"]);
}

#[test]
fn a_slip_in_a_name_is_noticed() {
    let environment = [
        ("DATABSE_URL", "sqlite:./data"),
        ("log_level", "debug"),
        ("DATABASE_URL_FIEL", "secret"),
        // These are nobody's slips: another service's setting, the shell's, and Kubernetes' links.
        ("ORDER_URL", "http://order:8080"),
        ("PATH", "/bin"),
        ("HOSTNAME", "order-1"),
        ("PAYMENT_PORT", "tcp://10.0.0.1:8080"),
        ("ORDER_SERVICE_HOST", "10.0.0.1"),
        ("DELIVERY_PORT_8080_TCP_PORT", "8080"),
    ];

    let (_, told) = config(&["order"], &environment, "");

    assert_eq!(
        told,
        "warning: DATABASE_URL_FIEL is not a setting; did you mean DATABASE_URL_FILE?\n\
         warning: DATABSE_URL is not a setting; did you mean DATABASE_URL?\n\
         warning: log_level is not a setting; did you mean LOG_LEVEL?\n"
    );
}

#[test]
fn a_setting_that_is_wrong_ends_config_as_it_would_end_the_start() {
    let folder = TempDir::new().unwrap();
    for environment in [[("DRAIN_DELAY", "soon")], [("PORT", "70000")], [("LOG_FORMAT", "xml")]] {
        let start = run_in(folder.path(), &["order"], &environment);
        let config = run_in(folder.path(), &["config", "order"], &environment);
        assert_eq!((config.code, &config.told), (Some(2), &start.told));
        assert_eq!(config.answer, "");
    }
}

#[test]
fn a_running_fleet_obeys_a_file_and_shows_what_config_shows() {
    let folder = folder_with("manual\n");
    let file = folder.path().join("secret").display().to_string();
    let given = [("PAYMENT_APPROVAL_FILE", &*file), ("LOG_LEVEL", "warn"), ("DRAIN_DELAY", "")];
    let fleet = Fleet::start(BINARY, &given);

    let info = fleet.ask(Service::Payment, "GET", "/actuator/info", None).json();
    let in_force = listed(&info["settings"]);

    assert_eq!(in_force["PAYMENT_APPROVAL"], pair("manual", &format!("file {file}")));
    let base = in_force["BASE_PORT"].0.clone();
    let environment = [&given[..], &[("BASE_PORT", &*base)]].concat();
    assert_eq!(in_force, config(&[], &environment, "").0);
}
