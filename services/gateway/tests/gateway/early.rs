//! Answers that come while the upload still goes on.

use tokio::join;

use crate::support::{Gateway, Script, all};

#[tokio::test]
async fn an_answer_arrives_while_the_upload_goes_on() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let mut client = gateway.connect().await;
    client.write("POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst").await;
    let mut service = order.accept().await;
    service.read_head().await;

    service.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig").await;

    let head = client.read_head().await;
    assert!(head.starts_with("HTTP/1.1 413"), "{head}");
    assert_eq!(client.read_exactly(3).await, "big");
    client.write("other").await;
    assert_eq!(service.read_exactly(10).await, "firstother");

    // Both connections have come to the end of the exchange, and serve the next one.
    client.write("GET /orders HTTP/1.1\r\nHost: a\r\n\r\n").await;
    service.read_head().await;
    service.write("HTTP/1.1 204 No Content\r\n\r\n").await;
    assert!(client.read_head().await.starts_with("HTTP/1.1 204"));
}

#[tokio::test]
async fn the_answer_of_a_service_that_closes_at_once_arrives_all_the_same() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let refusal = "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\nConnection: close\r\n\
                   Content-Length: 2\r\n\r\nno";

    for round in 0..40 {
        let mut client = gateway.connect().await;
        let upload = async {
            client
                .write("POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 600000\r\n\r\n")
                .await;
            for _ in 0..60 {
                // Once it has its answer, the gateway may stop reading.
                if client.try_write(&"x".repeat(10_000)).await.is_err() {
                    break;
                }
            }
            let head = client.read_head().await;
            (head, client.read_exactly(2).await)
        };
        let ((head, body), _) = join!(upload, order.answer(refusal));

        assert!(head.starts_with("HTTP/1.1 405"), "round {round}: {head}");
        assert_eq!((all(&head, "allow"), &*body), (vec!["GET"], "no"));
    }
}

#[tokio::test]
async fn an_upload_goes_on_for_64_mib_after_its_answer_and_no_longer() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let mut client = gateway.connect().await;
    let head = "POST /orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.write(head).await;
    let mut service = order.accept().await;
    service.read_head().await;
    service.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await;
    assert!(client.read_head().await.starts_with("HTTP/1.1 403"));

    let chunk = format!("100000\r\n{}\r\n", "x".repeat(1 << 20));
    let mut sent = 0;
    let upload = async {
        while sent < 200 && client.try_write(&chunk).await.is_ok() {
            sent += 1;
        }
    };
    join!(upload, service.read_all());

    assert!((64..100).contains(&sent), "{sent} MiB");
}
