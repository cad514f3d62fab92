//! The labs on a real cluster: each tells the truth, and each would notice if it did not.

mod drain;
mod guards;
mod releases;

use std::fs;

use testkit::workspace;

use super::copy::{Copy, tells_the_truth};

#[test]
fn lab_01_tells_the_truth() {
    tells_the_truth("01-exec-probe");
}

#[test]
fn lab_02_tells_the_truth() {
    tells_the_truth("02-http-probe");
}

#[test]
fn lab_03_tells_the_truth() {
    tells_the_truth("03-zero-downtime");
}

#[test]
fn lab_04_tells_the_truth() {
    tells_the_truth("04-autoscale");
}

#[test]
fn lab_05_tells_the_truth() {
    tells_the_truth("05-rolling-update");
}

#[test]
fn lab_06_tells_the_truth() {
    tells_the_truth("06-circuit-breakers");
}

#[test]
fn lab_07_tells_the_truth() {
    tells_the_truth("07-nonstop");
}

#[test]
fn lab_08_tells_the_truth() {
    tells_the_truth("08-service-down");
}

#[test]
fn lab_09_tells_the_truth() {
    tells_the_truth("09-shutdown");
}

#[test]
fn lab_11_tells_the_truth() {
    tells_the_truth("11-dead-letters");
}

#[test]
fn lab_12_tells_the_truth() {
    tells_the_truth("12-deadlock");
}

#[test]
fn lab_13_tells_the_truth() {
    tells_the_truth("13-memory");
}

#[test]
fn lab_16_tells_the_truth() {
    tells_the_truth("16-broken");
}

#[test]
fn lab_01_rejects_a_probe_that_never_fails() {
    let Some(copy) = Copy::of("01-exec-probe", "lab_01_rejects_a_probe_that_never_fails") else {
        return;
    };
    copy.manifest("liveness-exec.yaml", "[cat, /tmp/healthy]", "[ls, /tmp]");
    copy.is_rejected_at("Liveness probe failed: cat: /tmp/healthy");
}

#[test]
fn lab_02_rejects_a_probe_that_does_not_ask_for_health() {
    let test = "lab_02_rejects_a_probe_that_does_not_ask_for_health";
    let Some(copy) = Copy::of("02-http-probe", test) else { return };
    copy.manifest("order-liveness.yaml", "path: /actuator/health", "path: /orders");
    copy.is_rejected_at("Running   1 …");
}

#[test]
fn lab_03_rejects_a_rollout_that_loses_nothing_where_it_should() {
    let test = "lab_03_rejects_a_rollout_that_loses_nothing_where_it_should";
    let Some(copy) = Copy::of("03-zero-downtime", test) else { return };
    let probe = "- containerPort: 8080\n          readinessProbe: \
                 { httpGet: { path: /orders, port: 8080 } }";
    copy.manifest("order.yaml", "- containerPort: 8080", probe);
    // Nothing fails, so there are some 115, and this line would sometimes be the first to say so.
    copy.says("Transactions: {20..130} hits\n", "");
    copy.is_rejected_at("Availability: {50..85} %");
}

#[test]
fn lab_03_rejects_a_rollout_without_the_probe() {
    let test = "lab_03_rejects_a_rollout_without_the_probe";
    let Some(copy) = Copy::of("03-zero-downtime", test) else { return };
    // What comes before is proven by the other tests.
    copy.without("## 2.", "## 3.");
    copy.edit("labs/manifests/03-zero-downtime/order-with-readiness.yaml", |text| {
        let (before, _) = text.split_once("          readinessProbe:").expect("there is one");
        before.to_owned()
    });
    copy.is_rejected_at("Availability: 100.00 %");
}

#[test]
fn lab_04_rejects_pods_that_request_nothing() {
    let test = "lab_04_rejects_pods_that_request_nothing";
    let Some(copy) = Copy::of("04-autoscale", test) else { return };
    copy.manifest("order.yaml", "cpu: 200m", "memory: 64Mi");
    copy.is_rejected_at("cpu: {0..49}%/50%");
}

#[test]
fn lab_05_rejects_pods_that_end_abruptly_where_they_should_not() {
    let test = "lab_05_rejects_pods_that_end_abruptly_where_they_should_not";
    let Some(copy) = Copy::of("05-rolling-update", test) else { return };
    copy.without("## 2.", "## 3.");
    copy.manifest("order-with-both.yaml", "value: graceful", "value: abrupt");
    copy.is_rejected_at("Availability: 100.00 %");
}

#[test]
fn lab_06_rejects_a_breaker_that_is_off() {
    let test = "lab_06_rejects_a_breaker_that_is_off";
    let Some(copy) = Copy::of("06-circuit-breakers", test) else { return };
    copy.without("## 2.", "## 3.");
    copy.says("wait=40s", "wait=40s breaker=off");
    copy.is_rejected_at("{4..7} 503 after a second or more");
}

#[test]
fn lab_06_rejects_an_envoy_that_ejects_nobody() {
    let test = "lab_06_rejects_an_envoy_that_ejects_nobody";
    let Some(copy) = Copy::of("06-circuit-breakers", test) else { return };
    copy.without("## 2.", "## 4.");
    copy.manifest("envoy.yaml", "consecutive_5xx: 1", "consecutive_5xx: 1000");
    copy.is_rejected_at("Transactions: {28..29} hits");
}

#[test]
fn lab_06_rejects_a_queue_that_takes_all() {
    let test = "lab_06_rejects_a_queue_that_takes_all";
    let Some(copy) = Copy::of("06-circuit-breakers", test) else { return };
    copy.without("## 2.", "## 4.");
    copy.manifest("envoy.yaml", "max_pending_requests: 1", "max_pending_requests: 1000");
    copy.is_rejected_at("Transactions: 2 hits");
}

#[test]
fn lab_07_rejects_a_hook_that_does_not_wait() {
    let Some(copy) = Copy::of("07-nonstop", "lab_07_rejects_a_hook_that_does_not_wait") else {
        return;
    };
    copy.without("## 2.", "## 3.");
    copy.manifest("websample-prestop.yaml", "path: /sleep/10", "path: /sleep/0");
    copy.is_rejected_at("100.00%");
}

#[test]
fn lab_08_rejects_an_order_that_keeps_no_facts() {
    let test = "lab_08_rejects_an_order_that_keeps_no_facts";
    let Some(copy) = Copy::of("08-service-down", test) else { return };
    let ready = "kubectl wait deployment --all";
    let unguarded = "kubectl set env deployment order OUTBOX=off\n\
                     kubectl rollout status deployment order --timeout=110s\n";
    copy.says(ready, &format!("{unguarded}{ready}"));
    copy.is_rejected_at(r#""facts waiting":3"#);
}

#[test]
fn lab_09_rejects_a_mode_that_is_not_what_it_is_called() {
    let test = "lab_09_rejects_a_mode_that_is_not_what_it_is_called";
    let Some(copy) = Copy::of("09-shutdown", test) else { return };
    copy.manifest("modes.yaml", "value: graceful", "value: abrupt");
    copy.is_rejected_at("graceful-…   0");
}

#[test]
fn lab_11_rejects_poison_that_the_second_try_survives() {
    let test = "lab_11_rejects_poison_that_the_second_try_survives";
    let Some(copy) = Copy::of("11-dead-letters", test) else { return };
    copy.says(
        "PUT delivery:8080/actuator/faults/kafka-poison",
        "PUT delivery:8080/actuator/faults/kafka-poison failNext==1",
    );
    copy.is_rejected_at(r#"{"total":1"#);
}

#[test]
fn lab_12_rejects_a_liveness_probe_that_does_not_ask() {
    let test = "lab_12_rejects_a_liveness_probe_that_does_not_ask";
    let Some(copy) = Copy::of("12-deadlock", test) else { return };
    copy.without("## 2.", "## 3.");
    let asks = "httpGet:\n              path: /actuator/health/liveness";
    copy.manifest("order-liveness.yaml", asks, "tcpSocket:");
    copy.is_rejected_at("1/1     Running   1 …");
}

#[test]
fn lab_13_rejects_a_pod_that_needs_little() {
    let test = "lab_13_rejects_a_pod_that_needs_little";
    let Some(copy) = Copy::of("13-memory", test) else { return };
    copy.says("250MiB", "50MiB");
    copy.is_rejected_at("memory: {250..275}%/100%");
}

#[test]
fn lab_16_rejects_a_shop_that_is_not_repaired() {
    let test = "lab_16_rejects_a_shop_that_is_not_repaired";
    let Some(copy) = Copy::of("16-broken", test) else { return };
    copy.without("## Shop 1", "## Shop 4");
    copy.without("## Shop 5", "## Clean-up");
    copy.edit("labs/en/16-broken.md", |text| {
        let repair = "kubectl set selector service shop-4 app=shop-4";
        assert!(text.contains(repair), "{text}");
        text.replace(repair, "kubectl get service shop-4")
    });
    let run = copy.run();
    run.ends_with(1);
    run.tells(&["check 4", "| shop-4: not repaired"]);
}

/// A lab that nobody runs rots as the old ones did.
#[test]
fn every_lab_is_run_and_has_a_variant_that_is_rejected() {
    let tests = concat!(
        include_str!("labs.rs"),
        include_str!("labs/drain.rs"),
        include_str!("labs/guards.rs"),
        include_str!("labs/releases.rs")
    );
    for lab in fs::read_dir(workspace().join("labs/en")).expect("there are labs") {
        let name = lab.expect("it can be read").file_name();
        let number = &name.to_str().expect("a name")[..2];
        for wanted in ["tells_the_truth", "rejects_"] {
            let test = format!("fn lab_{number}_{wanted}");
            assert!(tests.contains(&test), "there is no {test}");
        }
    }
}
