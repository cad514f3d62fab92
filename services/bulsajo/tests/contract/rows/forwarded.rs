//! What proxies say about the client: believed from those who are trusted.

use testkit::{
    Fleet,
    fleet::Service::{Gateway, Order},
};

use crate::{
    client::{Headers, ask, make},
    world::{BULSAJO, shared},
};

/// What is claimed, and what every link then starts with.
const CLAIMS: [(Headers, &str); 12] = [
    (&[("X-Forwarded-Host", "shop.example")], "http://shop.example"),
    (&[("X-Forwarded-Host", "shop.example:9000")], "http://shop.example:9000"),
    (&[("X-Forwarded-Host", "shop.example, inner:8088")], "http://shop.example"),
    (
        &[("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "shop.example")],
        "https://shop.example",
    ),
    (
        &[
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "shop.example"),
            ("X-Forwarded-Port", "443"),
        ],
        "https://shop.example",
    ),
    (
        &[("X-Forwarded-Host", "shop.example"), ("X-Forwarded-Port", "8443")],
        "http://shop.example:8443",
    ),
    (&[("X-Forwarded-Prefix", "/lab")], "http://localhost:8081/lab"),
    (&[("Forwarded", "for=1.2.3.4;host=shop.example;proto=https")], "https://shop.example"),
    (&[("Forwarded", "host=\"shop.example:9000\", host=inner")], "http://shop.example:9000"),
    (
        &[("Forwarded", "host=shop.example"), ("X-Forwarded-Host", "other.example")],
        "http://shop.example",
    ),
    (&[("X-Forwarded-Host", "\"><script>")], "http://localhost:8081"),
    (&[("X-Forwarded-Proto", "javascript")], "http://localhost:8081"),
];

fn links(fleet: &Fleet, id: &str, headers: Headers) -> (String, Vec<String>) {
    let mut headers = headers.to_vec();
    headers.push(("Accept", "*/*"));
    let path = format!("/orders/{id}");
    let one = ask(fleet, Order, &format!("GET {path}"), &headers, None);
    let hrefs =
        one.text().split("\"href\" : \"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let bases = hrefs.map(|href| href.strip_suffix(path.as_str()).unwrap_or(href).to_owned());
    let mut json = headers.clone();
    json.push(("Content-Type", "application/json"));
    let put = ask(fleet, Order, &format!("PUT {path}"), &json, Some("{}"));
    (put.header("location").unwrap().replace(&path, ""), bases.collect())
}

#[test]
fn a_proxy_on_a_private_network_is_believed_when_all_of_them_are() {
    let fleet = Fleet::start(BULSAJO, &[("TRUSTED_PROXIES", "private")]);
    let id = make(&fleet, Order, "/orders", "{}");
    for (claim, base) in CLAIMS {
        let (location, links) = links(&fleet, &id, claim);

        assert_eq!((location.as_str(), links), (base, vec![base.to_owned(); 2]), "{claim:?}");
    }
}

#[test]
fn nobody_is_believed_when_nobody_is_trusted() {
    let fleet = Fleet::start(BULSAJO, &[("TRUSTED_PROXIES", "none")]);
    let id = make(&fleet, Order, "/orders", "{}");
    let base = "http://localhost:8081";
    for (claim, _) in CLAIMS {
        let (location, links) = links(&fleet, &id, claim);

        assert_eq!((location.as_str(), links), (base, vec![base.to_owned(); 2]), "{claim:?}");
    }
    // Not even the gateway: its clients see where the service is.
    let through = ask(&fleet, Gateway, &format!("GET /orders/{id}"), &[], None);
    let address = format!("http://localhost:{}/orders/{id}", fleet.address(Order).port());
    assert_eq!(through.text().matches(&address).count(), 2, "{}", through.text());
}

#[test]
fn only_the_gateway_is_believed_unless_told_otherwise() {
    let fleet = shared();
    let id = make(&fleet, Order, "/orders", "{}");
    let base = "http://localhost:8081";
    for (claim, _) in CLAIMS {
        let (location, links) = links(&fleet, &id, claim);

        assert_eq!((location.as_str(), links), (base, vec![base.to_owned(); 2]), "{claim:?}");
    }
    let host = [("Host", "shop.example"), ("Accept", "*/*")];
    let through = ask(&fleet, Gateway, &format!("GET /orders/{id}"), &host, None);
    let address = format!("\"http://shop.example/orders/{id}\"");
    assert_eq!(through.text().matches(&address).count(), 2, "{}", through.text());
}

#[test]
fn the_links_of_a_list_follow_the_proxy_too() {
    let fleet = Fleet::start(BULSAJO, &[("TRUSTED_PROXIES", "private")]);
    for _ in 0..3 {
        make(&fleet, Order, "/orders", "{}");
    }
    let headers = [("X-Forwarded-Host", "shop.example"), ("Accept", "*/*")];
    let list = ask(&fleet, Order, "GET /orders?size=1&page=1", &headers, None);

    let ours = list.text().matches("\"href\" : \"http://shop.example/").count();
    assert_eq!(list.text().matches("href").count(), ours, "{}", list.text());
    let own = "\"http://shop.example/orders?size=1&page=1\"";
    assert!(list.text().contains(own), "{}", list.text());
}
