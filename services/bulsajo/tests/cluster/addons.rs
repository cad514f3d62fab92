//! What add-ons of a cluster make possible, with the add-ons themselves: Contour and KEDA.

use std::time::{Duration, Instant};

use testkit::{
    Autoscaler, Doors as _, Load, Namespace, eventually,
    fleet::Service::Gateway,
    http,
    namespace::PodSecurity::Restricted,
    rows,
    toolbox::{Asking, Tally, Toolbox},
};

use crate::{
    beside_others,
    fleet::{install, roll},
};

/// Where Contour's own manifests put its Envoy.
const ENVOY: &str = "envoy --namespace projectcontour";
const ROLLOUTS: usize = 3;

/// KEDA looks every 5 s and the autoscaler behind it every 15 s.
const SOON: Duration = Duration::from_mins(2);
const COFFEE: &str = r#"{"productId":1,"qty":1}"#;

#[test]
fn a_rollout_behind_an_ingress_loses_nothing_and_links_lead_back_to_it() {
    let Some((namespace, _turn)) = beside_others("Ingress", Restricted) else { return };
    if namespace.try_kubectl(&format!("get service {ENVOY}")).is_err() {
        testkit::skipped("Ingress: Contour is not in the cluster");
        return;
    }
    // Of any host: clients here know an address and a port.
    let hosts = "ingress.hosts[0]";
    install(
        &namespace,
        &format!(
            "--set ingress.enabled=true --set ingress.className=contour --set {hosts}.host= \
             --set {hosts}.paths[0].path=/ --set {hosts}.paths[0].pathType=Prefix"
        ),
    );
    let door = namespace.node_port(ENVOY);
    // Envoy hears of it a moment later.
    eventually(|| match http::send(door, "GET", "/orders", &[], None) {
        Ok(answer) if answer.status == 200 => Ok(()),
        other => Err(format!("{other:?}")),
    });

    let headers =
        [("Host", "shop.example:30080"), ("Content-Type", "application/json"), ("Accept", "*/*")];
    let placed = http::send(door, "POST", "/orders", &headers, Some(COFFEE)).expect("an answer");
    let location = placed.header("location").expect("a place").to_owned();
    assert_eq!(location, format!("http://shop.example:30080/orders/{}", rows::id_of(&location)));
    let link = placed.json().pointer("/_links/self/href").cloned();
    assert_eq!(link, Some(location.into()), "{}", placed.text());

    let toolbox = Toolbox::start(&namespace);
    // With the port: wrk would look for its name in a file that the image does not have.
    let url = "http://envoy.projectcontour:80/orders?size=1";
    let (kept, anew) = (toolbox.keep_asking(url, 4), toolbox.ask_anew(url, 1));
    let load = Load::start(door, 2);
    for _ in 0..ROLLOUTS {
        load.accepted(5);
        roll(&namespace, &[Gateway]);
    }
    let ledger = load.stop();
    let all: Tally = [kept, anew].into_iter().map(Asking::stop).sum();

    eprintln!(
        "{ROLLOUTS} rollouts of the gateway behind an Ingress: {} requests answered, {} failed; \
         {ledger}",
        all.answered, all.failed,
    );
    assert_eq!(all.failed, 0, "of {} requests", all.answered + all.failed);
    ledger.nobody_was_refused();
    ledger.verify(&namespace);
}

#[test]
fn lag_brings_pods_and_they_go_when_it_is_worked_off() {
    let Some((namespace, _turn)) = beside_others("KEDA", Restricted) else { return };
    if namespace.try_kubectl("get crd scaledobjects.keda.sh").is_err() {
        testkit::skipped("KEDA: it is not in the cluster");
        return;
    }
    install(&namespace, "--set backend=kafka --set keda.enabled=true");
    let toolbox = Toolbox::start(&namespace);
    namespace.kubectl("wait --for=condition=Ready scaledobject --all --timeout=60s");
    let autoscaler = Autoscaler::watch(&namespace, "keda-hpa-delivery");
    // Also of what nobody has read yet: the topic is empty.
    autoscaler.tells(SOON, "no lag", |it| it.replicas == 1 && it.average == Some(0));

    let fault = format!("http://{}:8080/actuator/faults/kafka-pause", address(&namespace));
    toolbox.run(&format!("curl --fail-with-body -sSX PUT '{fault}'"));
    let load = Load::start(namespace.address(Gateway), 2);
    let began = Instant::now();
    load.accepted(40);
    let ledger = load.stop();
    let three = autoscaler.has_pods(SOON, 3).at - began;
    let lags = autoscaler.readings().into_iter();
    let lag = lags.filter_map(|it| Some(it.average? * it.replicas)).max().unwrap_or(0);

    namespace.rolled_out("deployment/delivery", 60);
    let over = Instant::now();
    toolbox.run(&format!("curl --fail-with-body -sSX DELETE '{fault}'"));
    ledger.verify(&namespace);
    let settled = over.elapsed();
    let one = autoscaler.has_pods(SOON, 1).at - over;
    eprintln!(
        "delivery reads nothing: at most {lag} unread facts of {} orders; three pods {three:.0?} after the \
         first of them; all settled {settled:.0?} after it reads again, one pod {one:.0?} after",
        ledger.accepted.len() + ledger.cancelled.len(),
    );
    assert!(lag > 20, "two pods were enough for {lag}");
}

/// Of delivery's only pod.
fn address(namespace: &Namespace) -> String {
    let pod = namespace.pods("app=delivery").remove(0);
    pod.pointer("/status/podIP").and_then(|it| it.as_str()).expect("an address").to_owned()
}
