//! What the four things look like: which fields, in which order, under which links.

use crate::{
    client::{KINDS, Kind, curl, id_of, make, send},
    world::shared,
};

#[test]
fn what_is_posted_comes_back_in_declaration_order_with_the_links_last() {
    let fleet = shared();
    for kind in &KINDS {
        // Sent in another order, with the id that only links show and a field nobody knows.
        let sent = kind.fields.iter().rev().map(|(name, value)| format!("\"{name}\":{value}"));
        let body = format!("{{\"id\":99,\"stranger\":[1],{}}}", sent.collect::<Vec<_>>().join(","));
        let answer = send(&fleet, kind.service, &format!("POST /{}", kind.collection), &body);
        let id = id_of(&answer);

        let shown = kind.shown(&id, kind.fields.iter().copied());
        assert_eq!((answer.status, answer.text()), (201, shown.as_str()));
        let located = (answer.header("location"), answer.header("content-type"));
        let url = format!("{}/{id}", kind.url());
        assert_eq!(located, (Some(url.as_str()), Some("application/hal+json")));
        let one = curl(&fleet, kind.service, &format!("GET /{}/{id}", kind.collection));
        assert_eq!((one.status, one.text()), (200, shown.as_str()));
    }
}

#[test]
fn what_is_left_out_is_null() {
    let fleet = shared();
    for kind in &KINDS {
        let nulls = kind.fields.iter().map(|(name, _)| (*name, "null"));
        let id = make(&fleet, kind.service, &format!("/{}", kind.collection), "{}");
        let one = curl(&fleet, kind.service, &format!("GET /{}/{id}", kind.collection));

        assert_eq!(one.text(), kind.shown(&id, nulls));
    }
}

#[test]
fn lists_embed_the_items_as_they_are_alone() {
    let fleet = shared();
    for kind in &KINDS {
        let id = make(&fleet, kind.service, &format!("/{}", kind.collection), "{}");
        let list = curl(&fleet, kind.service, &format!("GET /{}?size=1000", kind.collection));
        let alone = curl(&fleet, kind.service, &format!("GET /{}/{id}", kind.collection));

        let within = alone.text().replace('\n', "\n    ");
        assert!(list.text().contains(&within), "{}\n{within}", list.text());
        let embedded = format!("{{\n  \"_embedded\" : {{\n    \"{}\" : [ {{\n", kind.collection);
        assert!(list.text().starts_with(&embedded), "{}", list.text());
        assert!(list.text().contains("    } ]\n  },\n  \"_links\" : {"), "{}", list.text());
        assert!(list.text().ends_with('}') && !list.text().contains("\"id\""));
        assert_eq!(list.text().contains("\"page\" : {"), kind.paged);
    }
}

#[test]
fn a_trace_has_its_quantity_as_java_prints_a_double() {
    let fleet = shared();
    let traces: &Kind = &KINDS[3];
    for (sent, shown) in [
        ("1", "1.0"),
        ("\"2\"", "2.0"),
        ("1.5", "1.5"),
        ("-0.25", "-0.25"),
        ("10000000", "1.0E7"),
        ("0.0001", "1.0E-4"),
        ("null", "null"),
        ("\"\"", "null"),
    ] {
        let body = format!("{{\"qty\":{sent}}}");
        let answer = send(&fleet, traces.service, "POST /orderTraces", &body);

        assert!(answer.text().contains(&format!("\"qty\" : {shown},\n")), "{}", answer.text());
    }
}

#[test]
fn text_is_escaped_as_jackson_does_and_otherwise_left_alone() {
    let fleet = shared();
    for (sent, shown) in [
        (r#""커피 ☕ é 😀""#, r#""커피 ☕ é 😀""#),
        (r#""\ucee4\ud53c""#, r#""커피""#),
        (r#""a\"b\\c\/d""#, r#""a\"b\\c/d""#),
        (r#""\b\f\n\r\t""#, r#""\b\f\n\r\t""#),
        (r#""\u0001\u001f\u007f""#, "\"\\u0001\\u001F\u{7f}\""),
        (r#""<a href='x'>&""#, r#""<a href='x'>&""#),
    ] {
        let body = format!("{{\"productName\":{sent}}}");
        let answer = send(&fleet, KINDS[0].service, "POST /orders", &body);

        let line = format!("\"productName\" : {shown},\n");
        assert!(answer.text().contains(&line), "{line} in {}", answer.text());
    }
}
