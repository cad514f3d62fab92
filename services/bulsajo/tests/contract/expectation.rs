//! How a recorded answer becomes an expected one: the longer ways of `differences`.

use serde_json::{Value, json};

use crate::{
    answer::{Answer, PROBLEM_JSON, TIME, WORDS},
    differences::Asked,
};

pub(crate) fn wrong_verb(answer: &mut Answer, asked: &Asked) {
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

pub(crate) fn retype(answer: &mut Answer, from: &str, to: &str) {
    if let Some(media_type) = answer.header("content-type") {
        let media_type = media_type.replace(from, to);
        answer.set("content-type", Some(&media_type));
    }
}

/// The collection's own link, four spaces deep; an item's looks the same and is left alone.
pub(crate) fn own_uri(answer: &mut Answer, asked: &Asked) {
    const OWN: &str = "\n    \"self\" : {\n      \"href\" : \"";
    if !answer.body.contains("\"_embedded\"") {
        return;
    }
    let Some(start) = answer.body.rfind(OWN).map(|place| place + OWN.len()) else { return };
    let length = answer.body[start..].find("\n    }").expect("an end of the link");
    let base = &answer.body[start..start + answer.body[start..].find("/orders").unwrap_or(0)];
    let host = format!("http://{}", asked.sample.host);
    let base = if base.is_empty() { &host } else { base };
    let target = asked.sample.target.trim_start_matches('/');
    let own = format!("{base}/{target}\"");
    answer.body.replace_range(start..start + length, &own);
}

/// Equals, as they are among the 45 rows of `paging`: those of the lowest ids fill the page.
pub(crate) fn equals_by_id(answer: &mut Answer, asked: &Asked) {
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
pub(crate) fn problem(answer: &mut Answer, asked: &Asked) {
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
pub(crate) fn measured(answer: &mut Answer, asked: &Asked) {
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
