//! What others write into the topic.

use rdkafka::{Message as _, message::Headers as _};

use crate::listener::{Listener, until};

/// An order as the originals told it.
fn ordered(id: i64) -> Vec<u8> {
    format!(
        r#"{{"eventType":"Ordered","timestamp":"20231114221320","id":{id},"productId":1,"qty":1,
            "orderStatus":null,"paymentType":"cash","cost":1000,"productName":"Coffee","me":true}}"#
    )
    .into_bytes()
}

async fn heard(listener: &Listener, orders: &[Option<i64>]) {
    until(&format!("{orders:?} is heard"), async || listener.ears.orders() == orders).await;
}

async fn set_aside(listener: &Listener, count: i64) {
    until(&format!("{count} dead letters"), async || {
        listener.letters.count().await.unwrap() == count
    })
    .await;
}

#[tokio::test]
async fn what_is_no_fact_becomes_a_dead_letter_and_holds_nothing_up() {
    let test = "what_is_no_fact_becomes_a_dead_letter_and_holds_nothing_up";
    let Some(listener) = Listener::start(test).await else { return };
    let poison: [&[u8]; 3] = [b"\xff\x00\xfe", b"", b"{}"];
    until("the topic is there", async || listener.is_there().await).await;
    for bytes in poison {
        listener.write("1", &[], bytes).await;
    }
    listener.write("1", &[("type", "Ordered")], &ordered(1)).await;

    heard(&listener, &[Some(1)]).await;
    set_aside(&listener, 3).await;

    // What was buried is what was written, to the byte, with the reason beside it.
    let buried = listener.buried(3).await;
    let mut bytes: Vec<&[u8]> = buried.iter().map(|it| it.payload().unwrap_or_default()).collect();
    bytes.sort_unstable();
    let mut expected = poison;
    expected.sort_unstable();
    assert_eq!(bytes, expected);
    let headers = buried[0].headers().unwrap();
    let names: Vec<&str> = headers.iter().map(|header| header.key).collect();
    assert!(names.contains(&"x-exception-message"), "{names:?}");
    assert!(names.contains(&"x-original-offset"), "{names:?}");
    listener.stop().await;
}

#[tokio::test]
async fn facts_from_a_newer_service_are_understood_as_far_as_they_are_known() {
    let test = "facts_from_a_newer_service_are_understood_as_far_as_they_are_known";
    let Some(listener) = Listener::start(test).await else { return };
    until("the topic is there", async || listener.is_there().await).await;
    listener.write("1", &[("type", "Repaired")], br#"{"eventType":"Repaired","part":[1]}"#).await;
    let newer = r#"{"eventType":"OrderPlaced","timestamp":1700000000000,"id":7,"gift":{"a":1}}"#;
    listener.write("7", &[], newer.as_bytes()).await;

    until("both are heard", async || listener.ears.orders().len() == 2).await;

    let mut orders = listener.ears.orders();
    orders.sort_unstable();
    assert_eq!(orders, [None, Some(7)]);
    assert_eq!(listener.letters.count().await.unwrap(), 0);
    listener.stop().await;
}

#[tokio::test]
async fn a_message_of_the_originals_counts_once_however_often_it_comes() {
    let test = "a_message_of_the_originals_counts_once_however_often_it_comes";
    let Some(listener) = Listener::start(test).await else { return };
    until("the topic is there", async || listener.is_there().await).await;
    for order in [1, 1, 1, 2] {
        listener.write("k", &[("type", "Ordered")], &ordered(order)).await;
    }

    heard(&listener, &[Some(1), Some(2)]).await;
    listener.stop().await;
}

#[tokio::test]
async fn a_dead_letter_that_is_put_back_into_the_topic_is_tried_again() {
    let test = "a_dead_letter_that_is_put_back_into_the_topic_is_tried_again";
    let Some(listener) = Listener::start(test).await else { return };
    until("the topic is there", async || listener.is_there().await).await;
    listener.ears.cannot_stand(Some(3));
    listener.write("3", &[("type", "Ordered")], &ordered(3)).await;
    set_aside(&listener, 1).await;
    let letter = listener.buried(1).await.remove(0);
    listener.ears.cannot_stand(None);

    listener.put_back(&letter).await;

    heard(&listener, &[Some(3)]).await;
    set_aside(&listener, 0).await;
    listener.stop().await;
}
