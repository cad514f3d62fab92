//! The `OpenAPI` document says what the router does.

use crate::toy::{Orders, Payments, Traces};
use serde_json::Value;
use utoipa::openapi::OpenApi;

fn document(openapi: &OpenApi) -> Value {
    serde_json::to_value(openapi).expect("a document")
}

#[test]
fn every_route_and_verb_is_described() {
    let openapi = document(&hal::openapi::<Payments>("payment", "Payments", "1.0"));

    assert_eq!(openapi["openapi"], "3.1.0");
    let paths = openapi["paths"].as_object().unwrap();
    let names: Vec<&str> = paths.keys().map(String::as_str).collect();
    let mut expected = vec![
        "/",
        "/profile",
        "/profile/payments",
        "/payments",
        "/payments/{id}",
        "/payments/search",
        "/payments/search/findByOrderId",
    ];
    expected.sort_unstable();
    let mut sorted = names;
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    let verbs: Vec<&String> = paths["/payments/{id}"].as_object().unwrap().keys().collect();
    for verb in ["get", "put", "patch", "delete", "head"] {
        assert!(verbs.iter().any(|found| *found == verb), "{verb}");
    }
}

#[test]
fn drafts_take_numbers_as_text_and_entities_show_links() {
    let openapi = document(&hal::openapi::<Orders>("order", "Orders", "1.0"));
    let schemas = &openapi["components"]["schemas"];

    let qty = &schemas["OrderDraft"]["properties"]["qty"];
    assert_eq!(qty["type"], serde_json::json!(["integer", "string", "null"]));
    assert_eq!(qty["maximum"], i32::MAX);
    let shown = schemas["Order"]["required"].to_string();
    assert!(shown.starts_with("[\"productId\",\"qty\""), "{shown}");
    assert!(schemas["Order"]["properties"]["_links"]["properties"]["order"].is_object());
    let example = &openapi["paths"]["/orders"]["post"]["requestBody"]["content"]["application/json"]
        ["example"];
    assert_eq!(example["paymentType"], "cash");
}

#[test]
fn traces_are_described_without_pages() {
    let openapi = document(&hal::openapi::<Traces>("ordertrace", "Traces", "1.0"));
    let list = &openapi["paths"]["/orderTraces"]["get"];

    assert!(list["parameters"].as_array().is_none_or(Vec::is_empty));
    let shown = &list["responses"]["200"]["content"]["application/hal+json"]["schema"]["$ref"];
    assert_eq!(shown, "#/components/schemas/OrderTraceList");
}

#[test]
fn every_reference_leads_somewhere() {
    let openapi = document(&hal::openapi::<Orders>("order", "Orders", "1.0"));
    let text = openapi.to_string();
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(openapi["components"]["schemas"].get(name).is_some(), "{name}");
    }
}
