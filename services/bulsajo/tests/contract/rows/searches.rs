//! Search methods, and how their parameters are spelt.

use testkit::fleet::Service::{self, Delivery, Order, OrderTrace, Payment};

use crate::{
    client::{KINDS, allowed, curl, make, problem},
    world::shared,
};

/// Which search of which service takes which parameter, and the field it looks at.
const SEARCHES: [(Service, &str, &str, &str); 4] = [
    (Payment, "payments/search/findByOrderId", "OrderId", "orderId"),
    (Delivery, "deliveries/search/findByPaymentId", "PaymentId", "paymentId"),
    (Delivery, "deliveries/search/findByOrderId", "orderId", "orderId"),
    (OrderTrace, "orderTraces/search/findByOrderId", "orderId", "orderId"),
];

fn empty(service: Service, path: &str) -> String {
    let collection = path.split('/').nth(1).unwrap();
    let host = crate::client::host(service);
    format!(
        "{{\n  \"_embedded\" : {{\n    \"{collection}\" : [ ]\n  }},\n  \"_links\" : {{\n    \
         \"self\" : {{\n      \"href\" : \"http://{host}{path}\"\n    }}\n  }}\n}}"
    )
}

#[test]
fn a_search_without_a_hit_is_an_empty_list() {
    let fleet = shared();
    for (service, search, parameter, _) in SEARCHES {
        let wrongly = parameter.to_uppercase();
        for query in [
            format!("?{parameter}=888888"),
            format!("?{parameter}="),
            format!("?{wrongly}=1"),
            "?stranger=1".to_owned(),
            String::new(),
        ] {
            let path = format!("/{search}{query}");
            let answer = curl(&fleet, service, &format!("GET {path}"));

            assert_eq!((answer.status, answer.text()), (200, empty(service, &path).as_str()));
            assert_eq!(answer.header("content-type"), Some("application/hal+json"));
        }
    }
}

#[test]
fn a_search_for_what_is_no_number_is_a_problem() {
    let fleet = shared();
    for (service, search, parameter, _) in SEARCHES {
        for value in ["abc", "99999999999999999999", "1.5", "null"] {
            let line = format!("GET /{search}?{parameter}={value}");
            let told = problem(&curl(&fleet, service, &line), 400);

            let name = search.rsplit('/').next().unwrap();
            assert!(told["hint"].as_str().unwrap().contains(&format!("{name}?{parameter}=")));
        }
    }
}

/// The same name with the other case at its beginning.
fn other_case(parameter: &str) -> String {
    let (first, rest) = parameter.split_at(1);
    let lower = first.to_lowercase();
    if lower == first { first.to_uppercase() + rest } else { lower + rest }
}

#[test]
fn a_search_lists_what_it_finds_without_pages() {
    let fleet = shared();
    for (number, (service, search, parameter, field)) in (710_001..).zip(SEARCHES) {
        let kind = KINDS.iter().find(|kind| kind.service == service).unwrap();
        let body = format!("{{\"{field}\":\"{number}\"}}");
        let id = make(&fleet, service, &format!("/{}", kind.collection), &body);
        let path = format!("/{search}?{parameter}={number}&size=1");
        let answer = curl(&fleet, service, &format!("GET {path}"));

        let given = number.to_string();
        let fields = kind.fields.iter().map(|(name, _)| match *name {
            name if name == field => (name, given.as_str()),
            name => (name, "null"),
        });
        let item = kind.shown(&id, fields).replace('\n', "\n    ");
        let list = empty(service, &path).replacen("[ ]", &format!("[ {item} ]"), 1);
        assert_eq!((answer.status, answer.text()), (200, list.as_str()));
        let path = format!("/{search}?{}={number}", other_case(parameter));
        let list = empty(service, &path).replacen("[ ]", &format!("[ {item} ]"), 1);
        let answer = curl(&fleet, service, &format!("GET {path}"));
        assert_eq!((answer.status, answer.text()), (200, list.as_str()));
    }
}

#[test]
fn what_can_be_searched_is_listed() {
    let fleet = shared();
    for (service, collection, searches) in [
        (Payment, "payments", &[("findByOrderId", "OrderId"), ("deleteByOrderId", "OrderId")][..]),
        (Delivery, "deliveries", &[("findByPaymentId", "PaymentId"), ("findByOrderId", "orderId")]),
        (OrderTrace, "orderTraces", &[("findByOrderId", "orderId")]),
    ] {
        let base = format!("http://{}/{collection}/search", crate::client::host(service));
        let links = searches.iter().map(|(name, parameter)| {
            format!(
                "    \"{name}\" : {{\n      \"href\" : \"{base}/{name}{{?{parameter}}}\",\n      \
                 \"templated\" : true\n    }},\n"
            )
        });
        let expected = format!(
            "{{\n  \"_links\" : {{\n{}    \"self\" : {{\n      \"href\" : \"{base}\"\n    }}\n  }}\n}}",
            links.collect::<String>()
        );
        let answer = curl(&fleet, service, &format!("GET /{collection}/search"));

        assert_eq!((answer.status, answer.text()), (200, expected.as_str()));
    }
}

#[test]
fn orders_cannot_be_searched() {
    let fleet = shared();
    for path in ["/orders/search", "/orders/search/findByOrderId"] {
        assert_eq!(curl(&fleet, Order, &format!("GET {path}")).status, 404);
    }
    assert!(!curl(&fleet, Order, "GET /orders").text().contains("search"));
}

#[test]
fn a_search_that_does_not_exist_is_a_problem() {
    let fleet = shared();
    for (service, collection) in [(Payment, "payments"), (Delivery, "deliveries")] {
        let answer = curl(&fleet, service, &format!("GET /{collection}/search/findByColour"));

        problem(&answer, 404);
    }
}

#[test]
fn a_search_deletes_nothing() {
    let fleet = shared();
    let id = make(&fleet, Payment, "/payments", r#"{"orderId":710100}"#);
    let line = "GET /payments/search/deleteByOrderId?OrderId=710100";
    let answer = curl(&fleet, Payment, line);

    problem(&answer, 405);
    assert_eq!(allowed(&answer), ["OPTIONS"]);
    assert_eq!(curl(&fleet, Payment, &format!("GET /payments/{id}")).status, 200);
}
