//! Whose word is taken for where we are, and that links can always be followed.

use std::net::SocketAddr;

use crate::toy::{Orders, Store, app, curl, send};
use axum::{Extension, Router, extract::ConnectInfo, http::Uri};
use proptest::prelude::*;
use web::{LocalPort, TrustedProxies};

fn behind(peer: &str, trusted: &str) -> Router {
    let peer: SocketAddr = peer.parse().expect("an address");
    let trusted = TrustedProxies::parse(trusted).expect("a list");
    app(Orders(Store::with(1))).layer(Extension(ConnectInfo(peer))).layer(Extension(trusted))
}

async fn base(app: &Router, headers: &[&str]) -> String {
    let answer = send(app, "HEAD /orders/1", headers, "").await;
    let link = answer.header("link");
    let (url, _) = link.split_once('>').expect("a link");
    url.trim_start_matches('<').trim_end_matches("/orders/1").to_owned()
}

#[tokio::test]
async fn links_follow_the_host_that_was_asked() {
    let app = app(Orders(Store::with(1)));
    for (host, expected) in [
        ("order:8080", "http://order:8080"),
        ("shop.example", "http://shop.example"),
        ("shop.example:80", "http://shop.example"),
        ("shop.example:443", "http://shop.example:443"),
        ("[::1]:8081", "http://[::1]:8081"),
        ("", ""),
        ("a b", ""),
        ("user@evil", ""),
        ("evil\"><script>", ""),
        ("host:port", ""),
        ("host:99999", ""),
        ("[::1", ""),
        ("a/b", ""),
    ] {
        assert_eq!(base(&app, &[&format!("Host: {host}")]).await, expected, "{host}");
    }
    let with_port = app.layer(Extension(LocalPort(8081)));
    assert_eq!(base(&with_port, &["Host: "]).await, "http://:8081");
}

#[tokio::test]
async fn a_trusted_proxy_says_where_the_client_is() {
    let app = behind("10.1.2.3:5000", "private");
    for (headers, expected) in [
        (vec!["X-Forwarded-Host: shop.example"], "http://shop.example"),
        (vec!["X-Forwarded-Host: a:8088, b", "X-Forwarded-Proto: https"], "https://a:8088"),
        (vec!["X-Forwarded-Proto: https"], "https://order:8080"),
        (vec!["X-Forwarded-Host: a", "X-Forwarded-Port: 8443"], "http://a:8443"),
        (
            vec!["X-Forwarded-Host: a", "X-Forwarded-Proto: https", "X-Forwarded-Port: 443"],
            "https://a",
        ),
        (vec!["X-Forwarded-Prefix: /shop/"], "http://order:8080/shop"),
        (vec!["X-Forwarded-Prefix: //evil"], "http://order:8080"),
        (vec!["X-Forwarded-Prefix: /a\"b"], "http://order:8080"),
        (vec!["X-Forwarded-Host: evil\"><", "X-Forwarded-Proto: ftp"], "http://order:8080"),
        (
            vec![
                "Forwarded: for=1.2.3.4;Host=\"shop:9000\";proto=https, host=b",
                "X-Forwarded-Host: c",
            ],
            "https://shop:9000",
        ),
        (vec!["Forwarded: for=1.2.3.4"], "http://order:8080"),
    ] {
        let headers = [vec!["Host: order:8080"], headers].concat();

        assert_eq!(base(&app, &headers).await, expected, "{headers:?}");
    }
}

#[tokio::test]
async fn nobody_else_is_believed() {
    let said = ["Host: order:8080", "X-Forwarded-Host: evil", "Forwarded: host=evil"];
    for app in [
        behind("8.8.8.8:1", "private"),
        behind("10.0.0.1:1", "none"),
        app(Orders(Store::with(1))),
        app(Orders(Store::with(1))).layer(Extension(TrustedProxies::parse("private").unwrap())),
    ] {
        assert_eq!(base(&app, &said).await, "http://order:8080");
    }
    let mapped = behind("[::ffff:10.0.0.1]:1", "10.0.0.1");
    assert_eq!(base(&mapped, &["X-Forwarded-Host: shop"]).await, "http://shop");
}

#[test]
fn lists_of_proxies_are_read_and_said_again() {
    for (text, said) in [
        ("private", "private"),
        ("none", "none"),
        ("", "none"),
        ("10.0.0.0/8, ::1", "10.0.0.0/8,::1/128"),
    ] {
        let proxies: TrustedProxies = text.parse().unwrap();

        assert_eq!(proxies.to_string(), said);
        assert_eq!(said.parse::<TrustedProxies>().unwrap(), proxies);
    }
    assert!("door".parse::<TrustedProxies>().is_err());
}

#[test]
fn an_unknown_path_is_answered_with_the_nearest_known_one() {
    let known = ["/orders", "/profile", "/actuator"];
    let hint = |path: &str| web::not_found(&known, path).hint.unwrap();

    assert_eq!(hint("/order"), "did you mean /orders?");
    assert_eq!(hint("/Orders/1"), "did you mean /orders?");
    assert_eq!(hint("/actuatr/health"), "did you mean /actuator?");
    assert_eq!(hint("/favicon.ico"), "there is /orders, /profile, /actuator");
    assert_eq!(hint(&"/x".repeat(9999)), "there is /orders, /profile, /actuator");
    assert!(web::not_found(&[], "").hint.is_some());
}

proptest! {
    #[test]
    fn every_link_parses(query in "[!-\"$-;=@-_a-z|~{}<>`\u{e9}]{0,24}", host in "[a-z0-9.:\\[\\]\"<@/-]{0,16}") {
        let line = format!("GET /orders?size=1&{query}");
        if line[4..].parse::<Uri>().is_err() {
            return Ok(());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let app = app(Orders(Store::with(3)));
        let header = format!("Host: {host}");
        let answer = runtime.block_on(send(&app, &line, &[&header], ""));
        let head = runtime.block_on(send(&app, &line.replace("GET", "HEAD"), &[&header], ""));

        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        for (rel, link) in body["_links"].as_object().unwrap() {
            let href = link["href"].as_str().unwrap();
            prop_assert!(href.parse::<Uri>().is_ok(), "{} {}", rel, href);
            prop_assert!(!href.contains(['"', '<', '>', '{']), "{}", href);
        }
        prop_assert_eq!(head.header("link").matches(">;rel=").count(), 2);
    }
}

#[tokio::test]
async fn the_own_link_is_the_address_as_it_was_sent() {
    let app = app(Orders(Store::with(1)));
    let list = curl(&app, "GET /orders/?size=5&x=%EC%BB%A4&&sort=qty,DESC").await;

    let own = "\"http://localhost:8081/orders/?size=5&x=%EC%BB%A4&&sort=qty,DESC\"";
    assert!(list.body.contains(own), "{}", list.body);
}
