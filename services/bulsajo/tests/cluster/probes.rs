//! The probe matrix: who asks (http, tcp, exec, grpc), what for (liveness, readiness, startup), and
//! what Kubernetes makes of it when the answer is no.

mod cells;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use testkit::{
    Namespace, eventually, eventually_within,
    inside::{name, ready_endpoints, restarts},
    namespace::PodSecurity::Restricted,
};

use crate::namespace;
use cells::{CELLS, Cell, Remedy, State};

/// A machine with two cores, of which others have their share, starts twenty pods.
const PATIENCE: Duration = Duration::from_mins(3);

#[test]
fn every_probe_of_every_type_is_acted_on() {
    let Some((namespace, _turn)) = namespace("probe matrix", Restricted) else { return };
    let began = Instant::now();
    apply(&namespace);
    let seen = all_are(&namespace, |cell| cell.at_first);

    for (cell, fault) in CELLS.iter().filter_map(|cell| Some((cell, cell.fault?))) {
        ask(&namespace, &seen[cell.name].pod, "PUT", fault);
    }
    let seen = all_are(&namespace, |cell| cell.then);
    for cell in &CELLS {
        kubernetes_said(&namespace, cell);
    }

    for cell in &CELLS {
        match cell.remedy {
            Remedy::None => {}
            Remedy::Ask(method, path) => ask(&namespace, &seen[cell.name].pod, method, path),
            Remedy::RightPort => right_port(&namespace, cell),
        }
    }
    let seen = all_are(&namespace, |cell| cell.at_last);
    for cell in CELLS.iter().filter(|cell| matches!(cell.at_last, State::Well | State::Back)) {
        ask(&namespace, &seen[cell.name].pod, "GET", "/orders?size=1");
    }

    let restarted = seen.iter().filter(|(_, seen)| seen.restarts > 0);
    let restarted: Vec<String> =
        restarted.map(|(name, seen)| format!("{name} {}", seen.restarts)).collect();
    eprintln!(
        "{} deployments in {} s; restarts: {}; of the others none",
        CELLS.len(),
        began.elapsed().as_secs(),
        restarted.join(", "),
    );
}

/// What is seen of a cell.
#[derive(Debug, Default)]
struct Seen {
    pods: usize,
    /// The newest one's name, as it is the last in the list.
    pod: String,
    restarts: u64,
    endpoints: usize,
}

impl State {
    fn is(self, seen: &Seen) -> bool {
        match self {
            Self::Well => seen.restarts == 0 && (seen.pods, seen.endpoints) == (1, 1),
            Self::Out => seen.restarts == 0 && (seen.pods, seen.endpoints) == (1, 0),
            Self::Back => seen.restarts > 0 && (seen.pods, seen.endpoints) == (1, 1),
            Self::Restarted => seen.restarts > 0,
            Self::NeverUp => seen.restarts > 0 && seen.endpoints == 0,
        }
    }
}

/// Waits until all cells are in these states at once, and tells what was seen of them.
fn all_are(namespace: &Namespace, state: impl Fn(&Cell) -> State) -> BTreeMap<String, Seen> {
    eventually_within(PATIENCE, || {
        let seen = look(namespace);
        let not_yet = CELLS.iter().find_map(|cell| {
            let (state, seen) = (state(cell), seen.get(cell.name));
            let is = seen.is_some_and(|seen| state.is(seen));
            (!is).then(|| format!("{} is not {state:?}: {seen:?}", cell.name))
        });
        not_yet.map_or(Ok(seen), Err)
    })
}

fn look(namespace: &Namespace) -> BTreeMap<String, Seen> {
    let list = namespace.get("pods,endpointslices --sort-by .metadata.creationTimestamp");
    let mut all: BTreeMap<String, Seen> = BTreeMap::new();
    for it in list["items"].as_array().expect("a list") {
        let seen = all.entry(app(it).to_owned()).or_default();
        if it["kind"] == "EndpointSlice" {
            seen.endpoints += ready_endpoints(it).len();
        } else if it.pointer("/metadata/deletionTimestamp").is_none() {
            seen.pods += 1;
            name(it).clone_into(&mut seen.pod);
            seen.restarts = seen.restarts.max(restarts(it));
        }
    }
    all
}

fn app(object: &Value) -> &str {
    object.pointer("/metadata/labels/app").and_then(Value::as_str).unwrap_or_default()
}

/// `kubectl describe` tells why a probe failed, in the words of who asked.
fn kubernetes_said(namespace: &Namespace, cell: &Cell) {
    let events = namespace.get("events --field-selector reason=Unhealthy");
    let events = events["items"].as_array().expect("a list").iter();
    // A pod's name is its Deployment's with two more words.
    let of_cell = |event: &&Value| {
        let pod = event.pointer("/involvedObject/name").and_then(Value::as_str);
        pod.and_then(|pod| pod.rsplitn(3, '-').nth(2)) == Some(cell.name)
    };
    let probe = format!("{} probe failed: ", cell.kind());
    let said: Vec<String> = events
        .filter(of_cell)
        .filter_map(|event| Some(event["message"].as_str()?.to_owned()))
        .filter(|it| it.to_lowercase().starts_with(&probe))
        .collect();
    let as_wanted = match cell.said {
        None => said.is_empty(),
        Some(wanted) => said.iter().any(|it| it.contains(wanted)),
    };
    assert!(as_wanted, "{}: not {:?}, but {said:?}", cell.name, cell.said);
}

fn ask(namespace: &Namespace, pod: &str, method: &str, path: &str) {
    eventually(|| namespace.ask_inside(method, &format!("pods/{pod}:8080"), path));
}

fn right_port(namespace: &Namespace, cell: &Cell) {
    let port = format!("/spec/template/spec/containers/0/{}Probe/tcpSocket/port", cell.kind());
    let patch = json!([{"op": "replace", "path": port, "value": "http"}]);
    namespace.kubectl(&format!("patch deployment {} --type json --patch {patch}", cell.name));
}

/// What the chart makes of `order` for each cell, under the cell's name and with a Service.
fn apply(namespace: &Namespace) {
    let database = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "in-the-pod"},
        "stringData": {"url": "sqlite:/tmp"},
    });
    let mut items = vec![database];
    for cell in &CELLS {
        let labels = json!({"app": cell.name});
        items.push(deployment(namespace, cell));
        items.push(json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": cell.name, "labels": labels},
            "spec": {"selector": labels, "ports": [{"port": 8080}]},
        }));
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    namespace.apply(&list.to_string());
}

fn deployment(namespace: &Namespace, cell: &Cell) -> Value {
    let chart = namespace.helm(&format!(
        "template bulsajo helm/bulsajo --kube-version 1.34 --show-only templates/services.yaml {}",
        cell.values()
    ));
    let order = |it: &Value| it["kind"] == "Deployment" && name(it) == "order";
    let mut objects = namespace.understood(&chart).into_iter();
    let mut deployment = objects.find(order).expect("the chart has one");
    *deployment.pointer_mut("/metadata/name").expect("it has a name") = json!(cell.name);
    for labels in ["/metadata", "/spec/template/metadata", "/spec/selector"] {
        let of = deployment.pointer_mut(labels).expect("it has labels");
        let labels = if of.get("matchLabels").is_some() { "matchLabels" } else { "labels" };
        of[labels]["app"] = json!(cell.name);
    }
    deployment
}
