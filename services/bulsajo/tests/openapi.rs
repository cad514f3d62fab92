//! Each service's `openapi.json`, as it is committed, is what its code says.
//!
//! `UPDATE_OPENAPI=1 cargo test -p bulsajo --test openapi` writes the files anew.

use std::fs;

use utoipa::openapi::OpenApi;

fn check(service: &str, api: &OpenApi) {
    let file = testkit::workspace().join(format!("services/{service}/openapi.json"));
    let said = runtime::openapi::document(api);
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        fs::write(&file, said).expect("it can be written");
        return;
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == said,
        "services/{service}/openapi.json is not what the code says; \
         UPDATE_OPENAPI=1 cargo test -p bulsajo --test openapi writes it anew"
    );
}

#[test]
fn the_committed_documents_are_what_the_code_says() {
    check("order", &order::openapi());
    check("payment", &payment::openapi());
    check("delivery", &delivery::openapi());
    check("ordertrace", &ordertrace::openapi());
    check("gateway", &gateway::openapi());
    check("websample", &websample::openapi());
}

#[test]
fn every_document_is_openapi_3_1() {
    for api in [order::openapi(), gateway::openapi(), websample::openapi()] {
        assert!(runtime::openapi::document(&api).contains("\"openapi\": \"3.1"));
    }
}
