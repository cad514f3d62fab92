//! Guards that are taken away, and defects that are brought back: the damage is in the books, and
//! with the guard the same events do none.

mod compat;
mod dlq;
mod ordering;

use std::net::SocketAddr;

use participant::{CompatBugs, Guards};
use testkit::{
    Fleet, eventually,
    fleet::Service::{self, Order},
    http,
};

use crate::{BINARY, invariants::invariants, run_in};

/// Sets a fault of one process.
fn set_at(door: SocketAddr, fault: &str, query: &str) {
    let path = format!("/actuator/faults/{fault}?{query}");
    let answer = http::send(door, "PUT", &path, &[], None).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn set(fleet: &Fleet, service: Service, fault: &str, query: &str) {
    set_at(fleet.address(service), fault, query);
}

fn clear(fleet: &Fleet, service: Service, fault: &str) {
    let path = format!("/actuator/faults/{fault}");
    assert_eq!(fleet.ask(service, "DELETE", &path, None).status, 204);
}

/// Waits until a figure of this service's metrics is 0.
fn becomes_zero(fleet: &Fleet, service: Service, name: &str) {
    eventually(|| {
        let metrics = fleet.ask(service, "GET", "/metrics", None);
        let line = metrics.text().lines().find(|it| it.starts_with(&format!("{name}{{")));
        match line {
            Some(line) if line.ends_with(" 0") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
}

/// A figure of the books.
fn figure(fleet: &Fleet, pointer: &str) -> i64 {
    let books = invariants(fleet);
    books.pointer(pointer).and_then(serde_json::Value::as_i64).expect("a figure of the books")
}

/// The words in backticks in the last column of a table.
fn named(table: &str) -> Vec<String> {
    let column = |row: &str| row.trim_end_matches(" |").rsplit(" | ").next().map(ToOwned::to_owned);
    let cells: Vec<String> = table.lines().skip(2).filter_map(column).collect();
    assert!(cells.len() > 4, "{table}");
    let words = cells.iter().flat_map(|cell| cell.split('`').skip(1).step_by(2));
    words.map(ToOwned::to_owned).collect()
}

/// What docs/guards.md promises to be seen can be asked for.
#[test]
fn every_figure_that_the_tables_name_is_in_the_books() {
    let fleet = Fleet::start(BINARY, &[]);
    let (told, kept) = (invariants(&fleet), fleet.ask(Order, "GET", "/invariants", None).json());
    for name in [Guards::table(), CompatBugs::table()].iter().flat_map(|it| named(it)) {
        if !name.chars().all(|it| it.is_ascii_alphabetic() || it == '.') {
            continue;
        }
        let of_damage = told.pointer(&format!("/damage/{name}"));
        let pointer = format!("/{}", name.replace('.', "/"));
        let found = of_damage.or(told.pointer(&pointer)).or(kept.pointer(&pointer));
        assert!(found.is_some(), "{name} is in no books: {told} {kept}");
    }
}

#[test]
fn what_is_missing_is_said_when_a_service_starts() {
    let folder = tempfile::TempDir::new().unwrap();
    // It ends as soon as it has started.
    let settings = [
        ("ORDERING", "off"),
        ("DLQ", "off"),
        ("COMPAT_BUGS", "sktkanumodel"),
        ("FAULTS_AT_START", "crash"),
    ];

    let told = run_in(folder.path(), &["order", "--port", "0"], &settings).answer;

    assert!(told.contains("ORDERING=off, DLQ=off, COMPAT_BUGS=sktkanumodel"), "{told}");
}

#[test]
fn a_guard_is_on_or_off_and_defects_are_somebodys() {
    let folder = tempfile::TempDir::new().unwrap();
    for (name, value, possible) in
        [("ORDERING", "maybe", "on"), ("COMPAT_BUGS", "12st-mall", "none, sktkanumodel")]
    {
        let ran = run_in(folder.path(), &["order", "--port", "0"], &[(name, value)]);

        assert_eq!(ran.code, Some(2), "{}", ran.told);
        let option = name.to_lowercase().replace('_', "-");
        for word in [&*option, value, possible] {
            assert!(ran.told.contains(word), "{word} is not in {}", ran.told);
        }
    }
}
