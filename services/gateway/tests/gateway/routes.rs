//! Which path goes where, and what never passes.

use axum::{Router, extract::Request, http::StatusCode};
use tokio::join;

use crate::support::{Gateway, Script, serve};

const DONE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

fn says(name: &'static str) -> Router {
    Router::new().fallback(move |request: Request| async move {
        format!("{name} {} {}", request.method(), request.uri())
    })
}

#[tokio::test]
async fn each_prefix_and_everything_below_it_reaches_its_service() {
    let (order, _order) = serve(says("order")).await;
    let (payment, _payment) = serve(says("payment")).await;
    let (delivery, _delivery) = serve(says("delivery")).await;
    let (ordertrace, _ordertrace) = serve(says("ordertrace")).await;
    let gateway = Gateway::before_all([order, payment, delivery, ordertrace], &[]).await;

    for (path, service) in [
        ("/orders", "order"),
        ("/orders/", "order"),
        ("/orders?page=1", "order"),
        ("/orders/1/order", "order"),
        ("/payments/search/findByOrderId?orderId=1", "payment"),
        ("/deliveries/7", "delivery"),
        ("/orderTraces", "ordertrace"),
        ("/profile/orders", "order"),
        ("/profile/payments", "payment"),
        ("/profile/deliveries", "delivery"),
        ("/profile/orderTraces", "ordertrace"),
    ] {
        let answer = gateway.send(&format!("GET {path}"), &[]).await;
        assert_eq!(answer.body, format!("{service} GET {path}"));
    }
}

#[tokio::test]
async fn every_method_passes() {
    let (order, _order) = serve(says("order")).await;
    let gateway = Gateway::before(order, &[]).await;

    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
        let answer = gateway.send(&format!("{method} /orders/1"), &[]).await;
        assert_eq!(answer.body, format!("order {method} /orders/1"));
    }
}

#[tokio::test]
async fn path_and_query_arrive_byte_for_byte() {
    let order = Script::new().await;
    let gateway = Gateway::before(order.address, &[]).await;

    let line = "GET /orders//a%20b;c=d/%ED%95%9C/?q=../%2F%2e&&=&sort=qty,desc";
    let (head, _) = join!(order.answer(DONE), gateway.send(line, &[]));

    assert_eq!(head.lines().next(), Some(&*format!("{line} HTTP/1.1")));
}

#[tokio::test]
async fn what_no_route_covers_is_a_problem_with_springs_keys_first() {
    let gateway = Gateway::with(vec![]).await;

    for path in
        ["/", "/ordersX", "/profile", "/profile/order", "/actuator/env", "//orders", "/%6frders"]
    {
        let answer = gateway.send(&format!("GET {path}"), &[]).await;

        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.all("content-type"), ["application/problem+json"]);
        assert_eq!(answer.json()["path"], path);
        let order = ["timestamp", "path", "status", "error", "message"]
            .map(|key| answer.body.find(&format!("\"{key}\":")).unwrap());
        assert!(order.is_sorted(), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_slip_is_recognised() {
    let gateway = Gateway::with(vec![]).await;

    for (path, meant) in [
        ("/order", "did you mean /orders?"),
        ("/Orders/1", "did you mean /orders?"),
        ("/payment", "did you mean /payments?"),
        ("/delivery", "did you mean /deliveries?"),
        ("/ordertraces", "did you mean /orderTraces?"),
        ("/order-trace", "did you mean /orderTraces?"),
        ("/", "the gateway has /orders, /payments, /deliveries and /orderTraces"),
        ("/actuator", "the gateway has /orders, /payments, /deliveries and /orderTraces"),
    ] {
        let answer = gateway.send(&format!("GET {path}"), &[]).await;
        assert_eq!(answer.json()["hint"], meant, "{path}");
    }
}

/// What old worksheets harm order with, and other ways to write it.
const HARMFUL: [&str; 8] = [
    "/orders/memleak",
    "/orders/memleak/",
    "/orders/memleak?a=b",
    "/orders//memleak",
    "/orders/mem%6ceak",
    "/orders/%6D%65mleak//",
    "/orders;a=b/memleak;c",
    "http://order:8080/orders/memleak",
];

#[tokio::test]
async fn what_harms_a_service_does_not_lead_to_it_unless_wanted() {
    let (order, _order) = serve(says("order")).await;
    let gateway = Gateway::before(order, &[]).await;
    for target in HARMFUL {
        let answer = gateway.send(&format!("GET {target}"), &[]).await;
        // A path with a parameter is another one to the router.
        assert!([403, 404].contains(&answer.status()), "{target}: {}", answer.body);
        assert!(!answer.body.starts_with("order "), "{target}");
    }
    for harmless in ["/orders/memleaks", "/orders/1?path=/orders/memleak", "/orders/%zz"] {
        assert_eq!(gateway.send(&format!("GET {harmless}"), &[]).await.status(), 200, "{harmless}");
    }
    let refusal = gateway.send("GET /orders/memleak", &[]).await.json();
    assert!(refusal["hint"].as_str().unwrap().contains("GATEWAY_WORKSHEETS=true"), "{refusal}");

    let gateway = Gateway::before(order, &["--gateway-worksheets", "true"]).await;
    let answer = gateway.send("GET /orders/memleak", &[]).await;
    assert_eq!(answer.body, "order GET /orders/memleak");
}

/// Targets that some server somewhere reads as `/actuator`, and how they are refused.
const DETOURS: [(&str, u16); 20] = [
    ("/orders/../actuator", 400),
    ("/orders/1/../../actuator", 400),
    ("/orders/./x", 400),
    ("/orders/..", 400),
    ("/orders/..;/actuator", 400),
    ("/orders/..;a=b/actuator", 400),
    ("/orders/%2e%2e/actuator", 400),
    ("/orders/.%2E/actuator", 400),
    ("/orders/..%2factuator", 400),
    ("/orders/%2Factuator", 400),
    ("/orders/..%5cactuator", 400),
    ("/orders/%252e%252e/actuator", 400),
    ("/orders/%00/actuator", 400),
    ("/orders/..\\actuator", 400),
    ("/x/../orders", 400),
    ("//actuator", 404),
    ("/actuator/down", 404),
    ("http://localhost/actuator", 404),
    ("http://order:8080/orders/../actuator", 400),
    ("*", 404),
];

#[tokio::test]
async fn no_detour_reaches_what_is_not_routed() {
    let reached = Router::new().fallback(|| async { StatusCode::IM_A_TEAPOT });
    let (order, _order) = serve(reached).await;
    let gateway = Gateway::before(order, &[]).await;

    for (target, status) in DETOURS {
        for method in ["GET", "PUT", "OPTIONS"] {
            let answer = gateway.send(&format!("{method} {target}"), &[]).await;
            assert_eq!(answer.status(), status, "{method} {target}");
        }
    }
    assert_eq!(gateway.send("CONNECT localhost:8081", &[]).await.status(), 404);
    assert_eq!(gateway.send("GET /orders/1.5", &[]).await.status(), 418);
}
