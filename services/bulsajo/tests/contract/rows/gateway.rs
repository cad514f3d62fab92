//! The one door: what it lets through, what it says of the rest.

use std::net::TcpListener;

use testkit::{
    Response,
    fleet::Service::{Gateway, Order},
    http,
};

use crate::{
    client::{
        CURL, Headers, JSON, KINDS, allowed, ask, curl, gateway_problem, id_of, make,
        nothing_there, send,
    },
    world::{Alone, closed, original_like, shared},
};

#[test]
fn each_path_goes_to_the_service_that_owns_it() {
    let fleet = original_like();
    for kind in &KINDS {
        let many = format!("/{}", kind.collection);
        let id = make(&fleet, kind.service, &many, r#"{"productName":"커피 ☕"}"#);
        for path in [format!("{many}/{id}"), format!("{many}?size=1&sort=id,desc"), many] {
            let direct = curl(&fleet, kind.service, &format!("GET {path}"));
            let through = curl(&fleet, Gateway, &format!("GET {path}"));

            let host = format!("http://{}/", crate::client::host(kind.service));
            let expected = direct.text().replace(&host, "http://localhost:8088/");
            assert_eq!((through.status, through.text()), (200, expected.as_str()));
            assert_eq!(through.header("content-type"), direct.header("content-type"));
        }
    }
}

#[test]
fn everything_can_be_done_through_the_door() {
    let fleet = shared();
    for kind in &KINDS {
        let many = format!("/{}", kind.collection);
        let posted = send(&fleet, Gateway, &format!("POST {many}"), r#"{"qty":"3"}"#);
        let url = format!("http://localhost:8088{many}/{}", id_of(&posted));
        assert_eq!((posted.status, posted.header("location")), (201, Some(url.as_str())));
        assert!(posted.text().contains(&format!("\"href\" : \"{url}\"")), "{}", posted.text());

        let one = format!("{many}/{}", id_of(&posted));
        let head = curl(&fleet, Gateway, &format!("HEAD {one}"));
        assert_eq!((head.status, head.header("content-length")), (204, None));
        assert!(head.header("link").unwrap().starts_with(&format!("<{url}>;rel=\"self\"")));
        let put = send(&fleet, Gateway, &format!("PUT {one}"), r#"{"qty":4}"#);
        assert_eq!((put.status, put.header("location")), (200, Some(url.as_str())));
        let patched = send(&fleet, Gateway, &format!("PATCH {one}"), r#"{"qty":5}"#);
        assert_eq!((patched.status, patched.json()["qty"].as_f64()), (200, Some(5.0)));
        let options = curl(&fleet, Gateway, &format!("OPTIONS {one}"));
        assert_eq!((options.status, allowed(&options).len()), (200, 6));
        let deleted = curl(&fleet, Gateway, &format!("DELETE {one}"));
        assert_eq!((deleted.status, deleted.header("content-length")), (204, None));
        nothing_there(&curl(&fleet, Gateway, &format!("GET {one}")), &one);
    }
}

#[test]
fn a_refusal_comes_through_as_the_service_wrote_it() {
    let fleet = shared();
    let bad = send(&fleet, Gateway, "POST /orders", r#"{"qty":1.9}"#);
    assert_eq!(crate::client::problem(&bad, 400)["path"], "/orders");
    let verb = curl(&fleet, Gateway, "DELETE /orders");
    assert_eq!(
        (verb.status, allowed(&verb)),
        (405, ["GET", "HEAD", "OPTIONS", "POST"].map(str::to_owned).into())
    );
}

#[test]
fn what_no_service_owns_is_a_problem_in_the_gateways_order() {
    let fleet = shared();
    for path in
        ["/", "/profile", "/profile/order", "/nothing", "/ordersX", "/Orders", "/favicon.ico"]
    {
        let told = gateway_problem(&curl(&fleet, Gateway, &format!("GET {path}")), 404);

        assert_eq!((&told["path"], &told["error"]), (&path.into(), &"Not Found".into()));
        assert!(told["hint"].as_str().is_some_and(|hint| hint.contains("/orders")), "{told}");
    }
    let slip = gateway_problem(&curl(&fleet, Gateway, "GET /order"), 404);
    assert_eq!(slip["hint"], "did you mean /orders?");
}

#[test]
fn nobodys_control_plane_is_behind_the_door() {
    let fleet = original_like();
    assert_eq!(curl(&fleet, Gateway, "PUT /actuator/down").status, 200);
    assert_eq!(curl(&fleet, Order, "GET /actuator/health").status, 200, "it was the gateway's own");
    assert_eq!(curl(&fleet, Gateway, "PUT /actuator/up").status, 200);
    for path in [
        "/orders/../actuator/down",
        "/orders/%2e%2e/actuator/down",
        "/orders/..%2factuator/down",
        "/orders/..;/actuator/down",
    ] {
        let answer = curl(&fleet, Gateway, &format!("PUT {path}"));
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
    }
    assert_eq!(curl(&fleet, Order, "GET /actuator/health").status, 200);
}

#[test]
fn nobody_can_tell_the_gateway_who_they_are() {
    let fleet = shared();
    let id = make(&fleet, Order, "/orders", "{}");
    let claims: [Headers; 3] = [
        &[("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https")],
        &[("Forwarded", "host=evil.example;proto=https")],
        &[("X-Forwarded-Prefix", "/evil"), ("X-Forwarded-Port", "666")],
    ];
    for claim in claims {
        let answer = ask(&fleet, Gateway, &format!("GET /orders/{id}"), claim, None);

        let link = format!("\"href\" : \"http://localhost:8088/orders/{id}\"");
        assert_eq!(answer.text().matches(&link).count(), 2, "{}", answer.text());
    }
}

fn through(gateway: &Alone, line: &str) -> Response {
    let (method, path) = line.split_once(' ').unwrap();
    http::send(gateway.address, method, path, CURL, None).unwrap()
}

#[test]
fn a_service_that_is_away_is_502_and_the_others_go_on() {
    let fleet = shared();
    let (orders, nobody) =
        (format!("http://{}", fleet.address(Order)), format!("http://{}", closed()));
    let settings = [("ORDER_URL", orders.as_str()), ("DELIVERY_URL", &nobody)];
    let gateway = Alone::start("gateway", &settings);

    let told = gateway_problem(&through(&gateway, "GET /deliveries/1"), 502);
    assert_eq!((&told["error"], &told["path"]), (&"Bad Gateway".into(), &"/deliveries/1".into()));
    assert!(told["message"].as_str().unwrap().contains("delivery"), "{told}");
    let posted = http::send(gateway.address, "POST", "/deliveries", JSON, Some("{}")).unwrap();
    gateway_problem(&posted, 502);
    assert_eq!(through(&gateway, "GET /orders").status, 200);
    let health = through(&gateway, "GET /actuator/health");
    assert_eq!((health.status, health.text()), (200, r#"{"status":"UP"}"#));
}

#[test]
fn a_service_that_says_nothing_is_504() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let settings = [("ORDER_URL", url.as_str()), ("GATEWAY_RESPONSE_TIMEOUT", "50ms")];
    let gateway = Alone::start("gateway", &settings);

    let told = gateway_problem(&through(&gateway, "GET /orders"), 504);
    assert_eq!(told["error"], "Gateway Timeout");
    assert!(told["message"].as_str().unwrap().contains("order"), "{told}");
}
