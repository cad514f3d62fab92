//! What is not there.

use testkit::fleet::Service;

use crate::{
    client::{KINDS, curl, make, nothing_there, problem, send},
    world::shared,
};

#[test]
fn an_unknown_item_is_404_with_an_empty_body() {
    let fleet = shared();
    for kind in &KINDS {
        for id in ["999999999", "0", "-1", "9223372036854775807"] {
            for verb in ["GET", "DELETE"] {
                let line = format!("{verb} /{}/{id}", kind.collection);
                nothing_there(&curl(&fleet, kind.service, &line), &line);
            }
            let line = format!("PATCH /{}/{id}", kind.collection);
            nothing_there(&send(&fleet, kind.service, &line, r#"{"qty":1}"#), &line);
        }
    }
}

#[test]
fn an_id_that_is_no_number_is_404_with_a_problem() {
    let fleet = shared();
    for kind in &KINDS {
        for id in ["abc", "1a", "1.0", "99999999999999999999", "%EC%BB%A4"] {
            for verb in ["GET", "DELETE", "PUT", "PATCH"] {
                let path = format!("/{}/{id}", kind.collection);
                let answer = send(&fleet, kind.service, &format!("{verb} {path}"), "{}");

                let told = problem(&answer, 404);
                assert_eq!((&told["error"], &told["path"]), (&"Not Found".into(), &path.into()));
            }
        }
    }
}

#[test]
fn a_property_of_an_item_is_not_served() {
    let fleet = shared();
    let id = make(&fleet, Service::Order, "/orders", "{}");
    for path in [format!("/orders/{id}/qty"), format!("/orders/{id}/nothing")] {
        nothing_there(&curl(&fleet, Service::Order, &format!("GET {path}")), &path);
    }
}

#[test]
fn a_path_of_no_resource_is_a_problem_that_says_what_was_meant() {
    let fleet = shared();
    for (service, path, meant) in [
        (Service::Order, "/order", "/orders"),
        (Service::Order, "/Orders", "/orders"),
        (Service::Payment, "/payment", "/payments"),
        (Service::Delivery, "/delivery", "/deliveries"),
        (Service::OrderTrace, "/ordertraces", "/orderTraces"),
    ] {
        let told = problem(&curl(&fleet, service, &format!("GET {path}")), 404);

        assert_eq!((&told["error"], &told["path"]), (&"Not Found".into(), &path.into()));
        assert_eq!(told["hint"], format!("did you mean {meant}?"));
    }
}

#[test]
fn nothing_else_of_the_labs_is_served_here() {
    let fleet = shared();
    for path in ["/isolation", "/profile/nothing", "/actuator/nothing", "/inventories", "/a/b"] {
        for kind in &KINDS {
            let told = problem(&curl(&fleet, kind.service, &format!("GET {path}")), 404);

            assert_eq!(told["path"], path);
        }
    }
}
