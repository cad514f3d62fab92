//! Connections that stop being HTTP.

use tokio::join;

use crate::support::{Gateway, Peer, Script, all};

const ASK: &str = "GET /orders/live HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n\
                   Upgrade: websocket\r\nSec-WebSocket-Key: abc\r\n\r\n";
const GRANT: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
                     Upgrade: websocket\r\nSec-WebSocket-Accept: xyz\r\n\r\n";

/// Both ends of a tunnel, after the heads.
async fn tunnel(order: &Script, gateway: &Gateway) -> (Peer, Peer) {
    let mut client = gateway.connect().await;
    client.write(ASK).await;
    let mut service = order.accept().await;
    let asked = service.read_head().await;
    service.write(GRANT).await;
    let granted = client.read_head().await;

    assert_eq!(all(&asked, "connection"), ["upgrade"]);
    assert_eq!(all(&asked, "upgrade"), ["websocket"]);
    assert_eq!(all(&asked, "sec-websocket-key"), ["abc"]);
    assert!(granted.starts_with("HTTP/1.1 101 Switching Protocols"), "{granted}");
    assert_eq!(all(&granted, "connection"), ["upgrade"]);
    assert_eq!(all(&granted, "upgrade"), ["websocket"]);
    assert_eq!(all(&granted, "sec-websocket-accept"), ["xyz"]);
    (client, service)
}

#[tokio::test]
async fn a_granted_upgrade_carries_bytes_both_ways_at_once() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let (mut client, mut service) = tunnel(&order, &gateway).await;

    for round in 0..3 {
        client.write(&format!("ping{round}")).await;
        assert_eq!(service.read_exactly(5).await, format!("ping{round}"));
        service.write(&format!("pong{round}")).await;
        assert_eq!(client.read_exactly(5).await, format!("pong{round}"));
    }
}

#[tokio::test]
async fn each_direction_of_a_tunnel_ends_on_its_own() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let (mut client, mut service) = tunnel(&order, &gateway).await;

    client.finish().await;
    assert_eq!(service.read_to_end().await.unwrap(), "");
    service.write("last words").await;
    drop(service);

    assert_eq!(client.read_to_end().await.unwrap(), "last words");
}

#[tokio::test]
async fn a_declined_upgrade_is_an_answer_like_any_other() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    let decline = "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno";

    let mut client = gateway.connect().await;
    client.write(ASK).await;
    let (_, head) = join!(order.answer(decline), client.read_head());

    assert!(head.starts_with("HTTP/1.1 426"), "{head}");
    assert_eq!(client.read_exactly(2).await, "no");
}

#[tokio::test]
async fn http_2_is_not_let_in_through_an_upgrade() {
    let done = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    for protocol in ["h2c", "H2C", "websocket, h2c", "HTTP/2.0", "TLS/1.0"] {
        let order = Script::new().await;
        let gateway = Gateway::before(order.address, &[]).await;
        let ask = format!(
            "GET /orders HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n\
             Upgrade: {protocol}\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"
        );

        let mut client = gateway.connect().await;
        client.write(&ask).await;
        let (head, answer) = join!(order.answer(done), client.read_head());

        for name in ["connection", "upgrade", "http2-settings"] {
            assert_eq!(all(&head, name), [""; 0], "{protocol}: {name}");
        }
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[tokio::test]
async fn a_service_cannot_change_the_protocol_unasked() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;

    let (_, answer) = join!(order.answer(GRANT), gateway.send("GET /orders", &[]));

    assert_eq!(answer.status(), 502);
    assert!(answer.body.contains("it changed the protocol unasked"), "{}", answer.body);
}
