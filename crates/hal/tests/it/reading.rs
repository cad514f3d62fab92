//! What may be sent: lenient values, patches, and refusals that name the field.

use crate::toy::{Answer, Draft, Orders, Store, app, json, send};
use axum::http::StatusCode;
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(body: &Value) -> Result<Draft, String> {
    serde_json::from_value(body.clone()).map_err(|error| error.to_string())
}

#[test]
fn values_are_read_leniently() {
    for (sent, read_as) in [
        (json!({"productId": "2", "qty": " 3 "}), json!({"productId": 2, "qty": 3})),
        (json!({"productId": 1.0, "qty": 1e3}), json!({"productId": 1, "qty": 1000})),
        (json!({"productId": "1.0", "qty": "1e3"}), json!({"productId": 1, "qty": 1000})),
        (json!({"productId": "", "qty": "null", "weight": " "}), json!({})),
        (json!({"productId": null, "productName": null, "unknown": [{}]}), json!({})),
        (json!({"productId": i64::MIN}), json!({"productId": i64::MIN})),
        (json!({"productId": "9223372036854775807"}), json!({"productId": i64::MAX})),
        (json!({"weight": 1}), json!({"weight": 1.0})),
        (json!({"weight": "1.5"}), json!({"weight": 1.5})),
        (json!({"productName": true}), json!({"productName": "true"})),
        (json!({"productName": 12}), json!({"productName": "12"})),
        (json!({"productName": 1.5}), json!({"productName": "1.5"})),
        (json!({"productName": ""}), json!({"productName": ""})),
        (json!({"productName": u64::MAX}), json!({"productName": u64::MAX.to_string()})),
    ] {
        let draft = read(&sent).unwrap();
        let written = serde_json::to_value(draft).unwrap();
        let expected: Value = written
            .as_object()
            .unwrap()
            .keys()
            .map(|key| (key.clone(), read_as.get(key).cloned().unwrap_or_default()))
            .collect();

        assert_eq!(written, expected, "{sent}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_a_400_that_names_the_field() {
    let orders = Orders::default();
    let app = app(orders.clone());
    for (body, detail) in [
        (r#"{"qty":1.9}"#, "qty: 1.9 is not a whole number"),
        (r#"{"qty":"1.9"}"#, "qty: 1.9 is not a whole number"),
        (r#"{"qty":"many"}"#, "qty: \\\"many\\\" is not a whole number"),
        (r#"{"qty":"NaN"}"#, "qty: \\\"NaN\\\" is not a whole number"),
        (r#"{"qty":2147483648}"#, "qty: 2147483648 is outside -2147483648 to 2147483647"),
        (r#"{"qty":true}"#, "qty: invalid type: boolean `true`, expected a whole number"),
        (r#"{"qty":[1]}"#, "qty: invalid type: sequence, expected a whole number"),
        (r#"{"productId":9223372036854775808}"#, "productId: 9223372036854775808 is outside"),
        (r#"{"productId":-9223372036854775809}"#, "productId: -9.223372036854776E18 is outside"),
        (r#"{"productId":"-9223372036854775809"}"#, "productId: -9.223372036854776E18 is outside"),
        (r#"{"productId":1e300}"#, "productId: 1.0E300 is outside"),
        (r#"{"weight":"inf"}"#, "weight: \\\"inf\\\" is not a finite number"),
        (r#"{"weight":1e400}"#, "the body is not JSON: weight: number out of range"),
        (r#"{"productName":{}}"#, "productName: invalid type: map, expected text"),
        ("{\"productName\":\"\\u0000\"}", "productName: text must not contain"),
        (r#"{"productId":1,"#, "the body is not JSON: EOF"),
        ("not json", "the body is not JSON"),
        ("nul", "the body is not JSON"),
        (r#"{"qty":1} {}"#, "there is more in the body"),
        ("[]", "the body must be a JSON object, but it is a list"),
        (" [1,2]", "the body must be a JSON object, but it is a list"),
        ("null", "the body must be a JSON object, but it is null"),
        ("", "the body must be a JSON object, but it is empty"),
        ("\"text\"", "invalid type: string"),
    ] {
        let answer = json(&app, "POST /orders", body).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(answer.body.contains(detail), "{body}: {}", answer.body);
        assert!(answer.body.contains(r#""cause":{"cause":null,"message":""#), "{}", answer.body);
    }
    assert_eq!(orders.0.len(), 0);
}

#[tokio::test]
async fn media_types_other_than_json_are_refused() {
    let app = app(Orders(Store::with(1)));
    for (line, hint) in [("POST /orders", "accept-post"), ("PATCH /orders/1", "accept-patch")] {
        let answer = send(&app, line, &["Content-Type: text/plain"], "{}").await;

        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert!(answer.header(hint).contains("application/json"), "{line}");
        assert!(answer.body.contains("Content-Type: application/json"), "{}", answer.body);
    }
    let bare = send(&app, "POST /orders", &["Accept: */*"], r#"{"qty":1}"#).await;
    assert_eq!(bare.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_body_has_at_most_256_kib() {
    let app = app(Orders::default());
    let most = format!("{{\"qty\":1,\"unknown\":\"{}\"}}", "x".repeat(256 * 1024 - 22));

    assert_eq!(json(&app, "POST /orders", &most).await.status, StatusCode::CREATED);
    let more = json(&app, "POST /orders", &format!("{most} ")).await;
    assert_eq!(more.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(more.body.contains("256 KiB"), "{}", more.body);
}

#[tokio::test]
async fn a_text_has_at_most_1000_characters_whichever_way_it_is_written() {
    let orders = Orders(Store::with(1));
    let app = app(orders.clone());
    let patch =
        |text: &str| format!(r#"[{{"op":"replace","path":"/productName","value":"{text}"}}]"#);
    for letter in ["n", "커", "☕"] {
        let (most, more) = (letter.repeat(1000), letter.repeat(1001));
        for (line, status) in
            [("POST /orders", 201), ("PUT /orders/1", 200), ("PATCH /orders/1", 200)]
        {
            let body = |text| format!(r#"{{"productName":"{text}"}}"#);
            assert_eq!(json(&app, line, &body(&most)).await.status.as_u16(), status, "{line}");
            too_long(&json(&app, line, &body(&more)).await, "1001");
        }
        let headers = ["Content-Type: application/json-patch+json"];
        too_long(&send(&app, "PATCH /orders/1", &headers, patch(&more)).await, "1001");
    }
    let body = format!(r#"{{"productName":"{}"}}"#, "n".repeat(255 * 1024));
    too_long(&json(&app, "POST /orders", &body).await, "261120");
    assert_eq!(orders.0.len(), 4);
}

fn too_long(answer: &Answer, length: &str) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    let told: Value = serde_json::from_str(&answer.body).expect("a problem");
    let hint = told["hint"].as_str().expect("a hint");
    for word in ["productName", "1000", length] {
        assert!(hint.contains(word), "{word}: {hint}");
    }
    assert!(answer.body.contains("\"detail\":\"productName: "), "{told}");
}

#[tokio::test]
async fn what_lists_and_objects_hold_is_read_and_not_kept() {
    let app = app(Orders(Store::with(1)));
    let many = "0,".repeat(100_000);
    for line in ["POST /orders", "PUT /orders/1", "PATCH /orders/1"] {
        for (value, status) in [(format!("[{many}0]"), 2), (format!("[{many}]"), 4)] {
            let body = format!(r#"{{"unknown":{value},"qty":3}}"#);
            let answer = json(&app, line, &body).await;
            assert_eq!(answer.status.as_u16() / 100, status, "{line}: {}", answer.body);
        }
        let nested = json(&app, line, &format!(r#"{{"qty":[{many}0]}}"#)).await;
        assert!(nested.body.contains("qty: invalid type: sequence"), "{}", nested.body);
    }
}

#[tokio::test]
async fn deep_nesting_is_no_danger() {
    let app = app(Orders(Store::with(1)));
    for deep in ["[".repeat(200_000), "{\"a\":".repeat(50_000)] {
        for line in ["POST /orders", "PUT /orders/1", "PATCH /orders/1"] {
            for body in [deep.clone(), format!("{{\"qty\":{deep}"), format!("{{\"x\":{deep}")] {
                assert_eq!(json(&app, line, &body).await.status, StatusCode::BAD_REQUEST);
            }
        }
    }
}

#[tokio::test]
async fn a_merge_patch_sets_clears_and_keeps() {
    let app = app(Orders(Store::with(1)));
    for media_type in ["application/json", "application/merge-patch+json; charset=utf-8"] {
        let headers = ["Accept: */*", &format!("Content-Type: {media_type}")];
        let body = r#"{"qty":"46","productName":null,"unknown":{"deep":1}}"#;
        let answer = send(&app, "PATCH /orders/1", &headers, body).await;

        assert_eq!(answer.status, StatusCode::OK);
        for part in ["\"qty\" : 46,", "\"cost\" : 1000,", "\"productName\" : null"] {
            assert!(answer.body.contains(part), "{}", answer.body);
        }
        assert!(!answer.body.contains("unknown"));
    }
    assert_eq!(
        json(&app, "PATCH /orders/1", r#"{"qty":1.9}"#).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_json_patch_works_on_fields() {
    let app = app(Orders(Store::with(1)));
    let headers = ["Accept: */*", "Content-Type: application/json-patch+json"];
    for (patch, status, part) in [
        (r#"[{"op":"replace","path":"/qty","value":"7"}]"#, 200, "\"qty\" : 7"),
        (r#"[{"op":"remove","path":"/cost"}]"#, 200, "\"cost\" : null"),
        (r#"[{"op":"copy","from":"/qty","path":"/cost"}]"#, 200, "\"cost\" : 7"),
        (r#"[{"op":"test","path":"/qty","value":8}]"#, 409, "the test of the patch failed"),
        (r#"[{"op":"add","path":"/price","value":8}]"#, 400, "the fields are /productId"),
        (r#"[{"op":"copy","from":"","path":"/qty"}]"#, 400, "is no field"),
        (r#"[{"op":"add","path":"/qty/a","value":1}]"#, 400, "is no field"),
        (r#"[{"op":"replace","path":"/qty","value":{}}]"#, 400, "qty: invalid type"),
        (r#"[{"op":"grow","path":"/qty"}]"#, 400, "a JSON Patch is a list"),
        (r#"{"qty":1}"#, 400, "a JSON Patch is a list"),
        (
            r#"[{"op":"remove","path":"/qty"},{"op":"replace","path":"/qty","value":7}]"#,
            200,
            "\"qty\" : 7",
        ),
        ("[]", 200, "\"qty\" : 7"),
    ] {
        let answer = send(&app, "PATCH /orders/1", &headers, patch).await;

        assert_eq!(answer.status.as_u16(), status, "{patch}: {}", answer.body);
        assert!(answer.body.contains(part), "{patch}: {}", answer.body);
    }
    let many = format!("[{}]", [r#"{"op":"remove","path":"/qty"}"#; 101].join(","));
    assert_eq!(send(&app, "PATCH /orders/1", &headers, many).await.status.as_u16(), 400);
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-9i32..9).prop_map(|number| f64::from(number).into()),
        any::<i64>().prop_map(|number| number.to_string().into()),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z]{0,3}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn body() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "productId",
        "qty",
        "paymentType",
        "weight",
        "cost",
        "productName",
        "other",
    ]);
    prop::collection::hash_map(name, anything(), 0..7)
        .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

proptest! {
    #[test]
    fn what_was_read_is_read_again_unchanged(body in body()) {
        if let Ok(draft) = read(&body) {
            let pretty = hal::json::to_vec(&draft).unwrap();

            prop_assert_eq!(serde_json::from_slice::<Draft>(&pretty).unwrap(), draft);
        }
    }

    #[test]
    fn no_bytes_break_the_service(bytes in prop::collection::vec(any::<u8>(), 0..64), value in anything()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let app = app(Orders(Store::with(1)));
            for body in [bytes.clone(), serde_json::to_vec(&value).unwrap()] {
                for media_type in ["json", "json-patch+json"] {
                    let header = format!("Content-Type: application/{media_type}");
                    for line in ["POST /orders", "PUT /orders/1", "PATCH /orders/1"] {
                        let answer = send(&app, line, &[&header], body.clone()).await;
                        assert!(!answer.status.is_server_error(), "{line}");
                    }
                }
            }
        });
    }
}
