//! What clients and topics may send costs each process a bounded number of bytes, on every backend:
//! well below the 128 MiB that the chart allows a service.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod batches;
mod bodies;
mod feeds;
mod lists;
mod steps;

use testkit::{Cell, Fleet};

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_bulsajo");

/// A process for each service, so that what each takes is its own.
fn run(cell: Cell, name: &str, settings: &[(&str, &str)], scenario: fn(&mut Fleet)) {
    if !cell.is_available(name) {
        return;
    }
    let plan = Fleet::on(cell).replicas(1).settings(&[("DRAIN_DELAY", "0s")]);
    scenario(&mut plan.settings(settings).start(BINARY));
}

macro_rules! on {
    ($name:ident, $cell:ident: $($topic:ident::$scenario:ident $([$($set:ident = $value:literal)+])?;)+) => {
        mod $name {
            use super::*;

            $(
                #[test]
                fn $scenario() {
                    let settings = &[$($((stringify!($set), $value)),+)?];
                    let name = concat!(module_path!(), "::", stringify!($scenario));
                    run(Cell::$cell, name, settings, $topic::$scenario);
                }
            )+
        }
    };
}

/// What depends on the database.
macro_rules! on_database {
    ($name:ident, $cell:ident) => {
        on! { $name, $cell:
            lists::pages_of_large_rows_are_read_in_parts;
            lists::who_does_not_read_takes_no_more_than_the_others;
            lists::a_list_without_pages_is_sent_while_it_is_read;
            lists::a_search_and_a_timeline_are_read_in_parts;
            batches::large_events_that_wait_at_a_start_are_handled_a_few_at_a_time;
            feeds::there_are_as_many_live_feeds_as_the_setting_says [LIVE_FEEDS = "20"];
            feeds::a_feed_that_nobody_reads_holds_up_neither_memory_nor_the_others;
            feeds::idle_feeds_share_one_reader;
        }
    };
}

on_database!(embedded, Embedded);
on_database!(minimal, Minimal);

on! { kafka_sqlite, KafkaSqlite:
    batches::large_events_that_wait_at_a_start_are_handled_a_few_at_a_time;
}

on! { full, Full:
    batches::large_events_that_wait_at_a_start_are_handled_a_few_at_a_time;
}

on! { alone, Embedded:
    bodies::bodies_that_never_end_take_a_bounded_room;
    bodies::a_text_is_as_long_as_its_description_says_in_every_service;
}
