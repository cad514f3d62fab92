//! A database that cannot be used for a while: requests get a 503 that says so, health says it, and
//! events wait; none is set aside.

use serde_json::Value;
use sqlx::{AnyConnection, Connection as _};
use testkit::{
    Cell, Fleet, eventually,
    fleet::Service::{self, Delivery, Order},
    invariants::hold,
    ledger::settle,
};

use crate::{BINARY, coffee, invariants::place};

const SETTINGS: [(&str, &str); 3] =
    [("REACTION_ATTEMPTS", "2"), ("REACTION_BACKOFF", "10ms"), ("DRAIN_DELAY", "0s")];

/// Another process that has a SQLite file for itself: a tool, or a backup.
struct Held {
    runtime: tokio::runtime::Runtime,
    connection: AnyConnection,
}

impl Held {
    fn file(fleet: &Fleet, service: Service) -> Self {
        sqlx::any::install_default_drivers();
        let url = format!("sqlite:{}/data/{}.db", fleet.folder().display(), service.name());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let connection = runtime.block_on(async {
            let mut connection = AnyConnection::connect(&url).await.unwrap();
            sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
            connection
        });
        Self { runtime, connection }
    }

    fn let_go(self) {
        self.runtime.block_on(self.connection.close()).unwrap();
    }
}

/// What health says of a part of a service.
fn part(fleet: &Fleet, service: Service, name: &str) -> Value {
    let health = fleet.ask(service, "GET", "/actuator/health?details", None);
    health.json()["components"][name].clone()
}

/// Waits until health says this of a part, with this word in what it says.
fn is(fleet: &Fleet, service: Service, name: &str, status: &str, word: &str) {
    eventually(|| {
        let told = part(fleet, service, name);
        let right = told["status"] == status && told.to_string().contains(word);
        if right { Ok(()) } else { Err(told.to_string()) }
    });
}

/// Reading goes on. A connection that was ended may fail once.
fn can_be_read(fleet: &Fleet, service: Service, path: &str) -> Value {
    eventually(|| {
        let answer = fleet.ask(service, "GET", path, None);
        if answer.status == 200 { Ok(answer.json()) } else { Err(answer.text().to_owned()) }
    })
}

/// Waits until this request is refused because of the database, and looks how.
fn is_refused(fleet: &Fleet, service: Service, path: &str) {
    let refused = eventually(|| {
        let answer = fleet.ask(service, "POST", path, Some(coffee()));
        if answer.status == 503 { Ok(answer) } else { Err(answer.text().to_owned()) }
    });
    let after = refused.header("retry-after").and_then(|it| it.parse::<u32>().ok());
    assert!(after.is_some_and(|it| it > 0), "{:?}", refused.headers);
    let told = refused.json();
    assert!(told["detail"].as_str().unwrap().contains("database"), "{told}");
    assert!(told["hint"].as_str().unwrap().contains("ask again"), "{told}");
}

fn nothing_was_set_aside(fleet: &Fleet) {
    for service in [Service::Payment, Delivery, Service::OrderTrace] {
        let letters = can_be_read(fleet, service, "/actuator/deadletters");
        assert_eq!(letters["total"], 0, "{letters}");
    }
}

#[test]
fn while_another_process_has_a_file_events_wait_and_requests_are_told_so() {
    let fleet = Fleet::start(BINARY, &SETTINGS);
    place(&fleet);
    settle(&fleet);
    let held = Held::file(&fleet, Delivery);
    place(&fleet);

    is_refused(&fleet, Delivery, "/deliveries");
    can_be_read(&fleet, Delivery, "/deliveries");
    is(&fleet, Delivery, "database", "DOWN", "locked");
    // The event was tried, and waits.
    is(&fleet, Delivery, "reactions", "DOWN", "locked");
    assert_eq!(fleet.ask(Delivery, "GET", "/actuator/health/liveness", None).status, 200);
    nothing_was_set_aside(&fleet);

    held.let_go();

    settle(&fleet);
    is(&fleet, Delivery, "database", "UP", "");
    nothing_was_set_aside(&fleet);
    hold(&fleet);
}

#[test]
fn while_the_file_of_orders_is_held_no_order_is_taken_and_none_is_half_taken() {
    let fleet = Fleet::start(BINARY, &SETTINGS);
    place(&fleet);
    let held = Held::file(&fleet, Order);

    is_refused(&fleet, Order, "/orders");

    held.let_go();
    place(&fleet);
    settle(&fleet);
    hold(&fleet);
}

#[test]
fn while_postgresql_takes_no_changes_events_wait_and_requests_are_told_so() {
    if !Cell::Minimal.is_available("while_postgresql_takes_no_changes_events_wait") {
        return;
    }
    let fleet = Fleet::on(Cell::Minimal).settings(&SETTINGS).start(BINARY);
    place(&fleet);
    settle(&fleet);

    // As a primary that has become a standby, or was told to keep what it has.
    read_only(&fleet, "on");
    is_refused(&fleet, Order, "/orders");
    is(&fleet, Order, "database", "DOWN", "read-only");
    can_be_read(&fleet, Order, "/orders");
    nothing_was_set_aside(&fleet);

    read_only(&fleet, "off");
    eventually(|| {
        let answer = fleet.http("POST", "/orders", Some(coffee()));
        if answer.status == 201 { Ok(()) } else { Err(answer.text().to_owned()) }
    });
    is(&fleet, Order, "database", "UP", "");
    settle(&fleet);
    nothing_was_set_aside(&fleet);
}

/// Connections that are there keep what they began with, so they have to begin anew.
fn read_only(fleet: &Fleet, mode: &str) {
    let name = fleet.name();
    fleet.run_sql(
        "order",
        &format!(
            "SET TRANSACTION READ WRITE; \
             ALTER DATABASE \"{name}\" SET default_transaction_read_only = {mode}"
        ),
    );
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    fleet.run_sql("order", others);
}
