//! `kubectl apply -k`, in a namespace that enforces the strictest Pod Security.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::Value;
use testkit::{
    Namespace, eventually, eventually_within, inside, namespace::PodSecurity::Restricted,
};

use crate::namespace;

const COFFEE: &str =
    r#"{"productId":1,"qty":1,"paymentType":"cash","cost":1000,"productName":"Coffee"}"#;

#[test]
fn the_minimal_overlay_is_ready_traces_an_order_and_is_small() {
    let Some((namespace, _turn)) = namespace("overlays/minimal", Restricted) else { return };
    let ready = apply(&namespace, "minimal");
    an_order_is_traced(&namespace);
    let idle = idle(&namespace);
    eprintln!("overlays/minimal: ready in {ready:.1} s; idle: {idle}");
}

#[test]
fn the_kafka_overlay_is_ready_and_traces_an_order() {
    let Some((namespace, _turn)) = namespace("overlays/kafka", Restricted) else { return };
    let ready = apply(&namespace, "kafka");
    an_order_is_traced(&namespace);
    eprintln!("overlays/kafka: ready in {ready:.1} s");
}

#[test]
fn the_room_overlay_is_ready_and_traces_an_order() {
    let Some((namespace, _turn)) = namespace("overlays/room", Restricted) else { return };
    let ready = apply(&namespace, "room");
    an_order_is_traced(&namespace);
    eprintln!("overlays/room: ready in {ready:.1} s");
}

#[test]
fn the_jvm_overlay_is_ready_traces_an_order_and_keeps_to_its_requests() {
    let Some((namespace, _turn)) = namespace("overlays/jvm", Restricted) else { return };
    let ready = apply(&namespace, "jvm");
    an_order_is_traced(&namespace);
    let idle = idle(&namespace);
    eprintln!("overlays/jvm: ready in {ready:.1} s; idle: {idle}");
    assert!(ready > 16.0, "STARTUP_DELAY of the profile is 16 s");
}

/// Applies an overlay, and tells after how many seconds all of it was ready.
fn apply(namespace: &Namespace, overlay: &str) -> f64 {
    let name = namespace.name();
    // What is enforced is refused when pods are made; this also warns of whatever would be.
    let warn = "pod-security.kubernetes.io/warn=restricted";
    namespace.kubectl(&format!("label namespace {name} {warn}"));
    let began = Instant::now();
    let warnings = namespace.warnings(&format!("apply --kustomize k8s/overlays/{overlay}"));
    for workload in workloads(namespace) {
        namespace.rolled_out(&workload, 240);
    }
    let took = began.elapsed();
    assert_eq!(warnings, "", "the cluster warns of overlays/{overlay}");
    let refused = namespace.get("events --field-selector reason=FailedCreate");
    assert_eq!(refused["items"], serde_json::json!([]), "pods were refused");
    took.as_secs_f64()
}

fn workloads(namespace: &Namespace) -> Vec<String> {
    let told = namespace.kubectl("get statefulsets,deployments --output name");
    let all: Vec<String> = told.lines().map(str::to_owned).collect();
    assert!(all.len() >= 6, "five services and a database: {all:?}");
    all
}

/// From within the cluster: the Services of the overlays are open to nobody else.
fn an_order_is_traced(namespace: &Namespace) {
    let gateway = "services/gateway:8080";
    let order = namespace.send_inside("POST", gateway, "/orders", COFFEE);
    let order: Value = serde_json::from_str(&order.expect("the order is taken")).expect("JSON");
    let link = order.pointer("/_links/self/href").and_then(Value::as_str).expect("a link");
    let id = testkit::rows::id_of(link);
    let path = format!("/orderTraces/search/findByOrderId?OrderId={id}");
    eventually(|| {
        let trace = namespace.ask_inside("GET", gateway, &path)?;
        if trace.contains("DELIVERY START") { Ok(()) } else { Err(trace) }
    });
}

/// What the services use while nobody asks them anything, as `kubectl top pod` tells it.
fn idle(namespace: &Namespace) -> String {
    let pods = "app.kubernetes.io/component=service";
    // A sample is of the time since the one before: the first and the second may be of the start.
    let mut samples: BTreeMap<String, Vec<String>> = BTreeMap::new();
    eventually_within(Duration::from_mins(2), || {
        for (pod, taken, _) in usage(namespace) {
            let taken_before = samples.entry(pod).or_default();
            if !taken_before.contains(&taken) {
                taken_before.push(taken);
            }
        }
        let count = |pod: &Value| samples.get(inside::name(pod)).map_or(0, Vec::len);
        let late = namespace.pods(pods).into_iter().find(|pod| count(pod) < 3);
        late.map_or(Ok(()), |pod| Err(format!("{} has no sample yet", inside::name(&pod))))
    });
    let used: BTreeMap<String, u64> =
        usage(namespace).into_iter().map(|(pod, _, memory)| (pod, memory)).collect();
    for pod in namespace.pods(pods) {
        let asked = "/spec/containers/0/resources/requests/memory";
        let asked = pod.pointer(asked).and_then(Value::as_str).expect("it asks for memory");
        let (name, used) = (inside::name(&pod), used[inside::name(&pod)]);
        assert!(used <= bytes(asked), "{name} asks for {asked}, and idle has {used} bytes");
    }
    let told = namespace.kubectl(&format!("top pod --no-headers --selector {pods}"));
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let service = words[0].split('-').next().expect("a name");
        format!("{service} {} {}", words[1], words[2])
    };
    told.lines().map(line).collect::<Vec<_>>().join(", ")
}

/// Of each pod that was measured: when, and its memory in bytes.
fn usage(namespace: &Namespace) -> Vec<(String, String, u64)> {
    let name = namespace.name();
    let path = format!("get --raw /apis/metrics.k8s.io/v1beta1/namespaces/{name}/pods");
    let list: Value = serde_json::from_str(&namespace.kubectl(&path)).expect("JSON");
    let pods = list["items"].as_array().expect("a list").iter();
    pods.filter_map(|pod| {
        let memory = pod.pointer("/containers/0/usage/memory")?.as_str()?;
        let taken = pod["timestamp"].as_str()?.to_owned();
        Some((inside::name(pod).to_owned(), taken, bytes(memory)))
    })
    .collect()
}

/// `32Mi` as a number.
fn bytes(quantity: &str) -> u64 {
    let (number, unit) =
        quantity.split_at(quantity.find(char::is_alphabetic).unwrap_or(quantity.len()));
    let unit = match unit {
        "" => 1,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        _ => panic!("{quantity}: what is {unit}?"),
    };
    number.parse::<u64>().expect("a number") * unit
}
