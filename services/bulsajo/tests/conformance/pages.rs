//! Reading, from real rows.

use serde_json::{Value, json};
use testkit::{
    Fleet,
    fleet::Service::{Delivery, Order, OrderTrace, Payment},
    rows,
};

use crate::steps::{becomes, place};

fn costs(page: &Value) -> Vec<i64> {
    let orders = page["_embedded"]["orders"].as_array().expect("a list");
    orders.iter().map(|order| order["cost"].as_i64().expect("a number")).collect()
}

pub(crate) fn pages_show_every_row_once_in_their_order(fleet: &mut Fleet) {
    for (cost, name) in [(300, "Tea"), (100, "Tea"), (500, "Coffee"), (200, "Milk"), (400, "Tea")] {
        let order = json!({ "productId": 1, "qty": 1, "cost": cost, "productName": name });
        assert_eq!(fleet.http("POST", "/orders", Some(order)).status, 201);
    }
    let get = |path: &str| fleet.http("GET", path, None).json();

    let pages: Vec<Value> =
        (0..3).map(|page| get(&format!("/orders?size=2&sort=cost,desc&page={page}"))).collect();
    assert_eq!(pages.iter().flat_map(costs).collect::<Vec<_>>(), [500, 400, 300, 200, 100]);
    for (number, page) in pages.iter().enumerate() {
        let expected = json!({ "size": 2, "totalElements": 5, "totalPages": 3, "number": number });
        assert_eq!(page["page"], expected);
        assert_eq!(page["_links"]["next"].is_null(), number == 2, "{page}");
        assert_eq!(page["_links"]["prev"].is_null(), number == 0, "{page}");
    }
    let by_name = get("/orders?sort=productName&sort=cost,desc");
    assert_eq!(costs(&by_name), [500, 200, 400, 300, 100]);
    assert_eq!(costs(&get("/orders?page=7")).len(), 0);
    let host =
        format!("http://localhost:{}/", fleet.address(testkit::fleet::Service::Gateway).port());
    let link = pages[0]["_links"]["next"]["href"].as_str().expect("a link");
    assert!(link.starts_with(&host), "{link} is not at {host}");
}

pub(crate) fn searches_find_the_rows_of_an_order(fleet: &mut Fleet) {
    let (order, other) = (place(fleet), place(fleet));
    becomes(fleet, order, "DELIVERY START");
    becomes(fleet, other, "DELIVERY START");

    for service in [Payment, Delivery, OrderTrace] {
        let found = rows::of_order(fleet, service, order);
        assert_eq!(found.len(), 1, "{service:?}: {found:?}");
        assert_eq!(found[0]["orderId"], order, "{service:?}");
        assert_eq!(rows::of_order(fleet, service, 4_711).len(), 0, "{service:?}");
    }
    let change = json!({ "productName": "Tea" });
    let changed = fleet.http("PATCH", &format!("/orders/{order}"), Some(change));
    assert_eq!(changed.status, 200, "{}", changed.text());
    let orders = rows::all(fleet, Order);
    assert_eq!(orders[&order]["productName"], "Tea");
    assert_eq!(orders[&other]["productName"], "Coffee");
}
