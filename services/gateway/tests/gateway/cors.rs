//! Cross-origin requests as the original answered them (contract samples gateway-011 to 014).

use tokio::join;

use crate::support::{Answer, Gateway, Script};

const VARY: [&str; 3] =
    ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"];
const ORIGIN: &str = "Origin: http://shop.example";

/// What the client gets when the service answers this.
async fn answered(line: &str, headers: &[&str], by_service: &str) -> Answer {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;
    join!(order.answer(by_service), gateway.send(line, headers)).1
}

#[tokio::test]
async fn a_preflight_may_and_reaches_no_service() {
    let gateway = Gateway::with(vec!["--order-url", "http://127.0.0.1:1"]).await;

    let answer = gateway
        .send(
            "OPTIONS /orders",
            &[
                ORIGIN,
                "Access-Control-Request-Method: POST",
                "Access-Control-Request-Headers: content-type,x-foo",
            ],
        )
        .await;

    assert_eq!((answer.status(), &*answer.body), (200, ""));
    assert_eq!(answer.all("vary"), VARY);
    assert_eq!(answer.all("access-control-allow-origin"), ["http://shop.example"]);
    assert_eq!(answer.all("access-control-allow-methods"), ["POST"]);
    assert_eq!(answer.all("access-control-allow-headers"), ["content-type, x-foo"]);
    assert_eq!(answer.all("access-control-allow-credentials"), ["true"]);
    assert_eq!(answer.all("content-length"), ["0"]);
    assert_eq!(answer.all("content-type"), [""; 0]);
}

#[tokio::test]
async fn a_preflight_that_asks_for_no_headers_is_told_none() {
    let gateway = Gateway::with(vec![]).await;

    let answer =
        gateway.send("OPTIONS /orders/1", &[ORIGIN, "Access-Control-Request-Method: DELETE"]).await;

    assert_eq!(answer.status(), 200);
    assert_eq!(answer.all("access-control-allow-methods"), ["DELETE"]);
    assert_eq!(answer.all("access-control-allow-headers"), [""; 0]);
}

#[tokio::test]
async fn a_preflight_of_what_is_not_routed_is_forbidden() {
    let gateway = Gateway::with(vec![]).await;

    let answer =
        gateway.send("OPTIONS /nothing", &[ORIGIN, "Access-Control-Request-Method: GET"]).await;

    assert_eq!((answer.status(), &*answer.body), (403, ""));
    assert_eq!(answer.all("vary"), [""; 0]);
}

#[tokio::test]
async fn options_that_is_no_preflight_is_the_services_to_answer() {
    let allow = "HTTP/1.1 200 OK\r\nAllow: OPTIONS,HEAD,GET,POST\r\nContent-Length: 0\r\n\r\n";

    let without_origin = answered("OPTIONS /orders", &[], allow).await;
    assert_eq!(without_origin.all("allow"), ["OPTIONS,HEAD,GET,POST"]);
    assert_eq!(without_origin.all("vary"), [""; 0]);

    let without_method = answered("OPTIONS /orders", &[ORIGIN], allow).await;
    assert_eq!(without_method.all("allow"), ["OPTIONS,HEAD,GET,POST"]);
    assert_eq!(without_method.all("access-control-allow-origin"), ["http://shop.example"]);
}

#[tokio::test]
async fn a_page_elsewhere_may_read_the_answer_and_the_service_has_no_say() {
    let opinionated = "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n\
                       Access-Control-Max-Age: 1\r\nVary: Accept\r\nVary: Origin\r\n\
                       Content-Length: 2\r\n\r\n{}";

    let answer = answered("GET /orders", &[ORIGIN], opinionated).await;

    assert_eq!(answer.body, "{}");
    assert_eq!(answer.all("access-control-allow-origin"), ["http://shop.example"]);
    assert_eq!(answer.all("access-control-allow-credentials"), ["true"]);
    assert_eq!(answer.all("access-control-max-age"), [""; 0]);
    assert_eq!(answer.all("vary"), ["Accept", VARY[0], VARY[1], VARY[2]]);
}

#[tokio::test]
async fn a_request_from_the_same_origin_or_from_no_page_gets_no_such_header() {
    let done = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    for headers in [
        vec![],
        vec!["Host: localhost:8088", "Origin: http://localhost:8088"],
        vec!["Host: Shop.example:80", "Origin: http://shop.example"],
    ] {
        let answer = answered("GET /orders", &headers, done).await;
        assert_eq!(answer.all("access-control-allow-origin"), [""; 0], "{headers:?}");
        assert_eq!(answer.all("vary"), [""; 0], "{headers:?}");
    }
    let other_scheme = ["Host: shop.example", "Origin: https://shop.example"];
    let answer = answered("GET /orders", &other_scheme, done).await;
    assert_eq!(answer.all("access-control-allow-origin"), ["https://shop.example"]);
}

#[tokio::test]
async fn a_page_elsewhere_may_read_why_a_service_did_not_answer() {
    let gateway = Gateway::with(vec!["--order-url", "http://127.0.0.1:1"]).await;

    let answer = gateway.send("GET /orders", &[ORIGIN]).await;

    assert_eq!(answer.status(), 502);
    assert_eq!(answer.all("access-control-allow-origin"), ["http://shop.example"]);
    assert_eq!(answer.all("vary"), VARY);
}
