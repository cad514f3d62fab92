//! PUT, PATCH and DELETE.

use testkit::fleet::Service::{Order, Payment};

use crate::{
    client::{COFFEE, KINDS, ask, curl, id_of, make, nothing_there, problem, send, shows},
    world::shared,
};

#[test]
fn put_replaces_everything() {
    let fleet = shared();
    for kind in &KINDS {
        let many = format!("/{}", kind.collection);
        let id = make(&fleet, kind.service, &many, r#"{"productId":8,"productName":"Old"}"#);
        let body = r#"{"qty":"12","stranger":1,"id":77}"#;
        let answer = send(&fleet, kind.service, &format!("PUT {many}/{id}"), body);

        let qty = if kind.paged { "12" } else { "12.0" };
        let fields = kind.fields.iter().map(|(name, _)| match *name {
            "qty" => ("qty", qty),
            name => (name, "null"),
        });
        assert_eq!((answer.status, answer.text()), (200, kind.shown(&id, fields).as_str()));
        let url = format!("{}/{id}", kind.url());
        assert_eq!(answer.header("location"), Some(url.as_str()));
    }
}

#[test]
fn put_of_an_unknown_id_creates_under_an_id_of_its_own() {
    let fleet = shared();
    for kind in &KINDS {
        let many = format!("/{}", kind.collection);
        let answer = send(&fleet, kind.service, &format!("PUT {many}/888888888"), r#"{"qty":7}"#);

        assert_eq!(
            (answer.status, answer.header("content-type")),
            (201, Some("application/hal+json"))
        );
        assert_ne!(id_of(&answer), "888888888");
        let shown = curl(&fleet, kind.service, &format!("GET {many}/{}", id_of(&answer)));
        assert_eq!((shown.status, shown.text()), (200, answer.text()));
        let line = format!("GET {many}/888888888");
        nothing_there(&curl(&fleet, kind.service, &line), &line);
    }
}

#[test]
fn an_order_that_put_creates_is_charged_like_a_posted_one() {
    let fleet = shared();
    let answer = send(&fleet, Order, "PUT /orders/888888888", r#"{"productId":70,"qty":71}"#);
    let search = format!("/payments/search/findByOrderId?OrderId={}", id_of(&answer));

    shows(&fleet, Payment, &search, &["\"productId\" : 70,", "\"qty\" : 71,", "\"Not Pay\""]);
}

#[test]
fn patch_changes_what_it_names_and_null_clears() {
    let fleet = shared();
    for kind in &KINDS {
        let many = format!("/{}", kind.collection);
        let body = r#"{"productId":8,"qty":1,"productName":"Tea"}"#;
        let id = make(&fleet, kind.service, &many, body);
        let patch = |body: &str, content_type: &str| {
            let headers = [("Accept", "*/*"), ("Content-Type", content_type)];
            ask(&fleet, kind.service, &format!("PATCH {many}/{id}"), &headers, Some(body))
        };
        let shown = |product: &str, qty: i32, name: &str| {
            let qty = if kind.paged { qty.to_string() } else { format!("{qty}.0") };
            let fields = kind.fields.iter().map(|(field, _)| match *field {
                "productId" => ("productId", product.to_owned()),
                "qty" => ("qty", qty.clone()),
                "productName" => ("productName", name.to_owned()),
                field => (field, "null".to_owned()),
            });
            let fields: Vec<_> = fields.collect();
            kind.shown(&id, fields.iter().map(|(name, value)| (*name, value.as_str())))
        };

        let answer = patch(r#"{"qty":"42","stranger":1}"#, "application/json");
        assert_eq!((answer.status, answer.text()), (200, shown("8", 42, "\"Tea\"").as_str()));
        assert_eq!(answer.header("location"), None);
        let answer = patch(r#"{"productName":null}"#, "application/merge-patch+json");
        assert_eq!((answer.status, answer.text()), (200, shown("8", 42, "null").as_str()));
        let json_patch = r#"[{"op":"test","path":"/productName","value":null},
            {"op":"replace","path":"/qty","value":"43"},
            {"op":"add","path":"/productName","value":"Milk"},
            {"op":"remove","path":"/productId"}]"#;
        let answer = patch(json_patch, "application/json-patch+json");
        assert_eq!((answer.status, answer.text()), (200, shown("null", 43, "\"Milk\"").as_str()));
    }
}

#[test]
fn the_test_of_a_patch_compares_numbers_by_their_value() {
    let fleet = shared();
    let headers = [("Accept", "*/*"), ("Content-Type", "application/json-patch+json")];
    for kind in &KINDS {
        let many = format!("/{}", kind.collection);
        let id = make(&fleet, kind.service, &many, r#"{"qty":42}"#);
        for (value, status) in [("42", 200), ("42.0", 200), ("41", 409), ("null", 409)] {
            let body = format!("[{{\"op\":\"test\",\"path\":\"/qty\",\"value\":{value}}}]");
            let line = format!("PATCH {many}/{id}");
            let answer = ask(&fleet, kind.service, &line, &headers, Some(&body));

            assert_eq!(answer.status, status, "{line} {body}");
        }
    }
}

#[test]
fn a_patch_that_does_not_apply_changes_nothing() {
    let fleet = shared();
    let id = make(&fleet, Order, "/orders", COFFEE);
    let line = format!("PATCH /orders/{id}");
    for (content_type, body, status) in [
        ("application/json", r#"{"qty":5,"cost":"free"}"#, 400),
        ("application/json", r#"{"qty":5,"cost":-1}"#, 400),
        ("application/json", r#"{"qty":1.9}"#, 400),
        ("application/json", "[]", 400),
        ("application/json", "null", 400),
        ("application/json", "nonsense", 400),
        ("application/json-patch+json", r#"{"qty":5}"#, 400),
        ("application/json-patch+json", r#"[{"op":"replace","path":"/colour","value":1}]"#, 400),
        ("application/json-patch+json", r#"[{"op":"dance","path":"/qty"}]"#, 400),
        (
            "application/json-patch+json",
            r#"[{"op":"replace","path":"/qty","value":5},{"op":"test","path":"/cost","value":1}]"#,
            409,
        ),
    ] {
        let headers = [("Accept", "*/*"), ("Content-Type", content_type)];
        let told = problem(&ask(&fleet, Order, &line, &headers, Some(body)), status);

        assert!(told["cause"].is_object() || body.contains("-1"), "{body}: {told}");
    }
    let shown = curl(&fleet, Order, &format!("GET /orders/{id}")).json();
    assert_eq!((&shown["qty"], &shown["cost"]), (&1.into(), &1000.into()));
}

#[test]
fn a_put_that_cannot_be_read_changes_nothing() {
    let fleet = shared();
    let id = make(&fleet, Order, "/orders", COFFEE);
    let before = curl(&fleet, Order, &format!("GET /orders/{id}"));
    for body in [r#"{"qty":1.9}"#, r#"{"cost":-1}"#, "[]", "", "{"] {
        problem(&send(&fleet, Order, &format!("PUT /orders/{id}"), body), 400);
    }

    assert_eq!(curl(&fleet, Order, &format!("GET /orders/{id}")).text(), before.text());
}

#[test]
fn changing_an_order_tells_nobody() {
    let fleet = shared();
    let id = make(&fleet, Order, "/orders", COFFEE);
    let search = format!("/payments/search/findByOrderId?OrderId={id}");
    let before = shows(&fleet, Payment, &search, &["\"qty\" : 1,"]);
    send(&fleet, Order, &format!("PATCH /orders/{id}"), r#"{"qty":50}"#);
    send(&fleet, Order, &format!("PUT /orders/{id}"), r#"{"qty":51}"#);

    // An order that is made later has been heard of: so would the changes, had they been told.
    let later = make(&fleet, Order, "/orders", "{}");
    let trace = format!("/orderTraces/search/findByOrderId?OrderId={later}");
    shows(&fleet, testkit::fleet::Service::OrderTrace, &trace, &["Order END"]);
    assert_eq!(curl(&fleet, Payment, &format!("GET {search}")).text(), before.text());
}

#[test]
fn delete_is_204_once_and_then_404() {
    let fleet = shared();
    for kind in &KINDS {
        let many = format!("/{}", kind.collection);
        let id = make(&fleet, kind.service, &many, "{}");
        let line = format!("DELETE {many}/{id}");
        let answer = curl(&fleet, kind.service, &line);

        let told = (answer.status, answer.header("content-length"), answer.header("content-type"));
        assert_eq!(told, (204, None, None));
        for verb in ["DELETE", "GET", "HEAD"] {
            let line = format!("{verb} {many}/{id}");
            nothing_there(&curl(&fleet, kind.service, &line), &line);
        }
        let list = curl(&fleet, kind.service, &format!("GET {many}?size=1000"));
        assert!(!list.text().contains(&format!("{many}/{id}\"")));
    }
}
