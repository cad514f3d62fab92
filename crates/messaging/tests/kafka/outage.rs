//! Topics and brokers that are not there.

use events::{Event, Order};
use messaging::Transport as _;

use crate::listener::{Listener, until};

async fn tell(listener: &Listener, id: i64) {
    let mut tx = listener.outbox.begin().await.unwrap();
    tx.tell(Event::Ordered(Order { id, ..Order::default() }));
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_topic_that_was_deleted_is_made_again_and_read_from_its_beginning() {
    let test = "a_topic_that_was_deleted_is_made_again_and_read_from_its_beginning";
    let Some(listener) = Listener::start(test).await else { return };
    for id in 1..=5 {
        tell(&listener, id).await;
    }
    until("the first facts are heard", async || listener.ears.orders().len() == 5).await;

    listener.delete_topic().await;
    tell(&listener, 7).await;

    until("the fact after it is heard", async || listener.ears.orders().last() == Some(&Some(7)))
        .await;
    assert!(listener.is_running());
    // The broker forgets a deleted topic's offsets a while later, those of the new one too if they
    // were committed meanwhile. The next fact mends that.
    tell(&listener, 7).await;
    until("nothing is left", async || listener.kafka.lag("listener").await.ok() == Some(0)).await;
    listener.stop().await;
}

/// Nothing listens on port 1.
#[tokio::test]
async fn without_a_broker_facts_wait_and_nothing_ends() {
    let listener = Listener::at("127.0.0.1:1").await;
    tell(&listener, 1).await;

    let refused = listener.kafka.publish(&[]).await;

    assert!(refused.is_err(), "there is no broker");
    assert!(listener.is_running());
    assert_eq!(listener.outbox.depth().await.unwrap(), 1);
    listener.stop().await;
}
