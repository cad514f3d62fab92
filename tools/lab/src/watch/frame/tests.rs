use serde_json::{Value, json};

use super::{Now, Place, age, frame};
use crate::cluster::{Kind, News};

fn pod(name: &str, image: &str, ready: bool, restarts: u32) -> Value {
    let state = if ready {
        json!({ "running": {} })
    } else {
        json!({ "waiting": { "reason": "CrashLoopBackOff" } })
    };
    json!({
        "metadata": { "name": name, "creationTimestamp": "2026-11-21T19:58:00Z" },
        "spec": { "nodeName": "node1", "containers": [{ "name": "order", "image": image }] },
        "status": {
            "phase": "Running",
            "conditions": [{ "type": "Ready", "status": if ready { "True" } else { "False" } }],
            "containerStatuses": [{
                "ready": ready, "restartCount": restarts, "state": state,
                "lastState": { "terminated": { "reason": "OOMKilled", "exitCode": 137 } },
            }],
        },
    })
}

fn now() -> Now {
    let mut now = Now::default();
    let pods = vec![
        pod("order-597fcff578-ltb7v", "bulsajo/order:stable", true, 0),
        pod("order-6d884b4d77-fql8c", "bulsajo/order:canary", false, 3),
    ];
    now.hear(Kind::Pods, News::All(pods));
    let slice = json!({
        "metadata": { "name": "order-1", "labels": { "kubernetes.io/service-name": "order" } },
        "endpoints": [
            { "targetRef": { "name": "order-597fcff578-ltb7v" }, "conditions": { "ready": true } },
            { "targetRef": { "name": "order-6d884b4d77-fql8c" }, "conditions": { "ready": false } },
        ],
    });
    now.hear(Kind::EndpointSlices, News::All(vec![slice]));
    now.hear(Kind::Autoscalers, News::Hidden);
    let event = json!({
        "metadata": { "name": "e1" }, "type": "Warning", "reason": "BackOff",
        "lastTimestamp": "2026-11-21T19:59:48Z",
        "involvedObject": { "kind": "Pod", "name": "order-6d884b4d77-fql8c" },
        "message": "Back-off restarting failed container order",
    });
    let usual = json!({ "metadata": { "name": "e2" }, "type": "Normal", "reason": "Pulled" });
    now.hear(Kind::Events, News::All(vec![event, usual]));
    now
}

fn shown(now: &Now, wide: usize) -> Vec<String> {
    let at = "2026-11-21T20:00:00Z".parse().expect("a time");
    let place = Place { namespace: "student-7", context: "school", now: at };
    frame(now, &place, wide).iter().map(|it| it.written(false)).collect()
}

#[test]
fn all_of_it_is_seen_on_eighty_columns() {
    let lines = [
        "student-7 (school)  2 pods, 1 ready: canary 1, stable 1",
        "not shown, because you may not list them: horizontalpodautoscalers",
        "",
    ];
    let shown = shown(&now(), 80);
    assert_eq!(shown[..3], lines);
    for (line, words) in [
        (4, &["order-", "ltb7v", "1/1", "Running", "0", "2m", "node1", "stable"][..]),
        (
            5,
            &[
                "order-",
                "fql8c",
                "0/1",
                "CrashLoopBackOff",
                "3 (OOMKilled)",
                "2m",
                "node1",
                "canary",
            ],
        ),
        (8, &["order", "1 of 2", "order-597fcff578-ltb7v"]),
        (11, &["12s", "pod/ord", "fql8c", "BackOff", "Back-off restarting failed container order"]),
    ] {
        assert!(words.iter().all(|it| shown[line].contains(it)), "{line}: {shown:#?}");
    }
    assert!(!shown.iter().any(|it| it.contains("Pulled")), "{shown:#?}");
    assert!(shown.iter().all(|it| it.chars().count() <= 80), "{shown:#?}");
}

#[test]
fn a_narrow_terminal_keeps_what_matters_most() {
    let shown = shown(&now(), 40);
    assert!(shown.iter().all(|it| it.chars().count() <= 40), "{shown:#?}");
    let pods = &shown[3..6];
    assert!(pods[0].starts_with("POD") && pods[0].contains("STATUS"), "{pods:#?}");
    assert!(!pods[0].contains("NODE"), "{pods:#?}");
}

#[test]
fn what_is_gone_is_not_shown() {
    let mut now = now();
    now.hear(Kind::Pods, News::Gone(pod("order-597fcff578-ltb7v", "", true, 0)));
    now.hear(Kind::Events, News::Silent("connection refused".to_owned()));
    let shown = shown(&now, 120);
    assert!(shown[0].ends_with("1 pod, 0 ready: canary 1"), "{shown:#?}");
    assert_eq!(shown[1], "no answer about events: connection refused");
}

#[test]
fn ages_are_short() {
    let then = "2026-11-21T20:00:00Z".parse().expect("a time");
    for (now, told) in [
        ("2026-11-21T20:01:59Z", "119s"),
        ("2026-11-21T20:02:00Z", "2m"),
        ("2026-11-21T22:00:00Z", "2h"),
        ("2026-11-25T20:00:00Z", "4d"),
    ] {
        assert_eq!(age(Some(then), now.parse().expect("a time")), told);
    }
    assert_eq!(age(None, then), "");
}
