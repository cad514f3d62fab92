//! What one hop says to the next.

use tokio::join;

use crate::support::{Gateway, Script, all};

const DONE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// The head that the service sees when a client sends these headers.
async fn seen_with(settings: &[&str], line: &str, headers: &[&str]) -> String {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, settings).await;
    join!(order.answer(DONE), gateway.send(line, headers)).0
}

async fn seen(headers: &[&str]) -> String {
    seen_with(&[], "GET /orders", headers).await
}

#[tokio::test]
async fn the_service_learns_who_asked_for_which_host() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;

    let (head, _) =
        join!(order.answer(DONE), gateway.send("GET /orders", &["Host: shop.example:8088"]));

    assert_eq!(all(&head, "host"), [order.address.to_string()]);
    assert_eq!(all(&head, "x-forwarded-host"), ["shop.example:8088"]);
    assert_eq!(all(&head, "x-forwarded-port"), ["8088"]);
    assert_eq!(all(&head, "x-forwarded-proto"), ["http"]);
    assert_eq!(all(&head, "x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(
        all(&head, "forwarded"),
        ["for=127.0.0.1;host=\"shop.example:8088\";proto=http;by=_bulsajo"]
    );
}

#[tokio::test]
async fn a_host_without_a_port_means_port_80() {
    for host in ["shop.example", "[::1]"] {
        let head = seen(&[&format!("Host: {host}")]).await;

        assert_eq!(all(&head, "x-forwarded-host"), [host]);
        assert_eq!(all(&head, "x-forwarded-port"), ["80"]);
    }
}

#[tokio::test]
async fn the_host_of_an_absolute_target_wins() {
    let head = seen_with(&[], "GET http://shop.example:81/orders?a", &["Host: other"]).await;

    assert!(head.starts_with("GET /orders?a HTTP/1.1"), "{head}");
    assert_eq!(all(&head, "x-forwarded-host"), ["shop.example:81"]);
}

#[tokio::test]
async fn what_a_stranger_claims_is_dropped() {
    let head = seen(&[
        "Host: shop.example",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-For: 1.2.3.4",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Port: 1",
        "X-Forwarded-Prefix: /evil",
        "X-Real-IP: 1.2.3.4",
        "Forwarded: for=1.2.3.4;host=evil.example",
    ])
    .await;

    assert!(!head.contains("evil") && !head.contains("1.2.3.4"), "{head}");
    assert_eq!(all(&head, "x-forwarded-proto"), ["http"]);
    assert_eq!(all(&head, "x-forwarded-port"), ["80"]);
}

#[tokio::test]
async fn what_a_trusted_proxy_claims_is_kept_and_continued() {
    let trust = ["--trusted-proxies", "10.0.0.0/8, 127.0.0.1"];
    let claims = [
        "Host: gateway:8088",
        "X-Forwarded-Host: shop.example",
        "X-Forwarded-Proto: https",
        "X-Forwarded-For: 1.2.3.4",
        "X-Forwarded-For: 5.6.7.8",
        "Forwarded: for=1.2.3.4",
    ];

    let head = seen_with(&trust, "GET /orders", &claims).await;

    assert_eq!(all(&head, "x-forwarded-host"), ["shop.example"]);
    assert_eq!(all(&head, "x-forwarded-proto"), ["https"]);
    assert_eq!(all(&head, "x-forwarded-port"), ["443"]);
    assert_eq!(all(&head, "x-forwarded-for"), ["1.2.3.4, 5.6.7.8, 127.0.0.1"]);
    assert_eq!(
        all(&head, "forwarded"),
        ["for=1.2.3.4, for=127.0.0.1;host=\"shop.example\";proto=https;by=_bulsajo"]
    );
}

#[tokio::test]
async fn a_host_that_could_break_out_of_a_link_is_refused() {
    let gateway = Gateway::with(vec![]).await;

    for host in ["a\"b", "a/b", "user@a", "a b", "a;proto=https", "a,b"] {
        let answer = gateway.send("GET /orders", &[&format!("Host: {host}")]).await;
        assert_eq!(answer.status(), 400, "{host}");
    }
}

#[tokio::test]
async fn headers_of_the_hop_stay_on_the_hop_and_others_pass() {
    let head = seen(&[
        "Connection: keep-alive, X-Mine",
        "X-Mine: 1",
        "Keep-Alive: timeout=5",
        "Proxy-Connection: keep-alive",
        "Proxy-Authorization: Basic eDp5",
        "TE: gzip",
        "X-Request-Id: 4711",
        "Accept: */*",
        "Authorization: Bearer x",
    ])
    .await;

    for name in
        ["connection", "x-mine", "keep-alive", "proxy-connection", "proxy-authorization", "te"]
    {
        assert_eq!(all(&head, name), [""; 0], "{name}");
    }
    assert_eq!(all(&head, "x-request-id"), ["4711"]);
    assert_eq!(all(&head, "accept"), ["*/*"]);
    assert_eq!(all(&head, "authorization"), ["Bearer x"]);
}

#[tokio::test]
async fn a_client_may_say_that_it_reads_trailers() {
    let head = seen(&["TE: gzip, trailers"]).await;

    assert_eq!(all(&head, "te"), ["trailers"]);
}

#[tokio::test]
async fn a_service_that_closes_its_connection_does_not_close_the_clients() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let closing = "HTTP/1.1 201 Created\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\n\
                   Keep-Alive: timeout=1\r\nLocation: http://shop.example/orders/1\r\n\
                   Content-Length: 0\r\n\r\n";

    let mut client = gateway.connect().await;
    client.write("POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").await;
    let (_, head) = join!(order.answer(closing), client.read_head());

    assert!(head.starts_with("HTTP/1.1 201 Created"), "{head}");
    assert_eq!(all(&head, "location"), ["http://shop.example/orders/1"]);
    for name in ["connection", "x-mine", "keep-alive"] {
        assert_eq!(all(&head, name), [""; 0], "{name}");
    }

    client.write("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(client.read_head().await.starts_with("HTTP/1.1 404"));
}
