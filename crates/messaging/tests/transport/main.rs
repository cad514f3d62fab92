//! What every transport must do: order, offsets, groups. The same tests over each.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod busy;
mod scenarios;
mod worlds;

/// Every scenario as a test over the transport that `$world` makes.
macro_rules! over {
    ($world:ident: $($scenario:ident),* $(,)?) => {
        mod $world {
            $(
                #[tokio::test]
                async fn $scenario() {
                    let name = concat!(stringify!($world), "::", stringify!($scenario));
                    if let Some(world) = crate::worlds::$world(name).await {
                        crate::scenarios::$scenario(&*world.transport).await;
                        world.end().await;
                    }
                }
            )*
        }
    };
}

/// The scenarios over each of these, and what only holds for some of them behind.
macro_rules! matrix {
    ($($world:ident $(+ $more:ident)?),* $(,)?) => {
        $(over!($world:
            records_of_one_key_come_in_the_order_in_which_they_were_published,
            records_without_a_key_go_to_all_partitions_in_turn,
            positions_have_no_gaps_however_many_publish_at_once,
            what_was_not_committed_comes_again_and_what_was_does_not,
            what_was_handed_out_and_not_committed_is_handed_out_again,
            each_group_reads_everything,
            $($more)?
        );)*
    };
}

// A file of SQLite belongs to one process: there is nobody to share with.
matrix!(
    log_in_sqlite,
    log_in_postgres + members_of_a_group_share_the_partitions,
    kafka + members_of_a_group_share_the_partitions,
);
