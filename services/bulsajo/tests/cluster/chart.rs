//! A chart's life: installed, upgraded, badly upgraded, rolled back, uninstalled and installed
//! again, and every order that was accepted is still there.

use testkit::{
    Doors as _, Load, Namespace, eventually,
    fleet::Service::{Gateway, Order},
    ledger,
    namespace::PodSecurity::Restricted,
    rows,
};

use crate::{beside_others, fleet::install};

const UPGRADE: &str = "upgrade bulsajo helm/bulsajo --reuse-values";

#[test]
fn upgrade_rollback_and_a_new_install_keep_the_data_and_lose_no_request() {
    let Some((namespace, _turn)) = beside_others("chart", Restricted) else { return };
    install(&namespace, "");
    let load = Load::start(namespace.address(Gateway), 1);
    load.accepted(20);

    let values = "order.replicaCount=2,payment.knobs.latency=10ms";
    namespace.helm(&format!("{UPGRADE} --set {values} --wait --timeout 4m"));
    assert_eq!(revisions(&namespace), ["superseded", "deployed"]);
    assert_eq!(variable(&namespace, "payment", "LATENCY").as_deref(), Some("10ms"));
    let serving = eventually(|| serving(&namespace, 2));
    load.accepted(20);

    // An image that nobody has: it says so, and what there is goes on.
    let bad = format!("{UPGRADE} --set order.image.tag=never-built --wait --timeout 20s");
    let told = namespace.try_helm(&bad).expect_err("nobody has built that");
    assert_eq!(revisions(&namespace).last().map(String::as_str), Some("failed"), "{told}");
    eventually(|| stuck(&namespace));
    assert_eq!(namespace.endpoints("order"), serving, "old pods serve until new ones do");
    load.accepted(20);

    namespace.helm("rollback bulsajo 2 --wait --timeout 4m");
    assert_eq!(revisions(&namespace).last().map(String::as_str), Some("deployed"));
    eventually(|| match stuck(&namespace) {
        Ok(()) => Err("the bad pod is still there"),
        Err(_) => Ok(()),
    });
    load.accepted(20);
    let ledger = load.stop();
    ledger.nobody_was_refused();
    ledger.verify(&namespace);
    let orders = rows::all(&namespace, Order);

    // The volume stays: only who deletes it loses orders.
    namespace.helm("uninstall bulsajo --wait");
    let left = "get all,secrets,configmaps,serviceaccounts,networkpolicies,pdb,pvc --output name \
                --selector app.kubernetes.io/instance=bulsajo";
    eventually(|| match namespace.kubectl(left).as_str() {
        "persistentvolumeclaim/data-postgres-0" => Ok(()),
        left => Err(format!("what is left: {left}")),
    });
    // Its node ports are others now, so it is asked without one.
    install(&namespace, "");
    let gateway = "services/gateway:8080";
    let answer = namespace.ask_inside("GET", gateway, "/orders?size=1").expect("it answers");
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer.pointer("/page/totalElements"), Some(&orders.len().into()));

    eprintln!("one upgrade, a bad one, a rollback and a new install: {ledger}");
}

#[test]
fn helm_test_follows_an_order_and_an_unknown_value_is_named() {
    let Some((namespace, _turn)) = beside_others("helm test", Restricted) else { return };
    for (value, named) in [
        ("ordr.replicaCount=2", "ordr"),
        ("order.replicas=2", "replicas"),
        ("order.probes.liveness.kind=tcp", "kind"),
        ("profile=jwm", "profile"),
    ] {
        let told = namespace.try_helm(&format!("install bulsajo helm/bulsajo --set {value}"));
        let told = told.expect_err("it is refused");
        assert!(told.contains(named), "{value}: {told}");
    }
    assert_eq!(namespace.kubectl("get deployments --output name"), "", "a refusal makes nothing");

    install(&namespace, "");
    let told = namespace.helm("test bulsajo --logs --timeout 3m");
    ledger::settle(&namespace);
    let said = told.lines().skip_while(|line| !line.starts_with("order ")).collect::<Vec<_>>();
    eprintln!("helm test: {}", said.join("; "));
    assert!(told.contains("Phase:          Succeeded"), "{told}");
    assert!(told.contains("sent: the fleet works"), "{told}");
}

/// What helm says of each revision, the oldest first.
fn revisions(namespace: &Namespace) -> Vec<String> {
    let history = namespace.helm("history bulsajo --output json");
    let history: Vec<serde_json::Value> = serde_json::from_str(&history).expect("JSON");
    history.iter().map(|it| it["status"].as_str().expect("a status").to_owned()).collect()
}

fn variable(namespace: &Namespace, service: &str, name: &str) -> Option<String> {
    let deployment = namespace.get(&format!("deployment {service}"));
    let all = deployment.pointer("/spec/template/spec/containers/0/env")?.as_array()?.clone();
    Some(all.iter().find(|it| it["name"] == name)?["value"].as_str()?.to_owned())
}

fn serving(namespace: &Namespace, count: usize) -> Result<Vec<String>, String> {
    let pods = namespace.endpoints("order");
    if pods.len() == count { Ok(pods) } else { Err(format!("order is served by {pods:?}")) }
}

/// A pod that waits for an image.
fn stuck(namespace: &Namespace) -> Result<(), String> {
    let reason = "/status/containerStatuses/0/state/waiting/reason";
    let pods = namespace.pods("app=order");
    let reasons = pods.iter().filter_map(|pod| pod.pointer(reason)?.as_str());
    let reasons: Vec<&str> = reasons.collect();
    let waits = reasons.iter().any(|it| ["ErrImagePull", "ImagePullBackOff"].contains(it));
    if waits { Ok(()) } else { Err(format!("{reasons:?} of {} pods", pods.len())) }
}
