//! Which verbs are served where, and what is said about the others.

use testkit::fleet::Service;

use crate::{
    client::{KINDS, allowed, curl, make, nothing_there, problem, send},
    world::shared,
};

const OF_MANY: [&str; 4] = ["GET", "HEAD", "OPTIONS", "POST"];
const OF_ONE: [&str; 6] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"];
const OF_PAGES: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

#[test]
fn options_says_which_verbs_there_are() {
    let fleet = shared();
    for kind in &KINDS {
        let id = make(&fleet, kind.service, &format!("/{}", kind.collection), "{}");
        let item = format!("/{}/{id}", kind.collection);
        let ask = |path: &str| curl(&fleet, kind.service, &format!("OPTIONS {path}"));
        let (many, one) = (ask(&format!("/{}", kind.collection)), ask(&item));

        for (answer, verbs) in [(&many, &OF_MANY[..]), (&one, &OF_ONE)] {
            assert_eq!((answer.status, answer.header("content-length")), (200, Some("0")));
            assert_eq!(allowed(answer), verbs);
        }
        let patches = one.header("accept-patch").expect("what PATCH takes");
        for kind in ["application/merge-patch+json", "application/json-patch+json"] {
            assert!(patches.contains(kind), "{patches}");
        }
    }
}

#[test]
fn a_verb_that_is_not_served_is_405_with_allow() {
    let fleet = shared();
    for kind in &KINDS {
        let many = format!("/{}", kind.collection);
        let id = make(&fleet, kind.service, &many, "{}");
        let one = format!("{many}/{id}");
        for (verb, path, verbs) in [
            ("PUT", &many, &OF_MANY[..]),
            ("PATCH", &many, &OF_MANY),
            ("DELETE", &many, &OF_MANY),
            ("BREW", &many, &OF_MANY),
            ("POST", &one, &OF_ONE),
            ("BREW", &one, &OF_ONE),
        ] {
            let answer = send(&fleet, kind.service, &format!("{verb} {path}"), "{}");

            assert_eq!(allowed(&answer), verbs, "{verb} {path}");
            let told = problem(&answer, 405);
            assert_eq!(told["error"], "Method Not Allowed");
            assert_eq!(told["path"], path.as_str());
        }
    }
}

#[test]
fn pages_that_only_link_can_only_be_read() {
    let fleet = shared();
    let pages = [
        (Service::Order, "/"),
        (Service::Order, "/profile"),
        (Service::Order, "/profile/orders"),
        (Service::OrderTrace, "/"),
        (Service::Payment, "/payments/search"),
        (Service::Payment, "/payments/search/findByOrderId"),
    ];
    for (service, path) in pages {
        for verb in ["POST", "PUT", "PATCH", "DELETE"] {
            let answer = send(&fleet, service, &format!("{verb} {path}"), "{}");

            assert_eq!(allowed(&answer), OF_PAGES, "{verb} {path}");
            problem(&answer, 405);
        }
        let options = curl(&fleet, service, &format!("OPTIONS {path}"));
        assert_eq!((options.status, allowed(&options)), (200, OF_PAGES.map(str::to_owned).into()));
        let head = curl(&fleet, service, &format!("HEAD {path}"));
        assert_eq!((head.status, head.header("content-length")), (204, None), "{path}");
    }
}

#[test]
fn head_tells_the_links_and_nothing_else() {
    let fleet = shared();
    for kind in &KINDS {
        let id = make(&fleet, kind.service, &format!("/{}", kind.collection), "{}");
        let (url, rel) = (kind.url(), kind.item);
        let base = url.trim_end_matches(kind.collection);
        let many = curl(&fleet, kind.service, &format!("HEAD /{}", kind.collection));
        let one = curl(&fleet, kind.service, &format!("HEAD /{}/{id}", kind.collection));

        let mut links =
            format!("<{url}>;rel=\"self\",<{base}profile/{}>;rel=\"profile\"", kind.collection);
        if kind.searched {
            links = format!("{links},<{url}/search>;rel=\"search\"");
        }
        assert_eq!((many.status, many.header("link")), (204, Some(links.as_str())));
        let links = format!("<{url}/{id}>;rel=\"self\",<{url}/{id}>;rel=\"{rel}\"");
        assert_eq!((one.status, one.header("link")), (204, Some(links.as_str())));
        for answer in [many, one] {
            assert_eq!(answer.header("content-length"), None);
            assert_eq!(answer.header("content-type"), None);
        }
    }
}

#[test]
fn head_of_what_is_not_there_is_404() {
    let fleet = shared();
    for kind in &KINDS {
        let line = format!("HEAD /{}/999999999", kind.collection);
        nothing_there(&curl(&fleet, kind.service, &line), &line);
    }
}

#[test]
fn a_slash_at_the_end_changes_nothing() {
    let fleet = shared();
    for kind in &KINDS {
        let id = make(&fleet, kind.service, &format!("/{}/", kind.collection), "{}");
        let get =
            |path: &str| curl(&fleet, kind.service, &format!("GET /{}{path}", kind.collection));

        assert_eq!(get(&format!("/{id}/")).text(), get(&format!("/{id}")).text());
        assert!(get("/").text().contains(&format!("\"{}/{id}\"", kind.url())) || kind.paged);
        assert_eq!(get("/").status, 200);
    }
}
