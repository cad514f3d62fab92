//! How long a body is, and in which version it comes: said anew on each hop.

use tokio::join;

use crate::support::{Answer, Gateway, Script, all};

/// What a client of HTTP/1.1 gets when the service sends these bytes and closes.
async fn answered_by(bytes: &str) -> Answer {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &["--gateway-retry", "false"]).await;
    join!(order.answer(bytes), gateway.send("GET /orders", &[])).1
}

#[tokio::test]
async fn chunks_count_whatever_length_is_said_beside_them() {
    for lengths in ["Content-Length: 2\r\n", "Content-Length: 200\r\n", "Content-Length: x\r\n"] {
        let answer = answered_by(&format!(
            "HTTP/1.1 200 OK\r\n{lengths}Transfer-Encoding: chunked\r\n\r\n\
             4\r\nwhol\r\n1\r\ne\r\n0\r\n\r\n"
        ))
        .await;

        assert_eq!(answer.status(), 200);
        assert_eq!(answer.all("content-length"), [""; 0]);
        assert_eq!(answer.all("transfer-encoding"), ["chunked"]);
        assert!(answer.body.ends_with("\r\n0\r\n\r\n"), "{}", answer.body);
        let data: String = answer.body.split("\r\n").skip(1).step_by(2).collect();
        assert_eq!(data, "whole");
    }
}

#[tokio::test]
async fn the_same_length_said_twice_is_one_length() {
    for lengths in ["Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5, 5\r\n"] {
        let answer = answered_by(&format!("HTTP/1.1 200 OK\r\n{lengths}\r\nwhole")).await;

        assert_eq!((answer.status(), &*answer.body), (200, "whole"), "{lengths}");
        assert_eq!(answer.all("content-length"), ["5"]);
    }
}

#[tokio::test]
async fn an_answer_in_an_older_version_becomes_one_in_ours() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let mut client = gateway.connect().await;

    for (head, is_chunked) in [("Content-Length: 5\r\n", false), ("", true)] {
        client.write("GET /orders/1 HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let old = format!("HTTP/1.0 200 OK\r\n{head}\r\nolder");
        let (_, answer) = join!(order.answer(&old), client.read_head());

        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert_eq!(all(&answer, "connection"), [""; 0]);
        let body = if is_chunked { "5\r\nolder\r\n0\r\n\r\n" } else { "older" };
        assert_eq!(client.read_exactly(body.len()).await, body);
    }
}

#[tokio::test]
async fn a_client_of_an_older_version_gets_no_chunks() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                   5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n";

    let asked = "GET /orders HTTP/1.0\r\n\r\n";
    let (head, answer) = join!(order.answer(chunked), gateway.send_raw(asked));

    assert!(head.starts_with("GET /orders HTTP/1.1"), "{head}");
    assert_eq!(answer.all("transfer-encoding"), [""; 0]);
    assert_eq!((answer.status(), &*answer.body), (200, "firstsecond"));
}

#[tokio::test]
async fn framing_that_nobody_can_read_is_a_502_that_says_so() {
    for (head, body, reason) in [
        ("Transfer-Encoding: chunked", "five\r\nwhole\r\n0\r\n\r\n", "malformed"),
        ("Transfer-Encoding: chunked", "-5\r\nwhole\r\n0\r\n\r\n", "malformed"),
        ("Transfer-Encoding: gzip, chunked", "5\r\nwhole\r\n0\r\n\r\n", "transfer coding"),
        ("Transfer-Encoding: gzip", "whole", "transfer coding"),
        ("Content-Length: 5\r\nContent-Length: 6", "whole!", "not HTTP"),
        ("Content-Length: 5, 6", "whole!", "not HTTP"),
        ("Content-Length: five", "whole", "not HTTP"),
        ("Content-Length: -5", "whole", "not HTTP"),
    ] {
        let answer = answered_by(&format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}")).await;

        assert_eq!(answer.status(), 502, "{head}: {}", answer.body);
        assert!(answer.json()["message"].to_string().contains(reason), "{head}: {}", answer.body);
    }
    let old = "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n";
    assert_eq!(answered_by(old).await.status(), 502);
}

#[tokio::test]
async fn no_content_has_no_length() {
    let answer = answered_by("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n").await;

    assert_eq!((answer.status(), &*answer.body), (204, ""));
    assert_eq!(answer.all("content-length"), [""; 0]);
}

#[tokio::test]
async fn trailers_pass_unless_they_say_what_only_a_head_may() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let mut client = gateway.connect().await;
    client
        .write(
            "POST /orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\
             Trailer: X-Sum, X-Forwarded-For, Authorization\r\n\r\n4\r\nbody\r\n0\r\n\
             X-Sum: 12\r\nX-Forwarded-For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\n\
             X-Forwarded-Evil: 1\r\nX-Real-IP: 1.2.3.4\r\nAuthorization: Bearer x\r\n\
             Content-Length: 9\r\nTransfer-Encoding: gzip\r\nHost: evil\r\n\r\n",
        )
        .await;

    let mut service = order.accept().await;
    let head = service.read_head().await;

    assert_eq!(all(&head, "trailer"), ["x-sum"]);
    let body = "4\r\nbody\r\n0\r\nx-sum: 12\r\n\r\n";
    assert_eq!(service.read_exactly(body.len()).await, body);
}

#[tokio::test]
async fn trailers_of_an_answer_pass_to_a_client_that_reads_them() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let mut client = gateway.connect().await;
    client.write("GET /orders HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n").await;

    order
        .answer(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, Set-Cookie\r\n\r\n\
             4\r\nbody\r\n0\r\nX-Sum: 12\r\nSet-Cookie: a=b\r\nContent-Length: 9\r\n\r\n",
        )
        .await;

    assert_eq!(all(&client.read_head().await, "trailer"), ["x-sum"]);
    let body = "4\r\nbody\r\n0\r\nx-sum: 12\r\n\r\n";
    assert_eq!(client.read_exactly(body.len()).await, body);
}
