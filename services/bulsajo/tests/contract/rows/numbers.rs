//! Bodies: what is read although it is not quite right, and what is refused.

use serde_json::Value;
use testkit::{Connection, fleet::Service::Order, fleet::Service::Payment};

use crate::{
    client::{ask, curl, id_of, problem, send},
    world::{original_like, shared},
};

#[test]
fn what_clients_really_send_is_understood() {
    let fleet = shared();
    for (sent, shown) in [
        (r#"{"qty":"1"}"#, r#""qty" : 1"#),
        (r#"{"qty":" 7 "}"#, r#""qty" : 7"#),
        (r#"{"qty":"-5"}"#, r#""qty" : -5"#),
        (r#"{"qty":1.0}"#, r#""qty" : 1"#),
        (r#"{"qty":1e2}"#, r#""qty" : 100"#),
        (r#"{"qty":""}"#, r#""qty" : null"#),
        (r#"{"qty":null}"#, r#""qty" : null"#),
        (r#"{"qty":2147483647}"#, r#""qty" : 2147483647"#),
        (r#"{"qty":-2147483648}"#, r#""qty" : -2147483648"#),
        (r#"{"productId":9223372036854775807}"#, r#""productId" : 9223372036854775807"#),
        (r#"{"productId":-9223372036854775808}"#, r#""productId" : -9223372036854775808"#),
        (r#"{"productId":"1001","qty":5}"#, r#""productId" : 1001"#),
        (r#"{"cost":0}"#, r#""cost" : 0"#),
        (r#"{"cost":"1000"}"#, r#""cost" : 1000"#),
        (r#"{"productName":true}"#, r#""productName" : "true""#),
        (r#"{"productName":false}"#, r#""productName" : "false""#),
        (r#"{"productName":12}"#, r#""productName" : "12""#),
        (r#"{"productName":1.5}"#, r#""productName" : "1.5""#),
        (r#"{"productName":""}"#, r#""productName" : """#),
        (r#"{"stranger":{"deep":[1,2]},"qty":4}"#, r#""qty" : 4"#),
        ("\u{feff}{\"qty\":6}", r#""qty" : 6"#),
        (" \r\n\t{ \"qty\" : 8 } \n", r#""qty" : 8"#),
    ] {
        let answer = send(&fleet, Order, "POST /orders", sent);

        assert_eq!(answer.status, 201, "{sent}: {}", answer.text());
        assert!(answer.text().contains(&format!("{shown},\n")), "{sent}: {}", answer.text());
        let again = curl(&fleet, Order, &format!("GET /orders/{}", id_of(&answer)));
        assert_eq!(again.text(), answer.text());
    }
}

/// Spring's two keys, beside the problem's.
fn unreadable(told: &Value) {
    assert_eq!(told["error"], "Bad Request");
    let cause = told["cause"].as_object().unwrap_or_else(|| panic!("no cause in {told}"));
    assert_eq!(cause.keys().map(String::as_str).collect::<Vec<_>>(), ["cause", "message"]);
    assert!(cause["cause"].is_null() && cause["message"].is_string(), "{told}");
}

#[test]
fn what_cannot_be_a_number_is_400_and_the_field_is_named() {
    let fleet = shared();
    for (field, value) in [
        ("qty", "1.9"),
        ("qty", "\"1.9\""),
        ("qty", "\"abc\""),
        ("qty", "2147483648"),
        ("qty", "-2147483649"),
        ("qty", "1e300"),
        ("qty", "true"),
        ("qty", "[1]"),
        ("qty", "{}"),
        ("productId", "9223372036854775808"),
        ("productId", "\"99999999999999999999\""),
        ("cost", "0.5"),
        ("cost", "\"NaN\""),
        ("cost", "\"Infinity\""),
        ("productName", "[]"),
        ("productName", "{\"a\":1}"),
    ] {
        let body = format!("{{\"{field}\":{value}}}");
        let told = problem(&send(&fleet, Order, "POST /orders", &body), 400);

        unreadable(&told);
        let message = told["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("{field}: ")), "{body}: {message}");
    }
}

#[test]
fn what_is_no_object_is_400() {
    let fleet = shared();
    for body in [
        "",
        " ",
        "[]",
        "null",
        "1",
        "\"text\"",
        "true",
        "not json",
        "{\"productId\":1,",
        "{\"productId\" 1}",
        "{'qty':1}",
        "[{\"qty\":1}]",
    ] {
        for line in ["POST /orders", "PUT /orders/999999999"] {
            let told = problem(&send(&fleet, Order, line, body), 400);

            unreadable(&told);
        }
    }
}

#[test]
fn less_than_no_money_is_refused() {
    let fleet = shared();
    for cost in ["-1", "\"-1\"", "-9223372036854775808"] {
        let body = format!("{{\"cost\":{cost}}}");
        for (service, line) in [(Order, "POST /orders"), (Payment, "POST /payments")] {
            let told = problem(&send(&fleet, service, line, &body), 400);

            assert!(told["message"].as_str().unwrap().starts_with("cost: "), "{told}");
        }
    }
}

#[test]
fn absurd_bodies_are_refused_in_good_order() {
    let fleet = shared();
    let deep = |field| format!("{{\"{field}\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    problem(&send(&fleet, Order, "POST /orders", &deep("stranger")), 400);
    let twice = send(&fleet, Order, "POST /orders", r#"{"qty":1,"qty":2}"#);
    assert_eq!(twice.json()["qty"], 2);
    problem(&send(&fleet, Order, "POST /orders", &deep("qty")), 400);
    let line = format!("PATCH /orders/{}", id_of(&twice));
    problem(&send(&fleet, Order, &line, &deep("stranger")), 400);
    let long = format!("{{\"productName\":\"{}\"}}", "x".repeat(256 * 1024));
    problem(&send(&fleet, Order, "POST /orders", &long), 413);
    let nul = r#"{"productName":"\u0000"}"#;
    problem(&send(&fleet, Order, "POST /orders", nul), 400);

    let mut wire = Connection::open(fleet.address(Order)).unwrap();
    let head = b"POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 19\r\n\r\n";
    let request = [&head[..], b"{\"productName\":\"\xff\"}"].concat();
    problem(&wire.exchange(&request, false).unwrap(), 400);
    let next = wire.send("GET", "/orders", &[("Accept", "*/*")], None).unwrap();
    assert_eq!(next.status, 200, "the same connection goes on");
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let fleet = original_like();
    let refused = [
        (&[("Accept", "*/*")][..], r#"{"qty":1.9}"#, 400),
        (&[("Accept", "*/*")], r#"{"cost":-1}"#, 400),
        (&[("Accept", "*/*")], "null", 400),
        (&[("Accept", "text/plain")], r#"{"qty":1}"#, 406),
        (&[("Accept", "*/*"), ("Content-Type", "text/plain")], r#"{"qty":1}"#, 415),
    ];
    for (headers, body, status) in refused {
        assert_eq!(ask(&fleet, Order, "POST /orders", headers, Some(body)).status, status);
    }

    for (service, path) in [(Order, "/orders"), (Payment, "/payments")] {
        let list = curl(&fleet, service, &format!("GET {path}"));
        assert_eq!(list.json()["page"]["totalElements"], 0);
    }
    let first = send(&fleet, Order, "POST /orders", "{}");
    assert_eq!(first.header("location"), Some("http://localhost:8081/orders/1"));
}
