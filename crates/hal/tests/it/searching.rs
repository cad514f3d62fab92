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
async fn a_search_that_makes_no_sense_finds_nothing() {
    let app = app(Payments(Store::with(3)));
    for query in ["", "?orderId=1", "?OrderId=", "?OrderId=abc", "?OrderId=99999999999999999999"] {
        let found = curl(&app, &format!("GET /payments/search/findByOrderId{query}")).await;

        assert_eq!(found.status, StatusCode::OK, "{query}");
        assert!(found.body.contains("\"payments\" : [ ]"), "{}", found.body);
    }
    let unknown = curl(&app, "GET /payments/search/findByOrder").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.body.contains("findByOrderId"), "{}", unknown.body);
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
