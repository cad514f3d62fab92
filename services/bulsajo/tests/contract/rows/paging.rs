//! Pages, sorting, and the links between pages.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::Value;
use testkit::{Fleet, fleet::Service::Order};

use crate::{
    client::{KINDS, ask, curl, keys, make, problem},
    world::original_like,
};

/// A fleet with 45 orders: `qty` counts down from 45, `cost` goes 0, 1, 2, 0 …, and none cost
/// nothing at all but the last two, which have no cost and no quantity.
fn with_45_orders() -> Arc<Fleet> {
    static SHARED: Mutex<Weak<Fleet>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let fleet = Arc::new(original_like());
        for number in 0..43 {
            let body = format!("{{\"qty\":{},\"cost\":{}}}", 45 - number, number % 3);
            make(&fleet, Order, "/orders", &body);
        }
        make(&fleet, Order, "/orders", "{}");
        make(&fleet, Order, "/orders", "{}");
        *shared = Arc::downgrade(&fleet);
        fleet
    })
}

fn list(fleet: &Fleet, query: &str) -> Value {
    let answer = curl(fleet, Order, &format!("GET /orders{query}"));
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()
}

fn ids(list: &Value) -> Vec<u32> {
    let rows = list["_embedded"]["orders"].as_array().unwrap().iter();
    let links = rows.map(|row| row["_links"]["self"]["href"].as_str().unwrap());
    links.map(|link| link.rsplit('/').next().unwrap().parse().unwrap()).collect()
}

/// `rel` to what follows `http://localhost:8081/orders`.
fn link<'a>(list: &'a Value, rel: &str) -> &'a str {
    let href = list["_links"][rel]["href"].as_str().unwrap_or_else(|| panic!("{rel} in {list}"));
    href.strip_prefix("http://localhost:8081/orders").unwrap()
}

#[test]
fn an_empty_list_of_orders_is_301_bytes_at_order_8080() {
    let fleet = original_like();
    let headers = [("Host", "order:8080"), ("Accept", "*/*")];
    let answer = ask(&fleet, Order, "GET /orders", &headers, None);

    assert_eq!((answer.status, answer.body.len()), (200, 301));
    assert_eq!(answer.header("content-length"), Some("301"));
    for kind in &KINDS {
        let url = kind.url();
        let base = url.trim_end_matches(kind.collection);
        let search = format!(",\n    \"search\" : {{\n      \"href\" : \"{url}/search\"\n    }}");
        let page = ",\n  \"page\" : {\n    \"size\" : 20,\n    \"totalElements\" : 0,\n    \
                    \"totalPages\" : 0,\n    \"number\" : 0\n  }";
        let expected = format!(
            "{{\n  \"_embedded\" : {{\n    \"{0}\" : [ ]\n  }},\n  \"_links\" : {{\n    \
             \"self\" : {{\n      \"href\" : \"{url}\"\n    }},\n    \"profile\" : {{\n      \
             \"href\" : \"{base}profile/{0}\"\n    }}{1}\n  }}{2}\n}}",
            kind.collection,
            if kind.searched { &search } else { "" },
            if kind.paged { page } else { "" }
        );
        let empty = curl(&fleet, kind.service, &format!("GET /{}", kind.collection));
        assert_eq!(empty.text(), expected);
    }
}

#[test]
fn pages_are_asked_for_leniently() {
    let fleet = with_45_orders();
    for (query, size, pages, number, rows) in [
        ("", 20, 3, 0, 20),
        ("?page=1", 20, 3, 1, 20),
        ("?page=2", 20, 3, 2, 5),
        ("?page=3", 20, 3, 3, 0),
        ("?page=2147483647", 20, 3, 2_147_483_647, 0),
        ("?page=-1", 20, 3, 0, 20),
        ("?page=abc", 20, 3, 0, 20),
        ("?page=", 20, 3, 0, 20),
        ("?page=99999999999", 20, 3, 0, 20),
        ("?size=0", 20, 3, 0, 20),
        ("?size=-1", 20, 3, 0, 20),
        ("?size=abc", 20, 3, 0, 20),
        ("?size=1000", 1000, 1, 0, 45),
        ("?size=1001", 1000, 1, 0, 45),
        ("?size=7&page=6", 7, 7, 6, 3),
        ("?size=45", 45, 1, 0, 45),
        ("?SIZE=5&Page=1", 20, 3, 0, 20),
        ("?stranger=1&&=&x", 20, 3, 0, 20),
    ] {
        let list = list(&fleet, query);
        let block = &list["page"];

        assert_eq!(keys(block), ["size", "totalElements", "totalPages", "number"]);
        let found = [&block["size"], &block["totalPages"], &block["number"]].map(Value::as_u64);
        assert_eq!(found, [Some(size), Some(pages), Some(number)], "{query}");
        assert_eq!((ids(&list).len(), &block["totalElements"]), (rows, &45.into()), "{query}");
    }
}

#[test]
fn links_lead_to_the_other_pages_there_are() {
    let fleet = with_45_orders();
    for (query, rels) in [
        ("", "first self next last profile"),
        ("?page=1", "first prev self next last profile"),
        ("?page=2", "first prev self last profile"),
        ("?page=3", "first prev self last profile"),
        ("?page=9&size=7", "first prev self last profile"),
        ("?size=45", "self profile"),
        ("?size=44", "first self next last profile"),
        ("?page=0&size=1000", "self profile"),
    ] {
        let list = list(&fleet, query);

        assert_eq!(keys(&list["_links"]).join(" "), rels, "{query}");
        assert_eq!(link(&list, "self"), query);
        assert_eq!(list["_links"]["self"].get("templated"), None);
    }
    let past = list(&fleet, "?page=9&size=7");
    assert_eq!(link(&past, "prev"), "?page=8&size=7");
    assert_eq!((link(&past, "first"), link(&past, "last")), ("?page=0&size=7", "?page=6&size=7"));
    let all = list(&fleet, "?page=1");
    assert_eq!((link(&all, "prev"), link(&all, "next")), ("?page=0&size=20", "?page=2&size=20"));
}

#[test]
fn links_say_every_sort_key_again_in_one_form() {
    let fleet = with_45_orders();
    for (sort, said) in [
        ("sort=qty", "&sort=qty,asc"),
        ("sort=qty,desc", "&sort=qty,desc"),
        ("sort=qty,DESC", "&sort=qty,desc"),
        ("sort=qty,cost,desc", "&sort=qty,cost,desc"),
        ("sort=qty,desc&sort=cost,desc", "&sort=qty,cost,desc"),
        ("sort=cost,desc&sort=qty", "&sort=cost,desc&sort=qty,asc"),
        ("sort=price,desc", ""),
        ("sort=price&sort=qty", "&sort=qty,asc"),
        ("sort=", ""),
        ("sort=desc", ""),
        ("sort=,", ""),
        ("sort=qty%2Cdesc", "&sort=qty,desc"),
        ("sort=qty,desc,ignorecase", "&sort=qty,desc,ignorecase"),
        ("sort=qty,IgnoreCase", "&sort=qty,asc,ignorecase"),
        ("sort=QTY", ""),
        ("sort=qty;drop", ""),
    ] {
        let list = list(&fleet, &format!("?{sort}&page=1&size=5"));

        for (rel, page) in [("first", 0), ("prev", 0), ("next", 2), ("last", 8)] {
            assert_eq!(link(&list, rel), format!("?page={page}&size=5{said}"), "{sort}");
        }
        assert_eq!(link(&list, "self"), format!("?{sort}&page=1&size=5"));
    }
}

#[test]
fn rows_come_in_the_order_that_was_asked_for() {
    let fleet = with_45_orders();
    for (sort, first) in [
        ("", [1, 2, 3, 4]),
        ("sort=id,desc", [45, 44, 43, 42]),
        ("sort=qty", [44, 45, 43, 42]),
        ("sort=qty,desc", [1, 2, 3, 4]),
        ("sort=cost", [44, 45, 1, 4]),
        ("sort=cost,desc", [3, 6, 9, 12]),
        ("sort=cost,desc&sort=qty", [42, 39, 36, 33]),
        ("sort=cost,qty,desc", [3, 6, 9, 12]),
        ("sort=id,desc,ignorecase", [45, 44, 43, 42]),
        ("sort=cost,desc,IGNORECASE", [3, 6, 9, 12]),
        ("sort=cost,ignorecase&sort=qty,asc", [44, 45, 43, 40]),
        ("sort=cost&sort=qty,asc", [44, 45, 43, 40]),
        ("sort=price,desc", [1, 2, 3, 4]),
        ("sort=productName", [1, 2, 3, 4]),
    ] {
        assert_eq!(ids(&list(&fleet, &format!("?{sort}&size=4"))), first, "{sort}");
    }
}

#[test]
fn every_page_of_a_sorted_list_together_is_the_list() {
    let fleet = with_45_orders();
    for sort in ["cost,desc", "cost", "productName,desc", "paymentType"] {
        let pages =
            (0..7).flat_map(|page| ids(&list(&fleet, &format!("?size=7&page={page}&sort={sort}"))));
        let mut pages: Vec<u32> = pages.collect();
        pages.sort_unstable();

        assert_eq!(pages, (1..=45).collect::<Vec<_>>(), "{sort}");
    }
}

#[test]
fn traces_come_all_at_once_whatever_is_asked() {
    let fleet = with_45_orders();
    let traces = testkit::fleet::Service::OrderTrace;
    let newest = "/orderTraces/search/findByOrderId?OrderId=45";
    crate::client::shows(&fleet, traces, newest, &["Order END"]);
    for query in ["", "?size=2&page=1&sort=qty,desc", "?page=9"] {
        let answer = curl(&fleet, traces, &format!("GET /orderTraces{query}"));
        let list = answer.json();

        assert_eq!(list["_embedded"]["orderTraces"].as_array().unwrap().len(), 45);
        assert_eq!(keys(&list), ["_embedded", "_links"]);
        assert_eq!(keys(&list["_links"]), ["self", "profile", "search"]);
        let own = format!("http://localhost:8084/orderTraces{query}");
        assert_eq!(list["_links"]["self"]["href"], own);
    }
}

#[test]
fn payments_page_like_orders_and_link_to_their_searches() {
    let fleet = with_45_orders();
    let answer = curl(&fleet, KINDS[1].service, "GET /payments?size=3&page=1&sort=orderId,desc");
    let rels = ["first", "prev", "self", "next", "last", "profile", "search"];
    let list = answer.json();

    assert_eq!(keys(&list["_links"]), rels);
    assert_eq!(list["page"]["totalElements"], 45);
    assert_eq!(list["_embedded"]["payments"][0]["orderId"], 42);
}

#[test]
fn a_query_that_is_no_text_is_no_failure() {
    let fleet = with_45_orders();
    for query in ["?sort=%FF", "?page=%", "?size=%zz", "?%00=1"] {
        let answer = curl(&fleet, Order, &format!("GET /orders{query}"));
        if answer.status != 200 {
            problem(&answer, 400);
        }
    }
}
