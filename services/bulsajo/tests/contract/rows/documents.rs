//! The pages that only link: root and profile.

use crate::{
    client::{BROWSER, KINDS, ask, curl},
    world::shared,
};

#[test]
fn the_root_links_to_the_collection_and_the_profile() {
    let fleet = shared();
    for kind in &KINDS {
        let url = kind.url();
        let base = url.trim_end_matches(kind.collection);
        let target = if kind.paged {
            format!("{url}{{?page,size,sort}}\",\n      \"templated\" : true")
        } else {
            format!("{url}\"")
        };
        let expected = format!(
            "{{\n  \"_links\" : {{\n    \"{}\" : {{\n      \"href\" : \"{target}\n    }},\n    \
             \"profile\" : {{\n      \"href\" : \"{base}profile\"\n    }}\n  }}\n}}",
            kind.collection
        );
        for accept in ["*/*", BROWSER] {
            let root = ask(&fleet, kind.service, "GET /", &[("Accept", accept)], None);

            assert_eq!((root.status, root.text()), (200, expected.as_str()));
            assert_eq!(root.header("content-type"), Some("application/hal+json"));
        }
    }
}

#[test]
fn the_profile_lists_the_one_there_is() {
    let fleet = shared();
    for kind in &KINDS {
        let url = kind.url();
        let base = url.trim_end_matches(kind.collection);
        let expected = format!(
            "{{\n  \"_links\" : {{\n    \"self\" : {{\n      \"href\" : \"{base}profile\"\n    }},\n    \
             \"{0}\" : {{\n      \"href\" : \"{base}profile/{0}\"\n    }}\n  }}\n}}",
            kind.collection
        );
        let list = curl(&fleet, kind.service, "GET /profile");
        assert_eq!((list.status, list.text()), (200, expected.as_str()));

        let one = curl(&fleet, kind.service, &format!("GET /profile/{}", kind.collection));
        assert_eq!((one.status, one.header("content-type")), (200, Some("application/alps+json")));
        assert_eq!(one.json()["alps"]["version"], "1.0");
        for (field, _) in kind.fields {
            assert!(one.text().contains(&format!("\"{field}\"")), "{field}");
        }
    }
}

#[test]
fn links_follow_the_host_that_was_asked() {
    let fleet = shared();
    for host in ["order:8080", "shop.example", "127.0.0.1:9", "[::1]:8081", "a-b.svc.cluster.local"]
    {
        for kind in &KINDS {
            let headers = [("Host", host), ("Accept", "*/*")];
            for path in ["/", "/profile", &format!("/{}", kind.collection)] {
                let page = ask(&fleet, kind.service, &format!("GET {path}"), &headers, None);
                let base = format!("\"href\" : \"http://{host}/");

                let (all, ours) = (page.text().matches("href"), page.text().matches(&base));
                assert_eq!(all.count(), ours.count(), "{host}: {}", page.text());
            }
        }
    }
}

#[test]
fn links_name_our_port_when_no_host_was_asked() {
    let fleet = shared();
    for kind in &KINDS {
        let headers = [("Host", ""), ("Accept", "*/*")];
        let root = ask(&fleet, kind.service, "GET /", &headers, None);
        let port = fleet.address(kind.service).port();

        let link = format!("\"href\" : \"http://:{port}/profile\"");
        assert!(root.text().contains(&link), "{}", root.text());
    }
}
