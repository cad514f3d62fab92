//! What is agreed to differ from the recordings: the one table. It becomes the expectation.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::{
    answer::{Answer, PROBLEM_JSON, TIME, WORDS},
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
pub(crate) const NEED_NOT_MATCH: [(&str, &str); 4] = [
    ("order-073-list-compact", "compact JSON is an accident"),
    ("order-123-double-slash", "//orders is an accident"),
    ("order-126-encoded-slash", "Tomcat's HTML page is an accident"),
    (
        "nobroker-001-health",
        "12: the broker is no part of health; ours starts at once and keeps the facts",
    ),
];

fn wrong_verb(answer: &mut Answer, asked: &Asked) {
    answer.status = 405;
    answer.set(
        "allow",
        Some(match asked.sample.target.as_str() {
            "/" => "OPTIONS,HEAD,GET",
            "/orders" => "OPTIONS,HEAD,GET,POST",
            _ => "OPTIONS,HEAD,GET,PUT,PATCH,DELETE",
        }),
    );
}

fn retype(answer: &mut Answer, from: &str, to: &str) {
    if let Some(media_type) = answer.header("content-type") {
        let media_type = media_type.replace(from, to);
        answer.set("content-type", Some(&media_type));
    }
}

/// The collection's own link, four spaces deep; an item's looks the same and is left alone.
fn own_uri(answer: &mut Answer, asked: &Asked) {
    const OWN: &str = "\n    \"self\" : {\n      \"href\" : \"";
    if !answer.body.contains("\"_embedded\"") {
        return;
    }
    let Some(start) = answer.body.rfind(OWN).map(|place| place + OWN.len()) else { return };
    let length = answer.body[start..].find("\n    }").expect("an end of the link");
    let base = &answer.body[start..start + answer.body[start..].find("/orders").unwrap_or(0)];
    let host = format!("http://{}", asked.sample.host);
    let base = if base.is_empty() { &host } else { base };
    let own = format!("{base}{}\"", asked.sample.target);
    answer.body.replace_range(start..start + length, &own);
}

/// Equals, as they are among the 45 rows of `paging`: those of the lowest ids fill the page.
fn equals_by_id(answer: &mut Answer, asked: &Asked) {
    const COFFEE: [&str; 5] = ["1", "1", "\"cash\"", "1000", "\"Coffee\""];
    const OTHERS: [(u8, [&str; 5]); 3] = [
        (12, ["1", "1", "null", "null", "null"]),
        (13, ["null", "1", "null", "null", "\"true\""]),
        (14, ["null", "1", "null", "null", "\"12\""]),
    ];
    // Those cost nothing at all, and come after the coffees when the cost decides.
    let cost_decides = asked.sample.target.contains("cost");
    let others: &[_] = if cost_decides { &[] } else { &OTHERS };
    let coffees = [9, 10, 11, 17, 18, 20, 21, 27, 28, 29, 30, 31, 32].map(|id| (id, COFFEE));
    let mut equals: Vec<(u8, [&str; 5])> = coffees.iter().chain(others).copied().collect();
    equals.sort_unstable();
    let start = answer.body.find(&row(34, COFFEE)).expect("the first of the equals");
    let end = answer.body.find(" ]\n  },").expect("the end of the list");
    let rows: Vec<String> = equals[..13].iter().map(|&(id, fields)| row(id, fields)).collect();
    answer.body.replace_range(start..end, &rows.join(", "));
}

fn row(id: u8, [product, qty, payment, cost, name]: [&str; 5]) -> String {
    let href =
        format!("{{\n          \"href\" : \"http://localhost:8081/orders/{id}\"\n        }}");
    format!(
        "{{\n      \"productId\" : {product},\n      \"qty\" : {qty},\n      \
         \"paymentType\" : {payment},\n      \"cost\" : {cost},\n      \"productName\" : {name},\n      \
         \"_links\" : {{\n        \"self\" : {href},\n        \"order\" : {href}\n      }}\n    }}"
    )
}

/// Boot's error body, or the one of Spring Data REST that has nothing but a message and a cause.
fn problem(answer: &mut Answer, asked: &Asked) {
    let Ok(Value::Object(old)) = serde_json::from_str(&answer.body) else { return };
    let is_boots = old.contains_key("timestamp");
    if !is_boots && !old.contains_key("cause") {
        return;
    }
    let reason = match answer.status {
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        503 => "Service Unavailable",
        status => panic!("{}: a reason for {status}", asked.sample.name),
    };
    let path = asked.sample.target.split('?').next();
    // Spring WebFlux, the gateway's framework, names the path earlier.
    let path_first = old.keys().nth(1).is_some_and(|key| key == "path");
    let (first, last) = if path_first { (path, None) } else { (None, path) };
    let cause =
        (!is_boots && answer.status == 400).then(|| json!({"cause": null, "message": WORDS}));
    let members = [
        ("timestamp", Some(json!(TIME))),
        ("path", first.map(|path| json!(path))),
        ("status", Some(json!(answer.status))),
        ("error", Some(json!(reason))),
        ("message", Some(json!(WORDS))),
        ("path", last.map(|path| json!(path))),
        ("type", Some(json!("about:blank"))),
        ("title", Some(json!(reason))),
        ("detail", Some(json!(WORDS))),
        ("cause", cause),
    ];
    let told = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    answer.body = Value::Object(told.collect()).to_string();
    answer.set("content-type", Some(PROBLEM_JSON));
}

/// HEAD tells what GET's would be: no recorded HEAD has a body.
fn measured(answer: &mut Answer, asked: &Asked) {
    let chunked = answer.header("transfer-encoding").is_some();
    answer.set("transfer-encoding", None);
    let length = match asked.sample.name.as_str() {
        "order-106-actuator-health-head" => 15,
        _ => answer.body.len(),
    };
    if chunked || answer.header("content-length").is_some() {
        answer.set("content-length", Some(&length.to_string()));
    }
}
