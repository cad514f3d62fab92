//! One suite of scenarios, the same on every backend, as one process, as a process a service, and
//! with three replicas of each. A process a service is between the other two, so its tests are a
//! campaign: `just campaign conformance`, or `cargo test --test conformance -- --ignored`.

mod events;
mod failures;
mod hangs;
mod live;
mod orders;
mod pages;
mod retention;
mod steps;
mod timeline;

use testkit::{Cell, Fleet};

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_bulsajo");

/// A scenario's fleet: where, in how many replicas if not in one process, with which settings.
struct Case<'a> {
    cell: Cell,
    replicas: Option<usize>,
    settings: &'a [(&'a str, &'a str)],
}

impl Case<'_> {
    fn run(&self, name: &str, scenario: impl FnOnce(&mut Fleet)) {
        if !self.cell.is_available(name) {
            return;
        }
        let plan = Fleet::on(self.cell).settings(self.settings);
        let plan = match self.replicas {
            None => plan,
            Some(count) => plan.replicas(count),
        };
        scenario(&mut plan.start(BINARY));
    }
}

/// A test for each scenario, with the settings that it needs. `$turn` is an attribute: when they run.
macro_rules! tests {
    ($cell:ident, $replicas:expr, $turn:meta;
     $($topic:ident { $($scenario:ident $([$($name:ident = $value:literal),+])?;)+ })+) => {$($(
        #[test]
        #[$turn]
        fn $scenario() {
            let settings = &[$($((stringify!($name), $value)),+)?];
            let case = Case { cell: Cell::$cell, replicas: $replicas, settings };
            let name = concat!(module_path!(), "::", stringify!($scenario));
            case.run(name, crate::$topic::$scenario);
        }
    )+)+};
}

/// What every fleet does.
macro_rules! everywhere {
    ($cell:ident, $replicas:expr, $turn:meta) => {
        use super::*;

        tests! { $cell, $replicas, $turn;
            orders {
                a_placed_order_is_paid_sent_and_traced_once;
                a_cancelled_order_is_refunded_and_recalled;
                an_order_that_is_cancelled_at_once_is_not_paid_for;
                many_orders_of_several_clients_settle_once;
                a_payment_waits_for_a_person [PAYMENT_APPROVAL = "manual"];
            }
            pages {
                pages_show_every_row_once_in_their_order;
                searches_find_the_rows_of_an_order;
            }
            live {
                every_live_feed_shows_what_any_replica_heard;
            }
            events {
                a_restart_keeps_everything_and_goes_on [DRAIN_DELAY = "0s"];
                facts_that_come_again_change_nothing;
                both_generations_of_facts_are_understood [DRAIN_DELAY = "0s"];
            }
            retention {
                what_is_settled_is_removed_and_the_sums_stay [RETENTION = "500ms"];
            }
            failures {
                a_dead_letter_is_listed_and_replayed [
                    REACTION_ATTEMPTS = "2", REACTION_BACKOFF = "10ms"
                ];
                facts_stay_in_order_while_processes_are_killed [
                    PAYMENT_TIMEOUT = "500ms", PAYMENT_RETRIES = "0"
                ];
            }
        }
    };
}

/// What needs services that can be away without the others.
macro_rules! apart {
    ($cell:ident, $replicas:expr, $turn:meta) => {
        tests! { $cell, $replicas, $turn;
            failures {
                no_order_is_kept_while_payment_is_away [
                    PAYMENT_RETRIES = "0", PAYMENT_BREAKER_WAIT = "2s"
                ];
                queued_orders_wait_for_payment_and_are_placed_once [
                    PAYMENT_RETRIES = "0", PAYMENT_BREAKER_WAIT = "200ms",
                    PAYMENT_FALLBACK = "queue"
                ];
            }
        }
    };
}

/// What can only happen to tables on a server.
macro_rules! on_a_server {
    ($cell:ident) => {
        tests! { $cell, None, doc = "For every change.";
            failures {
                facts_wait_while_a_table_is_locked [
                    DATABASE_STATEMENT_TIMEOUT = "200ms",
                    REACTION_ATTEMPTS = "2", REACTION_BACKOFF = "10ms"
                ];
                a_statement_without_a_limit_is_waited_for [
                    DATABASE_STATEMENT_TIMEOUT = "0s"
                ];
            }
        }
    };
}

/// What needs replicas that can take each other's work over.
macro_rules! together {
    ($cell:ident) => {
        tests! { $cell, Some(3), doc = "For every change.";
            hangs {
                replicas_that_hang_are_replaced_and_do_no_harm_later [
                    PAYMENT_TIMEOUT = "500ms", PAYMENT_BREAKER = "off"
                ];
            }
        }
    };
}

macro_rules! on {
    ($name:ident, $cell:ident $(, $alone:ident, $together:ident)?) => {
        mod $name {
            use super::*;

            mod one_process {
                everywhere!($cell, None, doc = "For every change.");
                $($alone!($cell);)?
            }

            mod one_replica {
                everywhere!($cell, Some(1), ignore = "a campaign");
                apart!($cell, Some(1), ignore = "a campaign");
            }

            mod three_replicas {
                everywhere!($cell, Some(3), doc = "For every change.");
                apart!($cell, Some(3), doc = "For every change.");
                $($together!($cell);)?
            }
        }
    };
}

on!(embedded, Embedded);
on!(minimal, Minimal, on_a_server, together);
on!(kafka_sqlite, KafkaSqlite);
on!(full, Full, on_a_server, together);

/// A pooler changes how a database is used, and nothing of what replicas do to each other.
mod pooled {
    use super::*;

    mod one_process {
        everywhere!(Pooled, None, doc = "For every change.");
    }
}
