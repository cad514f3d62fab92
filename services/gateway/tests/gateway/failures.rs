//! Services that do not answer.

use std::net::SocketAddr;

use futures::FutureExt;
use tokio::{join, net::TcpSocket};

use crate::support::{Answer, Gateway, Peer, Script};

const KEPT: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nkept";

/// What a client gets whose service takes the request and then does this.
async fn answered_by(answer: &str) -> Answer {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &["--gateway-retry", "false"]).await;
    join!(order.answer(answer), gateway.send("GET /orders", &[])).1
}

#[tokio::test]
async fn nobody_listening_is_a_502_that_says_where_to_look() {
    // Bound, so that nobody else gets the port, and not listening.
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    let gateway = Gateway::with(vec!["--payment-url", &url]).await;

    let answer = gateway.send("POST /payments", &["Content-Length: 0"]).await;

    assert_eq!(answer.status(), 502);
    assert_eq!(answer.all("content-type"), ["application/problem+json"]);
    let problem = answer.json();
    assert_eq!(problem["path"], "/payments");
    assert_eq!(problem["error"], "Bad Gateway");
    assert_eq!(problem["message"], format!("payment at {url} did not answer: connection refused"));
    assert_eq!(
        problem["hint"],
        "look at payment: is it running and ready, and is PAYMENT_URL its address?"
    );
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_a_502() {
    let gateway = Gateway::with(vec!["--delivery-url", "http://delivery.invalid:8080"]).await;

    let answer = gateway.send("GET /deliveries", &[]).await;

    assert_eq!(answer.status(), 502);
    let message = answer.json()["message"].to_string();
    assert!(message.contains("delivery at http://delivery.invalid:8080 did not"), "{message}");
    assert!(message.contains("failed to lookup address information"), "{message}");
}

#[tokio::test]
async fn a_reset_is_a_502() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &["--gateway-retry", "false"]).await;

    let reset = async {
        let mut service = order.accept().await;
        service.read_head().await;
        service.reset();
    };
    let (answer, ()) = join!(gateway.send("GET /orders", &[]), reset);

    assert_eq!(answer.status(), 502);
    assert!(answer.body.contains("did not answer: connection reset"), "{}", answer.body);
}

#[tokio::test]
async fn an_answer_that_breaks_off_in_its_head_or_is_not_http_is_a_502() {
    for (bytes, reason) in [
        ("", "it closed the connection"),
        ("HTTP/1.1 200 OK\r\nContent-", "it closed the connection"),
        ("SSH-2.0-OpenSSH_9.6\r\n\r\n", "what came back is not HTTP"),
    ] {
        let answer = answered_by(bytes).await;
        assert_eq!(answer.status(), 502, "{bytes:?}");
        assert!(answer.body.contains(reason), "{}", answer.body);
    }
}

#[tokio::test]
async fn silence_is_a_504() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &["--gateway-response-timeout", "50ms"]).await;

    let silent = async {
        let mut service = order.accept().await;
        service.read_head().await;
        service.read_to_end().await
    };
    let (answer, hung_up) = join!(gateway.send("GET /orders", &[]), silent);

    assert_eq!(answer.status(), 504);
    let message =
        format!("order at http://{} did not answer: nothing came within 50ms", order.address);
    assert_eq!(answer.json()["message"], message);
    assert_eq!(hung_up.unwrap(), "");
}

fn close(service: Peer, is_reset: bool) {
    if is_reset {
        service.reset();
    }
}

#[tokio::test]
async fn an_idempotent_request_survives_a_connection_that_closes_under_it() {
    for is_reset in [false, true] {
        let order = Script::new().await;
        let gateway = Gateway::before(order.address, &[]).await;

        let stale = async {
            let mut service = order.accept().await;
            service.read_head().await;
            service.write(KEPT).await;
            service.read_head().await;
            close(service, is_reset);
            order.answer(KEPT).await
        };
        let client = async {
            gateway.send("GET /orders", &[]).await;
            gateway.send("GET /orders/2?a=b", &["X-Request-Id: 4711"]).await
        };
        let (head, answer) = join!(stale, client);

        assert_eq!((answer.status(), &*answer.body), (200, "kept"));
        assert!(head.starts_with("GET /orders/2?a=b HTTP/1.1"), "{head}");
        assert!(head.contains("x-request-id: 4711"), "{head}");
    }
}

#[tokio::test]
async fn what_may_have_taken_effect_is_not_sent_again() {
    for (settings, line, headers) in [
        (&[][..], "POST /orders", &["Content-Length: 0"][..]),
        (&[], "PATCH /orders/1", &["Content-Length: 0"]),
        (&["--gateway-retry", "false"], "GET /orders", &[]),
    ] {
        let order = Script::new().await;
        let gateway = Gateway::before(order.address, settings).await;

        let close = async {
            let mut service = order.accept().await;
            service.read_head().await;
        };
        let (answer, ()) = join!(gateway.send(line, headers), close);

        assert_eq!(answer.status(), 502, "{line}");
        assert!(order.accept().now_or_never().is_none(), "{line} was sent twice");
    }
}

#[tokio::test]
async fn a_request_is_repeated_once_only() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;

    let close = async {
        for _ in 0..2 {
            order.accept().await.read_head().await;
        }
    };
    let (answer, ()) = join!(gateway.send("GET /orders", &[]), close);

    assert_eq!(answer.status(), 502);
    assert!(order.accept().now_or_never().is_none());
}
