//! Which media type is answered, whether there is a body at all, and which bodies are read.

use testkit::fleet::Service::Order;

use crate::{
    client::{BROWSER, COFFEE, KINDS, ask, curl, id_of, make, problem},
    world::shared,
};

const HAL: &str = "application/hal+json";

#[test]
fn hal_is_answered_unless_json_is_asked_for() {
    let fleet = shared();
    for (accept, answered) in [
        ("*/*", HAL),
        ("", HAL),
        (BROWSER, HAL),
        ("application/hal+json", HAL),
        ("application/*", HAL),
        ("application/json;q=0.2, */*;q=0.5", HAL),
        ("application/json", "application/json"),
        ("application/json, */*;q=0.5", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("text/html, application/json", "application/json"),
    ] {
        for kind in &KINDS {
            let many = format!("/{}", kind.collection);
            let one = format!("{many}/{}", make(&fleet, kind.service, &many, "{}"));
            for path in ["/", "/profile", &many, &one] {
                let line = format!("GET {path}");
                let answer = ask(&fleet, kind.service, &line, &[("Accept", accept)], None);

                let found = (answer.status, answer.header("content-type"));
                assert_eq!(found, (200, Some(answered)), "{line} {accept}");
            }
        }
    }
}

#[test]
fn without_an_accept_header_reading_is_answered_with_hal() {
    let fleet = shared();
    for kind in &KINDS {
        let line = format!("GET /{}", kind.collection);
        let answer = ask(&fleet, kind.service, &line, &[], None);

        assert_eq!((answer.status, answer.header("content-type")), (200, Some(HAL)));
    }
}

#[test]
fn what_cannot_be_served_is_406() {
    let fleet = shared();
    let id = make(&fleet, Order, "/orders", COFFEE);
    for accept in ["text/plain", "application/xml", "image/*", "application/json;q=0"] {
        for (verb, body) in [
            ("GET /orders", None),
            ("POST /orders", Some(COFFEE)),
            (&format!("GET /orders/{id}"), None),
            (&format!("PUT /orders/{id}"), Some("{}")),
            (&format!("PATCH /orders/{id}"), Some(r#"{"qty":9}"#)),
        ] {
            let answer = ask(&fleet, Order, verb, &[("Accept", accept)], body);

            assert_eq!(problem(&answer, 406)["error"], "Not Acceptable", "{verb} {accept}");
        }
    }
    assert_eq!(curl(&fleet, Order, &format!("GET /orders/{id}")).json()["qty"], 1);
}

#[test]
fn without_an_accept_header_what_was_written_is_not_shown() {
    let fleet = shared();
    for kind in &KINDS {
        let json = &[("Content-Type", "application/json")];
        let many = format!("/{}", kind.collection);
        let send = |line: &str| ask(&fleet, kind.service, line, json, Some("{\"qty\":3}"));

        let posted = send(&format!("POST {many}"));
        let url = format!("{}/{}", kind.url(), id_of(&posted));
        let told = (posted.status, posted.header("location"), posted.header("content-length"));
        assert_eq!(told, (201, Some(url.as_str()), Some("0")));
        assert_eq!(posted.header("content-type"), None);

        let one = format!("{many}/{}", id_of(&posted));
        let put = send(&format!("PUT {one}"));
        let told = (put.status, put.header("location"), put.header("content-length"));
        assert_eq!(told, (204, Some(url.as_str()), None));

        let patched = send(&format!("PATCH {one}"));
        assert_eq!((patched.status, patched.header("content-length")), (204, None));

        let made = send(&format!("PUT {many}/999999999"));
        assert_eq!((made.status, made.body.len()), (201, 0));
        assert_ne!(made.header("location"), Some(url.as_str()));
    }
}

#[test]
fn json_by_any_name_is_read_and_by_no_name_too() {
    let fleet = shared();
    for content_type in [
        None,
        Some("application/json"),
        Some("application/json; charset=utf-8"),
        Some("application/json;charset=UTF-8"),
        Some("APPLICATION/JSON"),
        Some("application/hal+json"),
    ] {
        let mut headers = vec![("Accept", "*/*")];
        headers.extend(content_type.map(|name| ("Content-Type", name)));
        let answer = ask(&fleet, Order, "POST /orders", &headers, Some(COFFEE));

        assert_eq!(answer.status, 201, "{content_type:?}");
        assert_eq!(answer.json()["productName"], "Coffee");
    }
}

#[test]
fn other_bodies_are_415_with_the_same_shape() {
    let fleet = shared();
    let id = make(&fleet, Order, "/orders", COFFEE);
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "multipart/form-data; boundary=x",
    ] {
        let headers = [("Accept", "*/*"), ("Content-Type", content_type)];
        for line in ["POST /orders", &format!("PUT /orders/{id}"), &format!("PATCH /orders/{id}")] {
            let answer = ask(&fleet, Order, line, &headers, Some(r#"{"qty":9}"#));

            let told = problem(&answer, 415);
            assert_eq!(told["error"], "Unsupported Media Type", "{line} {content_type}");
        }
    }
    assert_eq!(curl(&fleet, Order, &format!("GET /orders/{id}")).json()["qty"], 1);
}

#[test]
fn the_gateway_and_the_services_add_no_charset() {
    let fleet = shared();
    for (service, path) in [(Order, "/orders"), (testkit::fleet::Service::Gateway, "/orders")] {
        let answer = curl(&fleet, service, &format!("GET {path}"));

        assert_eq!(answer.header("content-type"), Some(HAL));
        let length = answer.body.len().to_string();
        assert_eq!(answer.header("content-length"), Some(length.as_str()));
        assert_eq!(answer.header("transfer-encoding"), None);
    }
}
