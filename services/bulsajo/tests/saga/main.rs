//! The saga under random interleavings, redelivery and crashes between any two steps.
//!
//! The services' own parts run in this process on SQLite files, and the test decides who takes the
//! next step, and when what is old is removed. A crash is a future that is dropped at one of its await points: whatever was
//! committed by then stays, everything else is gone, as when a process dies.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod check;
mod keeper;
mod way;
mod world;

use proptest::{collection::vec, prelude::*};
use way::Fault;
use world::{Step, World};

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let crash = || proptest::option::weighted(0.3, 1_u32..12);
    let fault = prop_oneof![
        6 => Just(Fault::None),
        1 => Just(Fault::Before),
        1 => Just(Fault::After),
    ];
    let step = prop_oneof![
        4 => (fault, crash()).prop_map(|(fault, crash)| Step::Place(fault, crash)),
        1 => Just(Step::PlaceAndSweep),
        1 => (1_i64..6).prop_map(Step::LateCharge),
        2 => (0_usize..8).prop_map(Step::Pay),
        3 => (0_usize..8, crash()).prop_map(|(order, crash)| Step::Cancel(order, crash)),
        5 => (0_usize..3, crash()).prop_map(|(service, crash)| Step::Relay(service, crash)),
        8 => (0_usize..3, 1_usize..4, crash())
            .prop_map(|(group, most, crash)| Step::React(group, most, crash)),
        1 => (0_usize..3).prop_map(Step::Redeliver),
        1 => Just(Step::Sweep),
        6 => (0_usize..4, 0_usize..3, crash())
            .prop_map(|(service, sweep, crash)| Step::Retain(service, sweep, crash)),
    ];
    vec(step, 10..60)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: testkit::dose("fuzz", 64, 2_000),
        max_shrink_iters: 200,
        ..Default::default()
    })]

    #[test]
    fn whatever_happens_money_goods_and_traces_agree_in_the_end(
        approval_is_automatic in any::<bool>(),
        fallback in prop_oneof![Just("reject"), Just("queue")],
        steps in steps(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new(approval_is_automatic, fallback).await;
            for step in &steps {
                world.take(step).await;
            }
            world.settle().await;
            check::everything(&world).await?;
            // And once more with nothing left that can be removed.
            world.retain().await;
            check::everything(&world).await
        })?;
    }
}
