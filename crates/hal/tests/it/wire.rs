//! What is sent and answered, byte for byte as recorded where a recording exists.

use crate::toy::{Orders, Store, Traces, app, curl, json, send};
use axum::http::StatusCode;

const HAL: &str = "application/hal+json";
const MANY: &str = "OPTIONS,HEAD,GET,POST";
const ONE: &str = "OPTIONS,HEAD,GET,PUT,PATCH,DELETE";
const COFFEE: &str =
    r#"{"productId":1,"qty":1,"paymentType":"cash","cost":1000,"productName":"Coffee"}"#;

/// A recorded body; the file ends in a newline, the body does not.
macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("samples/", $name, ".json")).trim_end()
    };
}

#[tokio::test]
async fn the_index_names_the_collection_and_how_to_page_it() {
    let orders = curl(&app(Orders::default()), "GET /").await;
    let traces =
        send(&app(Traces::default()), "GET /", &["Host: localhost:8084", "Accept: */*"], "").await;

    assert_eq!((orders.status, orders.header("content-type")), (StatusCode::OK, HAL));
    assert_eq!(orders.body, sample!("root"));
    assert_eq!(traces.body, sample!("trace-root"));
}

#[tokio::test]
async fn profiles_are_listed_and_shown() {
    let app = app(Orders::default());
    let list = curl(&app, "GET /profile").await;
    let one = curl(&app, "GET /profile/orders").await;

    assert_eq!(list.body, sample!("profiles"));
    assert_eq!((one.status, one.header("content-type")), (StatusCode::OK, "application/alps+json"));
    assert!(one.body.contains("\"order-representation\"") && one.body.contains("\"version\""));
}

#[tokio::test]
async fn an_empty_list_is_301_bytes_at_order_8080() {
    let app = app(Orders::default());
    let local = curl(&app, "GET /orders").await;
    let named = send(&app, "GET /orders", &["Host: order:8080", "Accept: */*"], "").await;

    assert_eq!(local.body, sample!("empty"));
    assert_eq!(named.body.len(), 301);
    assert_eq!(named.header("content-length"), "301");
}

#[tokio::test]
async fn a_page_has_its_rows_links_and_block() {
    let orders = Orders(Store::with(51));
    let app = app(orders.clone());
    for id in [2, 22, 23, 24, 25, 26] {
        let gone = curl(&app, &format!("DELETE /orders/{id}")).await;
        assert_eq!((gone.status, gone.body.as_str()), (StatusCode::NO_CONTENT, ""));
    }

    assert_eq!(orders.0.len(), 45);
    assert_eq!(curl(&app, "GET /orders?page=2").await.body, sample!("page-2"));
    assert_eq!(curl(&app, "GET /orders?page=3").await.body, sample!("past-the-end"));
}

#[tokio::test]
async fn links_lead_to_the_pages_there_are() {
    let app = app(Orders(Store::with(45)));
    for (query, rels) in [
        ("", "first self next last profile"),
        ("?page=1", "first prev self next last profile"),
        ("?page=2", "first prev self last profile"),
        ("?page=7", "first prev self last profile"),
        ("?size=45", "self profile"),
        ("?size=1000&page=0", "self profile"),
    ] {
        let list = curl(&app, &format!("GET /orders{query}")).await;
        let links = list.body.rsplit_once("\"_links\"").map(|(_, links)| links).unwrap();
        let found: Vec<&str> = ["first", "prev", "self", "next", "last", "profile", "search"]
            .into_iter()
            .filter(|rel| links.contains(&format!("\n    \"{rel}\" : {{")))
            .collect();

        assert_eq!(found.join(" "), rels, "{query}");
        assert!(links.contains(&format!("\"http://localhost:8081/orders{query}\"")), "{links}");
    }
}

#[tokio::test]
async fn sorting_is_folded_into_the_links() {
    let app = app(Orders(Store::with(45)));
    let list = curl(&app, "GET /orders?sort=qty&sort=cost,DESC&sort=price").await;

    let next = "/orders?page=1&size=20&sort=qty,asc&sort=cost,desc\"";
    assert!(list.body.contains(next), "{}", list.body);
}

#[tokio::test]
async fn traces_come_without_pages() {
    let app = app(Traces(Store::with(25)));
    let list = curl(&app, "GET /orderTraces?size=2&page=1").await;

    assert_eq!(list.body.matches("\"orderTrace\"").count(), 25);
    assert!(!list.body.contains("\"page\"") && !list.body.contains("\"first\""));
    assert!(list.body.ends_with("profile/orderTraces\"\n    }\n  }\n}"), "{}", list.body);
}

#[tokio::test]
async fn what_is_posted_is_shown_and_located() {
    let app = app(Orders::default());
    let answer = json(&app, "POST /orders", COFFEE).await;

    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("location"), "http://localhost:8081/orders/1");
    assert_eq!(answer.header("content-type"), HAL);
    assert_eq!(answer.body, sample!("order"));
    assert_eq!(curl(&app, "GET /orders/1").await.body, sample!("order"));
    assert_eq!(curl(&app, "GET /orders/1/").await.body, sample!("order"));
}

#[tokio::test]
async fn korean_and_missing_fields_are_kept_as_they_are() {
    let app = app(Orders(Store::with(6)));
    let body = r#"{"productId":7,"qty":9,"productName":"커피 ☕"}"#;

    assert_eq!(json(&app, "POST /orders", body).await.body, sample!("korean"));
}

#[tokio::test]
async fn an_unknown_item_is_an_empty_404() {
    let app = app(Orders::default());
    for line in ["GET /orders/999", "HEAD /orders/999", "DELETE /orders/999", "GET /orders/-1"] {
        let answer = curl(&app, line).await;

        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NOT_FOUND, ""), "{line}");
        assert_eq!(answer.header("content-length"), "0", "{line}");
    }
    let patch = json(&app, "PATCH /orders/999", "{}").await;
    assert_eq!((patch.status, patch.body.as_str()), (StatusCode::NOT_FOUND, ""));
    let property = curl(&app, "GET /orders/1/qty").await;
    assert_eq!((property.status, property.body.as_str()), (StatusCode::NOT_FOUND, ""));
}

#[tokio::test]
async fn an_id_that_is_no_number_is_a_404_with_an_explanation() {
    let app = app(Orders::default());
    for id in ["abc", "99999999999999999999", "1.0", "%FF", "search"] {
        let answer = curl(&app, &format!("GET /orders/{id}")).await;

        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
        assert!(answer.body.contains("is no id"), "{}", answer.body);
    }
}

#[tokio::test]
async fn put_replaces_and_creates_what_is_not_there() {
    let app = app(Orders(Store::with(1)));
    let replaced = json(&app, "PUT /orders/1", r#"{"qty":"3"}"#).await;
    let silent = send(&app, "PUT /orders/1", &[], COFFEE).await;
    let created = json(&app, "PUT /orders/999", COFFEE).await;

    assert_eq!(replaced.status, StatusCode::OK);
    assert!(replaced.body.contains("\"qty\" : 3") && replaced.body.contains("\"cost\" : null"));
    assert_eq!(replaced.header("location"), "http://localhost:8081/orders/1");
    assert_eq!((silent.status, silent.body.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(silent.header("location"), "http://localhost:8081/orders/1");
    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!(created.header("location"), "http://localhost:8081/orders/2");
}

#[tokio::test]
async fn a_body_is_shown_only_to_those_who_accept_something() {
    let app = app(Orders(Store::with(1)));
    for (line, status) in [
        ("POST /orders", StatusCode::CREATED),
        ("PUT /orders/1", StatusCode::NO_CONTENT),
        ("PUT /orders/77", StatusCode::CREATED),
        ("PATCH /orders/1", StatusCode::NO_CONTENT),
    ] {
        let answer = send(&app, line, &[], COFFEE).await;

        assert_eq!((answer.status, answer.body.as_str()), (status, ""), "{line}");
    }
}

#[tokio::test]
async fn httpie_is_answered_with_plain_json() {
    let app = app(Orders::default());
    let headers = ["Accept: application/json, */*;q=0.5", "Content-Type: application/json"];
    let answer = send(&app, "POST /orders", &headers, COFFEE).await;

    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.body, sample!("order"));
}

#[tokio::test]
async fn nothing_is_created_for_those_who_accept_nothing_we_have() {
    let orders = Orders::default();
    let answer = send(&app(orders.clone()), "POST /orders", &["Accept: text/plain"], COFFEE).await;

    assert_eq!(answer.status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(orders.0.len(), 0);
}

#[tokio::test]
async fn head_answers_with_links() {
    let app = app(Orders(Store::with(1)));
    let many = curl(&app, "HEAD /orders").await;
    let one = curl(&app, "HEAD /orders/1").await;

    let base = "http://localhost:8081";
    assert_eq!((many.status, one.status), (StatusCode::NO_CONTENT, StatusCode::NO_CONTENT));
    assert_eq!(
        many.header("link"),
        format!("<{base}/orders>;rel=\"self\",<{base}/profile/orders>;rel=\"profile\"")
    );
    assert_eq!(
        one.header("link"),
        format!("<{base}/orders/1>;rel=\"self\",<{base}/orders/1>;rel=\"order\"")
    );
}

#[tokio::test]
async fn options_and_wrong_verbs_say_what_is_allowed() {
    let app = app(Orders(Store::with(1)));
    for (path, wrong, allowed) in [
        ("/", "POST", "OPTIONS,HEAD,GET"),
        ("/profile", "DELETE", "OPTIONS,HEAD,GET"),
        ("/orders", "DELETE", MANY),
        ("/orders/", "PATCH", MANY),
        ("/orders/1", "POST", ONE),
        ("/orders/abc", "TRACE", ONE),
    ] {
        let options = curl(&app, &format!("OPTIONS {path}")).await;
        let refused = curl(&app, &format!("{wrong} {path}")).await;

        assert_eq!((options.status, options.body.as_str()), (StatusCode::OK, ""), "{path}");
        assert_eq!(options.header("allow"), allowed);
        assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(refused.header("allow"), allowed);
        assert!(refused.body.contains("\"error\":\"Method Not Allowed\""), "{}", refused.body);
    }
    assert!(curl(&app, "OPTIONS /orders/1").await.header("accept-patch").contains("merge-patch"));
    assert_eq!(curl(&app, "OPTIONS /orders").await.header("accept-patch"), "");
}

#[tokio::test]
async fn a_preflight_is_refused_as_spring_refuses_it() {
    let headers = ["Origin: http://localhost:8080", "Access-Control-Request-Method: POST"];
    let answer = send(&app(Orders::default()), "OPTIONS /orders", &headers, "").await;

    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.body, "Invalid CORS request");
    assert_eq!(answer.header("allow"), "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH");
}
