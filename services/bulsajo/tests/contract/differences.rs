//! What is agreed to differ from the recordings: the one table. It becomes the expectation.

use std::net::SocketAddr;

use serde_json::json;

use crate::{
    answer::Answer,
    expectation::{equals_by_id, measured, own_uri, problem, retype, wrong_verb},
    sample::Sample,
};

/// Something we do otherwise than the original, and why.
pub(crate) struct Difference {
    pub(crate) name: &'static str,
    /// Which recordings show it; none named: all where it changes something.
    pub(crate) samples: &'static [&'static str],
    /// A number is one of the list "Corrections" in the contract.
    pub(crate) why: &'static str,
    /// Turns what was recorded into what is expected.
    pub(crate) apply: fn(&mut Answer, &Asked),
}

/// Who was asked what.
pub(crate) struct Asked<'a> {
    pub(crate) sample: &'a Sample,
    pub(crate) address: SocketAddr,
}

const ALL: &[&str] = &[];

/// Statuses come first: the form of an error follows from them. How things are written comes last.
pub(crate) const DIFFERENCES: [Difference; 19] = [
    Difference {
        name: "wrong verb: 405",
        samples: &["order-050-post-item", "order-092-delete-collection", "order-101-root-post"],
        why: "1: it was 404; 2.3 and HTTP say 405 with Allow",
        apply: wrong_verb,
    },
    Difference {
        name: "search that deletes: 405",
        samples: &["payment-013-search-deleteByOrderId"],
        why: "design 5: it failed with 500 always; GET must not delete, so it is 405 and allows OPTIONS",
        apply: |answer, _| {
            answer.status = 405;
            answer.set("allow", Some("OPTIONS"));
        },
    },
    Difference {
        name: "id that is no number: 404",
        samples: &["order-046-get-too-big-id", "order-091-delete-abc"],
        why: "15: it was 500",
        apply: |answer, _| answer.status = 404,
    },
    Difference {
        name: "1.9 is no integer: 400",
        samples: &["order-021-post-float-for-int"],
        why: "3: it was truncated to 1",
        apply: |answer, _| {
            answer.status = 400;
            answer.set("location", None);
            json!({"cause": {"cause": null, "message": ""}, "message": ""})
                .to_string()
                .clone_into(&mut answer.body);
        },
    },
    Difference {
        name: "payment down: 503",
        samples: &["paydown-001-post", "paydown-008-via-gateway"],
        why: "11: it was 500 with a text about JPA",
        apply: |answer, _| answer.status = 503,
    },
    Difference {
        name: "probe groups are on",
        samples: &["order-108-actuator-health-liveness"],
        why: "origins 1.7: on as on Kubernetes; they were off in the recording",
        apply: |answer, _| {
            answer.status = 200;
            answer.set("content-type", Some("application/vnd.spring-boot.actuator.v3+json"));
            r#"{"status":"UP"}"#.clone_into(&mut answer.body);
            answer.set("content-length", Some("15"));
        },
    },
    Difference {
        name: "echo is there",
        samples: &["order-115-actuator-echo"],
        why: "16: it comes from the lab images; origins 1.7",
        apply: |answer, _| {
            answer.status = 200;
            answer.set("content-type", Some("text/plain; charset=utf-8"));
            "(host/address)".clone_into(&mut answer.body);
        },
    },
    Difference {
        name: "cancelled payments say so in paymentStatus",
        samples: &["payment-002-list"],
        why: "origins 2.1.5 and design 5: the original wrote it over paymentType; corrected saga",
        apply: |answer, _| {
            answer.body = answer.body.replace(
                "\"paymentType\" : \"ORDER CANCEL\",\n      \"paymentStatus\" : \"Not Pay\"",
                "\"paymentType\" : \"card\",\n      \"paymentStatus\" : \"ORDER CANCEL\"",
            );
        },
    },
    Difference {
        name: "DELIVERY is spelt right",
        samples: &["trace-004-get-1"],
        why: "14: the original's spelling is for COMPAT_BUGS=sktkanumodel only",
        apply: |answer, _| answer.body = answer.body.replace("DELEVERY", "DELIVERY"),
    },
    Difference {
        name: "equals are sorted by id",
        samples: &["paging-008-sort-qty-desc", "paging-011-sort-qty-cost-desc"],
        why: "2 is silent: H2 left the order of equals to chance, and pages could overlap",
        apply: equals_by_id,
    },
    Difference {
        name: "actuator v3",
        samples: ALL,
        why: "origins 1.7: Boot 2.2 and later",
        apply: |answer, _| retype(answer, "actuator.v2+json", "actuator.v3+json"),
    },
    Difference {
        name: "no charset",
        samples: ALL,
        why: "the generation: Boot 2.3 appends none to JSON",
        apply: |answer, _| retype(answer, ";charset=UTF-8", ""),
    },
    Difference {
        name: "Allow of the actuator names HEAD",
        samples: &["order-107-actuator-health-post"],
        why: "HTTP: HEAD was answered all the same (order-106)",
        apply: |answer, _| answer.set("allow", Some("GET,HEAD")),
    },
    Difference {
        name: "self is the request's URI",
        samples: ALL,
        why: "the generation: Boot 2.1 had a template there, or no query at all",
        apply: own_uri,
    },
    Difference {
        name: "the gateway's host in links",
        samples: &["gateway-002-get-1", "gateway-007-payments"],
        why: "9: links showed the backend; ours can be followed from outside",
        apply: |answer, asked| {
            for backend in ["http://localhost:8081", "http://localhost:8082"] {
                answer.body =
                    answer.body.replace(backend, &format!("http://{}", asked.sample.host));
            }
        },
    },
    Difference {
        name: "the port we listen on",
        samples: &["order-138-no-host"],
        why: "the recording's port was 8081, the test's is another",
        apply: |answer, asked| {
            answer.body = answer.body.replace(":8081", &format!(":{}", asked.address.port()));
        },
    },
    Difference {
        name: "errors are problems too",
        samples: ALL,
        why: "design 5: RFC 9457's members beside Spring's, words of our own",
        apply: problem,
    },
    Difference {
        name: "the connection is kept",
        samples: ALL,
        why: "7: Tomcat closed it after 400, 500 and 503",
        apply: |answer, _| answer.set("connection", None),
    },
    Difference {
        name: "bodies have a length",
        samples: ALL,
        why: "need not match: they were chunked",
        apply: measured,
    },
];

/// Recordings that nobody needs to match, and why.
pub(crate) const NEED_NOT_MATCH: [(&str, &str); 5] = [
    (
        "gateway-021-profile",
        "it was 404; the links of every list lead there, so ours leads to the service",
    ),
    (
        "order-116-callmemleak",
        "16: it comes from the lab images, and eats memory; tests of faults ask for it",
    ),
    ("order-073-list-compact", "compact JSON is an accident"),
    ("order-126-encoded-slash", "Tomcat's HTML page is an accident"),
    (
        "nobroker-001-health",
        "12: the broker is no part of health; ours starts at once and keeps the facts",
    ),
];
