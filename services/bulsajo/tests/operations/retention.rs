//! RETENTION: what is removed, what stays, and how large databases become.

use testkit::{
    Cell, Fleet, Load, Metrics, eventually,
    fleet::Service::{self, Delivery, Gateway, Order, OrderTrace, Payment},
    invariants,
    ledger::settle,
    rows,
};

use crate::{BINARY, coffee};

/// Short enough to be over while a test waits.
const SHORT: (&str, &str) = ("RETENTION", "300ms");

fn place(fleet: &Fleet) {
    assert_eq!(fleet.http("POST", "/orders", Some(coffee())).status, 201);
}

fn count(fleet: &Fleet, (owner, table): (&str, &str)) -> i64 {
    fleet.number(owner, &format!("SELECT COUNT(*) FROM {table}"))
}

fn becomes(fleet: &Fleet, table: (&str, &str), rows: i64) {
    eventually(|| match count(fleet, table) {
        it if it == rows => Ok(()),
        it => Err(format!("{it} rows in {table:?}, and not {rows}")),
    });
}

/// Waits until this service has looked for old rows for so many seconds more, with success.
fn passes(fleet: &Fleet, service: Service, seconds: i64) {
    let last = || -> Result<i64, String> {
        let metrics = Metrics::of(fleet.address(service))?;
        Ok(metrics.count("retention_last_pass_timestamp_seconds", "").unwrap_or(0))
    };
    let until = eventually(&last) + seconds;
    eventually(|| match last()? {
        at if at >= until && at > seconds => Ok(()),
        at => Err(format!("the last pass was at {at}, and not yet at {until}")),
    });
}

#[test]
fn what_a_service_has_not_read_yet_stays_however_old_it_is() {
    let mut fleet = Fleet::on(Cell::Embedded).replicas(1).settings(&[SHORT]).start(BINARY);
    fleet.replica(Delivery, 1).kill();
    (0..3).for_each(|_| place(&fleet));

    // Order's own, to be charged for, and payment's two for each.
    becomes(&fleet, ("log", "log_record"), 9);
    passes(&fleet, Order, 3);

    assert_eq!(count(&fleet, ("log", "log_record")), 9);
    assert_eq!(count(&fleet, ("payment", "inbox")), 3);
    fleet.restart();
    settle(&fleet);
    becomes(&fleet, ("log", "log_record"), 0);
    becomes(&fleet, ("payment", "inbox"), 0);
    assert_eq!(rows::all(&fleet, Delivery).len(), 3);
    invariants::hold(&fleet);
}

#[test]
fn a_dead_letter_stays_and_can_be_replayed_when_its_event_is_gone_from_the_log() {
    let fleet = Fleet::start(BINARY, &[SHORT, ("REACTION_ATTEMPTS", "1")]);
    let full = "CREATE TRIGGER full BEFORE INSERT ON deliveries \
                BEGIN SELECT RAISE(ABORT, 'no room'); END";
    fleet.run_sql("delivery", full);
    place(&fleet);
    becomes(&fleet, ("delivery", "dead_letter"), 1);
    becomes(&fleet, ("log", "log_record"), 0);
    becomes(&fleet, ("delivery", "inbox"), 0);
    // The order is not settled: its events are there to be looked into.
    assert_eq!(count(&fleet, ("ordertrace", "facts")), 3);

    fleet.run_sql("delivery", "DROP TRIGGER full");
    let replayed = fleet.ask(Delivery, "POST", "/actuator/deadletters/replay", None).json();

    assert_eq!(replayed["replayed"], 1, "{replayed}");
    settle(&fleet);
    invariants::hold(&fleet);
    becomes(&fleet, ("ordertrace", "facts"), 0);
    invariants::hold(&fleet);
}

#[test]
fn what_is_removed_is_counted() {
    let fleet = Fleet::start(BINARY, &[SHORT]);
    place(&fleet);
    becomes(&fleet, ("ordertrace", "settled_orders"), 1);
    becomes(&fleet, ("log", "log_record"), 0);

    let figure = |name: &str, label: &str| {
        // The services of a process take turns at the log they share.
        let counted = [Order, Payment, Delivery, OrderTrace]
            .map(|it| Metrics::of(fleet.address(it)).unwrap().count(name, label).unwrap_or(0));
        counted.iter().sum::<i64>()
    };
    let removed = |kind: &str| figure("retention_removed_rows_total", &format!("kind=\"{kind}\""));
    assert_eq!((removed("timelines"), removed("log")), (4, 4));
    assert_eq!(figure("retention_failures_total", ""), 0);
}

#[test]
fn with_a_retention_of_0_or_without_a_guard_the_facts_stay() {
    for settings in [[("RETENTION", "0"), ("LOG_LEVEL", "warn")], [SHORT, ("ORDERING", "off")]] {
        let fleet = Fleet::start(BINARY, &settings);
        place(&fleet);
        becomes(&fleet, ("ordertrace", "facts"), 4);
        settle(&fleet);
        if settings.contains(&SHORT) {
            passes(&fleet, OrderTrace, 2);
        }

        assert_eq!(count(&fleet, ("ordertrace", "facts")), 4, "{settings:?}");
    }
}

#[test]
fn a_retention_without_a_unit_ends_the_start_with_a_hint() {
    let folder = tempfile::TempDir::new().unwrap();
    let ran = crate::run_in(folder.path(), &["order"], &[("RETENTION", "7")]);

    assert_eq!(ran.code, Some(2));
    assert!(ran.told.contains("7d or 12h"), "{}", ran.told);
}

/// At least so many orders are placed in each of three rounds.
const ROUND: usize = 300;

/// How large a fleet on SQLite is: orders, pages of the log, pages of everything.
struct Size(i64, i64, i64);

impl Size {
    fn of(fleet: &Fleet) -> Self {
        let pages = |owner| fleet.number(owner, "SELECT page_count FROM pragma_page_count()");
        let all = ["log", "order", "payment", "delivery", "ordertrace"].map(pages);
        Self(count(fleet, ("order", "orders")), all[0], all.iter().sum())
    }
}

/// Three rounds of clients that order as fast as they can, and what is measured after each.
fn rounds<T>(fleet: &Fleet, measure: impl Fn() -> T) -> [T; 3] {
    std::array::from_fn(|_| {
        let load = Load::start(fleet.address(Gateway), 4);
        load.accepted(ROUND);
        load.stop().nobody_was_refused();
        settle(fleet);
        measure()
    })
}

/// Waits until all is removed that can be; the sums are right before, meanwhile and after.
fn nothing_old_is_left(fleet: &Fleet) {
    invariants::hold(fleet);
    let tables = [
        ("log", "log_record"),
        ("payment", "inbox"),
        ("delivery", "inbox"),
        ("ordertrace", "facts"),
    ];
    for table in tables {
        becomes(fleet, table, 0);
    }
    invariants::hold(fleet);
}

#[test]
fn files_of_sqlite_grow_by_orders_alone_and_pages_are_used_again() {
    let fleet = Fleet::start(BINARY, &[SHORT]);
    let short = rounds(&fleet, || {
        nothing_old_is_left(&fleet);
        Size::of(&fleet)
    });
    let fleet = Fleet::start(BINARY, &[("RETENTION", "0")]);
    let never = rounds(&fleet, || Size::of(&fleet));

    let shown = |sizes: &[Size; 3]| sizes.each_ref().map(|it| (it.0, it.1, it.2));
    let shown = format!("orders, log, all: {:?}, without: {:?}", shown(&short), shown(&never));
    let grown = |sizes: &[Size; 3]| {
        let [first, _, last] = sizes;
        (last.0 - first.0, last.1 - first.1, last.2 - first.2)
    };
    let (with, without) = (grown(&short), grown(&never));
    // By order, without a division. A file is as large as at its busiest moment, so it grows a little
    // from round to round even if all that was in it is removed after each.
    assert!(with.1 * without.0 * 5 <= without.1 * with.0, "the log goes on growing: {shown}");
    assert!(with.2 * without.0 * 4 <= without.2 * with.0, "not a quarter: {shown}");
}

#[test]
fn replicas_on_postgresql_share_what_there_is_to_remove() {
    if !Cell::Minimal.is_available("replicas_on_postgresql_share_what_there_is_to_remove") {
        return;
    }
    let fleet = Fleet::on(Cell::Minimal).replicas(2).settings(&[SHORT]).start(BINARY);

    let marks = rounds(&fleet, || {
        nothing_old_is_left(&fleet);
        ["log", "payment", "ordertrace"].map(|it| count(&fleet, (it, "retention_mark")))
    });

    assert!(marks.iter().flatten().all(|it| *it < 1000), "marks stay: {marks:?}");
}
