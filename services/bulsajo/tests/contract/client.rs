//! Asking a fleet as curl and browsers do. The `Host` is the one of a fleet on the usual ports,
//! so that links can be compared as a whole.

use serde_json::Value;
use testkit::{
    Fleet, Response, eventually,
    fleet::Service::{self, Delivery, Gateway, Order, OrderTrace, Payment},
    http,
};

pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

pub(crate) const CURL: Headers = &[("Accept", "*/*")];
pub(crate) const JSON: Headers = &[("Accept", "*/*"), ("Content-Type", "application/json")];
pub(crate) const BROWSER: &str =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";

pub(crate) const COFFEE: &str =
    r#"{"productId":1,"qty":1,"paymentType":"cash","cost":1000,"productName":"Coffee"}"#;

/// One of the four things that are served.
pub(crate) struct Kind {
    pub(crate) service: Service,
    pub(crate) collection: &'static str,
    pub(crate) item: &'static str,
    /// Everything a client may write, as it comes back.
    pub(crate) fields: &'static [(&'static str, &'static str)],
    /// Whether lists come in pages.
    pub(crate) paged: bool,
    /// Whether the collection can be searched.
    pub(crate) searched: bool,
}

pub(crate) const KINDS: [Kind; 4] = [
    Kind {
        service: Order,
        collection: "orders",
        item: "order",
        fields: &[
            ("productId", "3"),
            ("qty", "2"),
            ("paymentType", "\"card\""),
            ("cost", "4500"),
            ("productName", "\"커피 ☕\""),
        ],
        paged: true,
        searched: false,
    },
    Kind {
        service: Payment,
        collection: "payments",
        item: "payment",
        fields: &[
            ("orderId", "700001"),
            ("productId", "3"),
            ("qty", "2"),
            ("paymentType", "\"card\""),
            ("paymentStatus", "\"Not Pay\""),
            ("cost", "4500"),
            ("productName", "\"커피 ☕\""),
        ],
        paged: true,
        searched: true,
    },
    Kind {
        service: Delivery,
        collection: "deliveries",
        item: "delivery",
        fields: &[
            ("orderId", "700002"),
            ("productId", "3"),
            ("qty", "2"),
            ("deliveryStatus", "\"START\""),
            ("destination", "\"서울\""),
            ("paymentId", "9"),
            ("productName", "\"Tea\""),
        ],
        paged: true,
        searched: true,
    },
    Kind {
        service: OrderTrace,
        collection: "orderTraces",
        item: "orderTrace",
        fields: &[
            ("productId", "3"),
            ("qty", "2.0"),
            ("cost", "4500"),
            ("productName", "\"Tea\""),
            ("orderId", "700003"),
            ("status", "\"Order END\""),
        ],
        paged: false,
        searched: true,
    },
];

impl Kind {
    /// `http://localhost:8081/orders`
    pub(crate) fn url(&self) -> String {
        format!("http://{}/{}", host(self.service), self.collection)
    }

    /// An item as it is shown, with these fields.
    pub(crate) fn shown<'a>(
        &self,
        id: &str,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> String {
        let fields = fields.into_iter().map(|(name, value)| format!("  \"{name}\" : {value},\n"));
        let href = format!("{{\n      \"href\" : \"{}/{id}\"\n    }}", self.url());
        format!(
            "{{\n{}  \"_links\" : {{\n    \"self\" : {href},\n    \"{}\" : {href}\n  }}\n}}",
            fields.collect::<String>(),
            self.item
        )
    }
}

/// Where a service of a fleet on the usual ports is.
pub(crate) fn host(service: Service) -> String {
    format!("localhost:{}", 8080 + service as u16)
}

/// A request with these headers and no other but `Host`.
pub(crate) fn ask(
    fleet: &Fleet,
    service: Service,
    line: &str,
    headers: Headers,
    body: Option<&str>,
) -> Response {
    let (method, path) = line.split_once(' ').expect("a method and a path");
    let host = host(service);
    let mut all = headers.to_vec();
    if !headers.iter().any(|(name, _)| *name == "Host") {
        all.insert(0, ("Host", &host));
    }
    http::send(fleet.address(service), method, path, &all, body)
        .unwrap_or_else(|error| panic!("{line}: {error}"))
}

/// What curl sends without a body.
pub(crate) fn curl(fleet: &Fleet, service: Service, line: &str) -> Response {
    ask(fleet, service, line, CURL, None)
}

/// What curl sends with a body of JSON.
pub(crate) fn send(fleet: &Fleet, service: Service, line: &str, body: &str) -> Response {
    ask(fleet, service, line, JSON, Some(body))
}

/// Makes something, and says under which id.
pub(crate) fn make(fleet: &Fleet, service: Service, path: &str, body: &str) -> String {
    let answer = send(fleet, service, &format!("POST {path}"), body);
    assert_eq!(answer.status, 201, "{}", answer.text());
    id_of(&answer)
}

/// The id at the end of `Location`.
pub(crate) fn id_of(answer: &Response) -> String {
    let location = answer.header("location").expect("a Location");
    location.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Waits until a path shows all of these.
pub(crate) fn shows(fleet: &Fleet, service: Service, path: &str, texts: &[&str]) -> Response {
    eventually(|| {
        let answer = curl(fleet, service, &format!("GET {path}"));
        let missing = texts.iter().find(|text| !answer.text().contains(**text));
        match missing {
            None => Ok(answer),
            Some(text) => Err(format!("{path} lacks {text}: {} {}", answer.status, answer.text())),
        }
    })
}

/// The names of an object's members, in their order.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Checks that this is a problem of that status, in the order Spring MVC has; and gives it.
pub(crate) fn problem(answer: &Response, status: u16) -> Value {
    let text = answer.text();
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (status, Some("application/problem+json")),
        "{text}"
    );
    let problem = answer.json();
    let mut expected =
        vec!["timestamp", "status", "error", "message", "path", "type", "title", "detail"];
    let optional = ["hint", "cause"].into_iter().filter(|name| !problem[name].is_null());
    expected.extend(optional);
    assert_eq!(keys(&problem), expected, "{text}");
    assert_eq!(problem["status"], status, "{text}");
    assert_eq!(answer.header("connection"), None, "the connection is kept: {text}");
    problem
}

/// The same, in the order of Spring `WebFlux`, as the gateway speaks.
pub(crate) fn gateway_problem(answer: &Response, status: u16) -> Value {
    let text = answer.text();
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (status, Some("application/problem+json")),
        "{text}"
    );
    let problem = answer.json();
    let first = ["timestamp", "path", "status", "error", "message"];
    assert_eq!(keys(&problem)[..5], first, "{text}");
    assert_eq!(problem["status"], status, "{text}");
    problem
}

/// Checks the answer to those who ask for what is not there: nothing at all.
pub(crate) fn nothing_there(answer: &Response, line: &str) {
    let found = (answer.status, answer.header("content-length"), answer.header("content-type"));
    assert_eq!(found, (404, Some("0"), None), "{line}");
    assert!(answer.body.is_empty(), "{line}");
}

/// The verbs of `Allow`, sorted.
pub(crate) fn allowed(answer: &Response) -> Vec<String> {
    let verbs = answer.all("allow").flat_map(|list| list.split(','));
    let mut verbs: Vec<String> = verbs.map(|verb| verb.trim().to_owned()).collect();
    verbs.sort_unstable();
    verbs
}

/// The gateway and the four behind it.
pub(crate) const SERVICES: [Service; 5] = [Order, Payment, Delivery, OrderTrace, Gateway];
