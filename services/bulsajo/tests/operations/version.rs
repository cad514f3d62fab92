//! What a lab calls a version: every answer says it, and so does the information.

use tempfile::TempDir;
use testkit::{
    Cell, Fleet,
    fleet::Service::{Gateway, Order},
};

use crate::{BINARY, assert_one_line, run_in};

#[test]
fn every_answer_says_which_version_gave_it() {
    let fleet = Fleet::on(Cell::Embedded).replicas(1).settings(&[("DRAIN_DELAY", "0s")]);
    let mut fleet = fleet.start(BINARY);
    let unnamed = fleet.ask(Order, "GET", "/orders", None);
    assert_eq!(unnamed.header("x-app-version"), None);
    let info = fleet.ask(Order, "GET", "/actuator/info", None).json();
    assert!(info["app"].get("version").is_none(), "{info}");

    let order = fleet.replica(Order, 1);
    order.kill();
    order.set("APP_VERSION", "canary");
    order.restart();

    for path in ["/orders", "/orders/7", "/nothing", "/actuator/echo", "/actuator/health"] {
        let answer = fleet.ask(Order, "GET", path, None);
        assert_eq!(answer.header("x-app-version"), Some("canary"), "{path}");
    }
    // The gateway passes on which order it was, and has no version itself.
    let passed_on = fleet.ask(Gateway, "GET", "/orders", None);
    assert_eq!(passed_on.header("x-app-version"), Some("canary"));
    assert_eq!(fleet.ask(Gateway, "GET", "/payments", None).header("x-app-version"), None);
    let info = fleet.ask(Order, "GET", "/actuator/info", None).json();
    assert_eq!(info["app"], serde_json::json!({ "name": "order", "version": "canary" }));
}

#[test]
fn a_version_that_no_header_can_carry_is_refused_in_one_line() {
    let folder = TempDir::new().unwrap();
    for bad in ["two words", "하나", &"v".repeat(65)] {
        let ran = run_in(folder.path(), &["order"], &[("APP_VERSION", bad), ("PORT", "0")]);
        assert_eq!(ran.code, Some(2), "{bad}");
        assert_one_line(&ran.told, &["app-version"]);
    }
}
