//! Bodies pass as they come, and end as they end.

use std::time::Duration;

use tokio::{join, time::interval};

use crate::support::{Gateway, Script, all};

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\
                       Transfer-Encoding: chunked\r\n\r\n";

#[tokio::test]
async fn events_pass_one_by_one() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let mut client = gateway.connect().await;
    client.write("GET /orders HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut service = order.accept().await;
    service.read_head().await;
    service.write(CHUNKED).await;

    assert_eq!(all(&client.read_head().await, "content-type"), ["text/event-stream"]);
    for event in 0..3 {
        // The next is written only when this one has arrived.
        service.write(&format!("9\r\ndata: {event}\n\n\r\n")).await;
        assert_eq!(client.read_exactly(14).await, format!("9\r\ndata: {event}\n\n\r\n"));
    }
}

#[tokio::test]
async fn an_upload_passes_chunk_by_chunk() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;

    for method in ["POST", "GET"] {
        let mut client = gateway.connect().await;
        let head = "/orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        client.write(&format!("{method} {head}")).await;
        client.write("5\r\nfirst\r\n").await;
        let mut service = order.accept().await;
        let head = service.read_head().await;
        assert_eq!(all(&head, "transfer-encoding"), ["chunked"]);
        assert_eq!(all(&head, "content-length"), [""; 0]);
        assert_eq!(service.read_exactly(10).await, "5\r\nfirst\r\n");

        client.write("6\r\nsecond\r\n0\r\n\r\n").await;
        assert_eq!(service.read_exactly(16).await, "6\r\nsecond\r\n0\r\n\r\n");
        service.write("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
        assert!(client.read_head().await.starts_with("HTTP/1.1 204"));
    }
}

#[tokio::test]
async fn a_body_of_known_length_keeps_its_length() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let mut client = gateway.connect().await;
    client.write("PUT /orders/1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n").await;
    client.write("Content-Length: 4\r\n\r\n").await;
    let mut service = order.accept().await;

    let (sent, go_on) = join!(service.read_head(), client.read_head());
    assert_eq!(all(&sent, "content-length"), ["4"]);
    assert_eq!(all(&sent, "transfer-encoding"), [""; 0]);
    assert_eq!(all(&sent, "expect"), [""; 0]);
    assert!(go_on.starts_with("HTTP/1.1 100"), "{go_on}");

    client.write("body").await;
    assert_eq!(service.read_exactly(4).await, "body");
    service.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nback").await;
    assert_eq!(all(&client.read_head().await, "content-length"), ["4"]);
    assert_eq!(client.read_exactly(4).await, "back");
}

#[tokio::test]
async fn an_upload_that_moves_may_take_longer_than_the_answer() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &["--gateway-response-timeout", "100ms"]).await;
    let mut client = gateway.connect().await;
    client.write("POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n").await;

    let mut clock = interval(Duration::from_millis(40));
    let upload = async {
        for _ in 0..10 {
            clock.tick().await;
            client.write("x").await;
        }
        client.read_head().await
    };
    let service = async {
        let mut service = order.accept().await;
        service.read_head().await;
        assert_eq!(service.read_exactly(10).await, "xxxxxxxxxx");
        service.write("HTTP/1.1 204 No Content\r\n\r\n").await;
    };

    assert!(join!(upload, service).0.starts_with("HTTP/1.1 204"));
}

#[tokio::test]
async fn a_truncated_answer_stays_truncated() {
    for (head, sent) in [
        ("Content-Length: 10\r\n\r\n", "12345"),
        ("Transfer-Encoding: chunked\r\n\r\n", "5\r\n12345\r\n"),
    ] {
        let order = Script::new().await;
        let gateway = Gateway::before(order.address, &[]).await;
        let mut client = gateway.connect().await;
        client.write("GET /orders HTTP/1.1\r\nHost: a\r\n\r\n").await;

        order.answer(&format!("HTTP/1.1 200 OK\r\n{head}{sent}")).await;

        assert!(client.read_head().await.starts_with("HTTP/1.1 200"));
        // The connection ends without the rest, and without the chunk that would end it well.
        assert_eq!(client.read_to_end().await.unwrap_or_default(), sent);
    }
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_request_along() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;

    let mut before_the_answer = gateway.connect().await;
    before_the_answer.write("GET /orders HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut service = order.accept().await;
    service.read_head().await;
    drop(before_the_answer);
    assert_eq!(service.read_to_end().await.unwrap(), "");

    let mut amid_the_answer = gateway.connect().await;
    amid_the_answer.write("GET /orders HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut service = order.accept().await;
    service.read_head().await;
    service.write(CHUNKED).await;
    amid_the_answer.read_head().await;
    drop(amid_the_answer);
    assert_eq!(service.read_to_end().await.unwrap(), "");
}

#[tokio::test]
async fn an_upload_that_breaks_off_breaks_off_at_the_service_too() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let mut client = gateway.connect().await;
    client.write("POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf").await;
    let mut service = order.accept().await;
    service.read_head().await;
    assert_eq!(service.read_exactly(4).await, "half");

    drop(client);

    assert_eq!(service.read_to_end().await.unwrap_or_default(), "");
}

#[tokio::test]
async fn a_chunk_that_is_none_is_the_clients_fault() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let mut client = gateway.connect().await;
    let head = "POST /orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.write(&format!("{head}5\r\nfirst\r\n")).await;
    let mut service = order.accept().await;
    service.read_head().await;
    assert_eq!(service.read_exactly(10).await, "5\r\nfirst\r\n");

    client.write("zz\r\n").await;

    assert!(client.read_head().await.starts_with("HTTP/1.1 400"));
}

#[tokio::test]
async fn head_tells_the_length_that_get_would_have_or_none() {
    for (length, told) in [("Content-Length: 301\r\n", &["301"][..]), ("", &[])] {
        let order = Script::new().await;
        let gateway = Gateway::before(order.address, &[]).await;
        for status in ["200 OK", "304 Not Modified"] {
            let answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{length}\r\n");
            let (_, answer) = join!(order.answer(&answer), gateway.send("HEAD /orders", &[]));

            assert_eq!(answer.all("content-length"), told, "{status}");
            assert_eq!(answer.body, "");
        }
    }
}

#[tokio::test]
async fn a_missing_item_stays_empty() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

    let (_, answer) = join!(order.answer(missing), gateway.send("GET /orders/999", &[]));

    assert_eq!((answer.status(), &*answer.body), (404, ""));
    assert_eq!(answer.all("content-length"), ["0"]);
    assert_eq!(answer.all("content-type"), [""; 0]);
}
