//! What is no event, although its JSON is right.

use events::Envelope;

fn checked(json: &str) -> Result<(), String> {
    let fact: Envelope = serde_json::from_str(json).expect("it has the form of an event");
    fact.event.check().map_err(|wrong| wrong.to_string())
}

#[test]
fn an_id_below_one_is_nobodys_in_every_event_and_field() {
    for (kind, fields) in [
        ("Ordered", &["id"][..]),
        ("OrderPlaced", &["id"]),
        ("OrderCancelled", &["id"]),
        ("Paid", &["id", "orderId"]),
        ("PayCancelled", &["id", "orderId"]),
        ("Delivered", &["id", "orderId", "paymentId"]),
        ("DeliveryCancelled", &["id", "orderId", "paymentId"]),
    ] {
        for field in fields {
            let others: Vec<String> = fields.iter().map(|it| format!(r#","{it}":5"#)).collect();
            let others = others.concat().replace(&format!(r#","{field}":5"#), "");
            let of = |id: i64| format!(r#"{{"eventType":"{kind}","{field}":{id}{others}}}"#);
            for id in [0, -1, -77, i64::MIN + 1, i64::MIN] {
                let error = checked(&of(id)).expect_err(&of(id));
                assert!(
                    error.starts_with(&format!("{field}: {id} is no id")),
                    "{}: {error}",
                    of(id)
                );
            }
            checked(&of(1)).expect("the first");
            checked(&of(i64::MAX)).expect("the last");
        }
    }
}

#[test]
fn an_event_without_the_id_of_what_it_is_about_is_none_and_other_ids_may_be_absent() {
    for kind in ["Ordered", "OrderCancelled", "Paid", "Delivered"] {
        checked(&format!(r#"{{"eventType":"{kind}","qty":1}}"#)).expect_err(kind);
        checked(&format!(r#"{{"eventType":"{kind}","id":1}}"#)).expect(kind);
    }
    checked(r#"{"eventType":"Repaired","id":-5}"#).expect("an event of a newer service");
}

#[test]
fn a_text_that_postgresql_cannot_keep_is_in_no_event() {
    for (kind, field) in [
        ("Ordered", "productName"),
        ("OrderCancelled", "orderStatus"),
        ("Ordered", "paymentType"),
        ("Paid", "paymentStatus"),
        ("PayCancelled", "productName"),
        ("Delivered", "destination"),
        ("DeliveryCancelled", "deliveryStatus"),
    ] {
        let json = format!(r#"{{"eventType":"{kind}","id":1,"{field}":"tea\u0000pot"}}"#);
        let error = checked(&json).expect_err(&json);
        assert!(error.contains(field) && error.contains("U+0000"), "{error}");
    }
    checked(r#"{"eventType":"Ordered","id":1,"productName":"\u0001\u007f\ud83d\ude00"}"#)
        .expect("kept");
}
