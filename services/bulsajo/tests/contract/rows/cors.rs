//! Browsers' questions: answered at the gateway, and there alone.

use testkit::{
    Response,
    fleet::Service::{Gateway, Order},
};

use crate::{
    client::{Headers, KINDS, ask, curl, make},
    world::shared,
};

const SHOP: &str = "http://shop.example";
const VARY: [&str; 3] =
    ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"];

fn cors(answer: &Response) -> [Option<&str>; 4] {
    ["origin", "methods", "headers", "credentials"]
        .map(|name| {
            let name = format!("access-control-allow-{name}");
            let mut headers = answer.headers.iter();
            headers.find(|(known, _)| known.eq_ignore_ascii_case(&name))
        })
        .map(|found| found.map(|(_, value)| value.as_str()))
}

#[test]
fn a_preflight_is_told_what_it_asked() {
    let fleet = shared();
    for kind in &KINDS {
        for (verb, asked, told) in [
            ("POST", Some("content-type,x-foo"), Some("content-type, x-foo")),
            ("PUT", Some("content-type"), Some("content-type")),
            ("DELETE", None, None),
            ("PATCH", Some("X-A, X-B"), Some("X-A, X-B")),
        ] {
            let mut headers = vec![("Origin", SHOP), ("Access-Control-Request-Method", verb)];
            headers.extend(asked.map(|names| ("Access-Control-Request-Headers", names)));
            let line = format!("OPTIONS /{}/1", kind.collection);
            let answer = ask(&fleet, Gateway, &line, &headers, None);

            assert_eq!((answer.status, answer.header("content-length")), (200, Some("0")));
            assert_eq!(cors(&answer), [Some(SHOP), Some(verb), told, Some("true")]);
            assert_eq!(answer.all("vary").collect::<Vec<_>>(), VARY);
        }
    }
}

#[test]
fn an_answer_may_be_read_by_the_page_that_asked() {
    let fleet = shared();
    let id = make(&fleet, Order, "/orders", "{}");
    for (line, status) in [
        (format!("GET /orders/{id}"), 200),
        ("GET /orders".to_owned(), 200),
        ("GET /orders/999999999".to_owned(), 404),
        ("GET /orders/abc".to_owned(), 404),
        ("DELETE /orders".to_owned(), 405),
        ("OPTIONS /orders".to_owned(), 200),
        (format!("DELETE /orders/{id}"), 204),
    ] {
        let answer = ask(&fleet, Gateway, &line, &[("Origin", SHOP), ("Accept", "*/*")], None);

        assert_eq!(answer.status, status, "{line}");
        assert_eq!(cors(&answer), [Some(SHOP), None, None, Some("true")], "{line}");
        assert_eq!(answer.all("vary").collect::<Vec<_>>(), VARY, "{line}");
    }
}

#[test]
fn nobody_else_is_told_about_origins() {
    let fleet = shared();
    let same: Headers = &[("Origin", "http://localhost:8088")];
    for headers in [&[][..], same] {
        let answer = ask(&fleet, Gateway, "GET /orders", headers, None);

        assert_eq!(cors(&answer), [None; 4]);
        assert_eq!(answer.header("vary"), None);
    }
}

#[test]
fn a_preflight_of_what_no_service_owns_is_refused() {
    let fleet = shared();
    let headers = [("Origin", SHOP), ("Access-Control-Request-Method", "GET")];
    for path in ["/nothing", "/", "/profile"] {
        let answer = ask(&fleet, Gateway, &format!("OPTIONS {path}"), &headers, None);

        assert_eq!((answer.status, answer.header("content-length")), (403, Some("0")), "{path}");
        assert_eq!((cors(&answer), answer.header("content-type")), ([None; 4], None));
    }
}

#[test]
fn a_service_refuses_every_preflight_in_20_bytes() {
    let fleet = shared();
    let headers = [("Origin", SHOP), ("Access-Control-Request-Method", "POST")];
    for kind in &KINDS {
        for path in [format!("/{}", kind.collection), format!("/{}/1", kind.collection)] {
            let answer = ask(&fleet, kind.service, &format!("OPTIONS {path}"), &headers, None);

            assert_eq!((answer.status, answer.text()), (403, "Invalid CORS request"), "{path}");
            assert_eq!(answer.header("content-length"), Some("20"));
            let allow = Some("GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH");
            assert_eq!((answer.header("allow"), cors(&answer)), (allow, [None; 4]));
        }
    }
}

#[test]
fn a_service_itself_says_nothing_of_origins() {
    let fleet = shared();
    for kind in &KINDS {
        let line = format!("GET /{}", kind.collection);
        let answer = ask(&fleet, kind.service, &line, &[("Origin", SHOP)], None);

        assert_eq!((answer.status, cors(&answer), answer.header("vary")), (200, [None; 4], None));
        assert_eq!(curl(&fleet, kind.service, &line).header("vary"), None);
    }
}
