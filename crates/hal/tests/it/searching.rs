//! Search methods: listed, run, and never a way to delete.

use axum::http::StatusCode;

use crate::toy::{Payments, Store, app, curl};

#[tokio::test]
async fn searches_are_listed_and_run() {
    let app = app(Payments(Store::with(3)));
    let list = curl(&app, "GET /payments/search").await;
    let found = curl(&app, "GET /payments/search/findByOrderId?OrderId=2").await;

    let base = "http://localhost:8081/payments/search";
    let places: Vec<usize> = [
        format!("\"{base}/findByOrderId{{?OrderId}}\",\n      \"templated\" : true"),
        format!("\"{base}/deleteByOrderId{{?OrderId}}\""),
        format!("\"self\" : {{\n      \"href\" : \"{base}\"\n"),
    ]
    .iter()
    .map(|part| list.body.find(part).unwrap())
    .collect();
    assert!(places.is_sorted());
    assert!(found.body.contains("\"http://localhost:8081/payments/2\""));
    assert!(found.body.contains(&format!("\"{base}/findByOrderId?OrderId=2\"")));
    assert!(!found.body.contains("\"page\""));
    let all = curl(&app, "GET /payments").await.body;
    assert!(all.contains(&format!("\"search\" : {{\n      \"href\" : \"{base}\"")), "{all}");
}

#[tokio::test]
async fn a_search_for_nothing_finds_nothing() {
    let app = app(Payments(Store::with(3)));
    for query in ["", "?ORDERID=1", "?orderid=1", "?OrderId=", "?orderId=%20", "?=1&é=2"] {
        let found = curl(&app, &format!("GET /payments/search/findByOrderId{query}")).await;

        assert_eq!(found.status, StatusCode::OK, "{query}");
        assert!(found.body.contains("\"payments\" : [ ]"), "{}", found.body);
    }
    let unknown = curl(&app, "GET /payments/search/findByOrder").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.body.contains("findByOrderId"), "{}", unknown.body);
}

#[tokio::test]
async fn a_parameter_may_begin_with_the_other_case() {
    let app = app(Payments(Store::with(3)));
    for (query, id) in [
        ("?orderId=2", 2),
        ("?OrderId=2&orderId=3", 2),
        ("?orderId=3&OrderId=2", 2),
        ("?stranger=1&orderId=%202.0%20", 2),
    ] {
        let found = curl(&app, &format!("GET /payments/search/findByOrderId{query}")).await;

        assert_eq!(found.status, StatusCode::OK, "{query}");
        assert_eq!(found.body.matches("\"payment\" : {").count(), 1, "{}", found.body);
        assert!(found.body.contains(&format!("payments/{id}\"")), "{query}: {}", found.body);
    }
}

#[tokio::test]
async fn a_search_for_what_is_no_number_says_what_to_write() {
    let app = app(Payments(Store::with(3)));
    let values = ["abc", "1.5", "1;2", "99999999999999999999", "%ff", "true", "null"];
    // One of several as well, wherever it is.
    let queries = values.iter().flat_map(|value| {
        ["OrderId=", "orderId=", "OrderId=1&OrderId=", "OrderId=&orderId="]
            .map(|before| format!("{before}{value}"))
    });
    for query in queries {
        let line = format!("GET /payments/search/findByOrderId?{query}");
        let refused = curl(&app, &line).await;

        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{line}");
        assert!(refused.body.contains("\"detail\":\"OrderId: "), "{}", refused.body);
        assert!(refused.body.contains("findByOrderId?OrderId=1"), "{}", refused.body);
    }
}

#[tokio::test]
async fn a_read_does_not_delete() {
    let payments = Payments(Store::with(3));
    let app = app(payments.clone());
    let answer = curl(&app, "GET /payments/search/deleteByOrderId?OrderId=2").await;

    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), "OPTIONS");
    assert!(answer.body.contains("DELETE /payments/{id}"), "{}", answer.body);
    assert_eq!(payments.0.len(), 3);
}
