//! Presets: what a profile gives, and what counts before it.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;
use tempfile::TempDir;
use testkit::{Fleet, fleet::Service::Order};

/// Value and source of each setting, as `bulsajo config` tells them.
fn config(
    service: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> BTreeMap<String, [String; 2]> {
    let folder = TempDir::new().unwrap();
    let ran = Command::new(crate::BINARY)
        .args([&["config", "--json", service], arguments].concat())
        .current_dir(folder.path())
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    listed(&serde_json::from_slice(&ran.stdout).unwrap())
}

fn listed(settings: &Value) -> BTreeMap<String, [String; 2]> {
    let text = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    let of = |it: &Value| (text(it, "name"), [text(it, "value"), text(it, "source")]);
    settings.as_array().unwrap().iter().map(of).collect()
}

#[test]
fn a_profile_gives_what_is_not_set_otherwise() {
    let environment = [("PROFILE", "jvm"), ("STARTUP_DELAY", "5s"), ("MEMORY_BASE", "")];
    let order = config("order", &["--cpu-per-row", "1ms"], &environment);

    assert_eq!(order["PROFILE"], ["jvm", "environment"]);
    assert_eq!(order["STARTUP_DELAY"], ["5s", "environment"]);
    assert_eq!(order["CPU_PER_ROW"], ["1ms", "command line"]);
    assert_eq!(order["STARTUP_CPU"], ["4s", "profile jvm"]);
    assert_eq!(order["MEMORY_BASE"], ["275MiB", "profile jvm"]);
    assert_eq!(order["CPU_PER_REQUEST"], ["2ms,LIST:3ms,POST:5ms", "profile jvm"]);
    assert_eq!(order["LATENCY"], ["0s", "default"]);
    assert_eq!(config("gateway", &[], &environment)["CPU_PER_REQUEST"], ["600us", "profile jvm"]);
}

#[test]
fn without_a_profile_nothing_costs() {
    let order = config("order", &["--profile", "plain"], &[]);
    for name in ["STARTUP_DELAY", "STARTUP_CPU", "CPU_PER_REQUEST", "CPU_PER_ROW", "LATENCY"] {
        assert_eq!(order[name], ["0s", "default"], "{name}");
    }
}

#[test]
fn a_running_service_says_which_values_its_profile_gave() {
    let settings = [("PROFILE", "jvm"), ("STARTUP_DELAY", "0s"), ("STARTUP_CPU", "0s")];
    let fleet = Fleet::start(crate::BINARY, &settings);

    let info = fleet.ask(Order, "GET", "/actuator/info", None).json();

    let settings = listed(&info["settings"]);
    assert_eq!(settings["CPU_PER_ROW"], ["250us", "profile jvm"]);
    let knob = fleet.ask(Order, "GET", "/actuator/knobs/cpu-per-row", None).json();
    assert_eq!(knob["source"], "profile jvm");
}
