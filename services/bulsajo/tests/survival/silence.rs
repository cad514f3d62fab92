//! A server that is gone without a word: nobody closed its connections, and nothing comes over them.

use testkit::{Cell, Database, Fleet, Load, Wire, fleet::Service::Gateway, unique_name};

use crate::BINARY;

/// How often it happens.
const TIMES: usize = 3;

#[test]
fn a_database_that_falls_silent_is_connected_to_anew_and_nothing_is_lost() {
    if !Cell::Minimal.is_available("a database that falls silent") {
        return;
    }
    let server = Cell::Minimal.server().expect("it is there");
    let database = Database::create(&server, &unique_name());
    let (wire, url) = Wire::over(&database.url());
    let settings = [("DATABASE_URL", url.as_str()), ("DATABASE_STATEMENT_TIMEOUT", "1s")];
    let fleet = Fleet::start(BINARY, &settings);

    let load = Load::start(fleet.address(Gateway), 3);
    for _ in 0..TIMES {
        load.accepted(20);
        wire.silence();
    }
    load.accepted(20);
    let ledger = load.stop();

    ledger.verify(&fleet);
    drop(fleet);
}
