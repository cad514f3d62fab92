//! A start that cannot work ends at once, with one line and a code of its own.

use std::{net::TcpListener, process::Command};

use tempfile::TempDir;
use testkit::fleet::Service::Order;

use crate::{BINARY, assert_one_line, coffee, run_in};

/// Runs the binary to its end in an empty folder.
fn run(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let ran = run_in(TempDir::new().unwrap().path(), arguments, environment);
    (ran.code, ran.told)
}

#[test]
fn a_port_that_is_taken_ends_the_start_with_code_3() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();

    let (code, told) = run(&["order"], &[("PORT", &port)]);

    assert_eq!(code, Some(3), "{told}");
    assert_one_line(&told, &["order cannot listen on", &port, "choose another port"]);

    let (code, told) = run(&["gateway"], &[("PORT", "0"), ("GRPC_HEALTH_PORT", &port)]);

    assert_eq!(code, Some(3), "{told}");
    assert_one_line(&told, &["gRPC health cannot listen on", &port]);
}

#[test]
fn an_unknown_value_ends_the_start_with_code_2() {
    for (service, name, value) in [
        ("fleet", "PAYMENT_APPROVAL", "perhaps"),
        ("fleet", "DRAIN_DELAY", "soon"),
        ("fleet", "DATABASE_URL", "mysql://db"),
        ("fleet", "TRUSTED_PROXIES", "everybody"),
        ("fleet", "LOG_FORMAT", "xml"),
        ("fleet", "PAYMENT_RETRIES", "1000"),
        ("fleet", "EVENT_STYLE", "yaml"),
        ("fleet", "BASE_PORT", "70000"),
        ("fleet", "SHUTDOWN", "softly"),
        ("delivery", "READINESS_INCLUDES", "everything"),
        ("payment", "RANDOM_ERROR", "20"),
        ("fleet", "MANAGEMENT_PORT", "65001"),
        ("gateway", "GRPC_HEALTH_PORT", "-1"),
        ("order", "PAYMENT_URL", "payment"),
        ("gateway", "ORDER_URL", "https://order"),
        ("websample", "SHUTDOWN", "sometimes"),
    ] {
        let (code, told) = run(&[service], &[(name, value)]);
        assert_eq!(code, Some(2), "{name}={value}: {told}");
        let option = name.to_lowercase().replace('_', "-");
        assert_one_line(&told, &[value, &option]);
    }
}

#[test]
fn a_gate_without_its_token_is_no_setting() {
    let (code, told) = run(&["order"], &[("FAULTS", "token")]);
    assert_eq!(code, Some(2), "{told}");
    assert_one_line(&told, &["required", "--faults-token"]);
}

#[test]
fn a_data_folder_that_cannot_be_written_ends_the_start_with_code_4() {
    let (code, told) = run(&["order"], &[("DATABASE_URL", "sqlite:/proc/data")]);

    assert_eq!(code, Some(4), "{told}");
    assert_one_line(&told, &["/proc/data", "DATABASE_URL"]);
}

#[test]
fn a_file_that_another_process_has_ends_the_start_with_code_4() {
    let mut fleet = testkit::Fleet::start(BINARY, &[("DRAIN_DELAY", "0s")]);
    let holder = fleet.replica(Order, 1).pid().to_string();
    let second = |service| run_in(fleet.folder(), &[service], &[("PORT", "0")]);

    for service in ["order", "payment", "delivery", "ordertrace"] {
        let ran = second(service);
        assert_eq!(ran.code, Some(4), "{}", ran.told);
        let file = format!("{service}.db");
        assert_one_line(&ran.told, &[&file, "in use by another process", &holder, "DATABASE_URL"]);
    }

    // The lock goes with the process that has it, however that ends.
    assert_eq!(fleet.http("POST", "/orders", Some(coffee())).status, 201);
    fleet.kill();
    fleet.restart();
    assert_eq!(fleet.http("POST", "/orders", Some(coffee())).status, 201);
}

#[test]
fn a_database_of_a_newer_version_is_refused_with_code_5() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite:{}", folder.path().display());
    let mut fleet = testkit::Fleet::start(BINARY, &[("DATABASE_URL", &url)]);
    fleet.signal("INT");
    fleet.ended();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        sqlx::any::install_default_drivers();
        let file = format!("{url}/order.db");
        let db = sqlx::AnyPool::connect(&file).await.unwrap();
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (999, 'from the future', TRUE, x'00', 0)",
        )
        .execute(&db)
        .await
        .unwrap();
        db.close().await;
    });

    let (code, told) = run(&["order"], &[("DATABASE_URL", &url), ("PORT", "0")]);

    assert_eq!(code, Some(5), "{told}");
    assert_one_line(&told, &["newer version", "999", "order.db"]);
}

#[test]
fn help_names_every_setting_with_its_default() {
    for service in ["fleet", "order", "payment", "delivery", "ordertrace", "gateway", "websample"] {
        let output = Command::new(BINARY).args([service, "--help"]).env_clear().output().unwrap();
        assert!(output.status.success());
        let help = String::from_utf8(output.stdout).unwrap();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let settings = help.matches("[env: ").count();
        assert!(settings > 5, "{service} lists {settings} settings");
        assert_eq!(help.matches("[default: ").count(), settings, "{service}: {help}");
    }
}

#[test]
fn help_is_in_groups_and_names_what_to_try_first() {
    let folder = TempDir::new().unwrap();
    let first = run_in(folder.path(), &["--help"], &[]).answer;
    for words in ["fleet", "gateway", "check", "config", "First:", "NAME_FILE"] {
        assert!(first.contains(words), "{words:?} is not in {first}");
    }
    let fleet = run_in(folder.path(), &["fleet", "--help"], &[]).answer;
    for group in
        ["HTTP", "State", "Events", "Shutdown", "Probes", "Logs", "Payment call", "Gateway"]
    {
        assert!(fleet.contains(&format!("\n{group}:\n")), "{group:?} is not in {fleet}");
    }
    assert!(fleet.contains("DURATION is a number with its unit"), "{fleet}");
}
