//! Judgements on what a real cluster told: each file of `recorded/` has the objects of a namespace,
//! one a line, without the fields that nobody here reads.

mod autoscalers;
mod calm;
mod jobs;
mod made;
mod messages;
mod networks;
mod pods;
mod refusals;

use std::collections::BTreeMap;

use k8s_openapi::jiff::ToSpan as _;
use serde_json::{Value, json};

use super::{
    Finding, Seen, judge,
    read::{Read as _, last_seen},
    seen::Metrics,
};

/// The eight manifests of lab 16.
const BROKEN: &str = include_str!("../recorded/broken.jsonl");
/// What else can be wrong, a Deployment each.
const ILLS: &str = include_str!("../recorded/ills.jsonl");
/// `k8s/overlays/minimal`, some minutes old.
const WELL: &str = include_str!("../recorded/well.jsonl");

/// As it was seen a second after its last event.
fn seen(recorded: &str) -> Seen {
    let mut objects: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in recorded.lines() {
        let object: Value = serde_json::from_str(line).expect("JSON");
        let kind = format!("{}s", object.text("/kind").to_lowercase());
        objects.entry(kind).or_default().push(object);
    }
    let last = objects["events"].iter().filter_map(last_seen).max().expect("an event");
    let kubectl = "kubectl".to_owned();
    let metrics = Metrics::There;
    Seen { kubectl, now: last + 1.second(), metrics, objects, ..Seen::default() }
}

/// There is just one finding about it, or at least one of which this is true.
fn tells(findings: &[Finding], about: &str, what: &str, cause: &str, cure: &str) {
    let its = findings.iter().filter(|it| it.about == about);
    let right = |it: &&Finding| {
        it.what.contains(what) && it.cause.contains(cause) && it.cure[0].contains(cure)
    };
    assert!(its.clone().any(|it| right(&it)), "{about}: {:#?}", its.collect::<Vec<_>>());
}

fn object<'a>(seen: &'a mut Seen, kind: &str, name: &str) -> &'a mut Value {
    let mut all = seen.objects.get_mut(kind).expect("objects of this kind").iter_mut();
    all.find(|it| it.name().starts_with(name)).expect("one that is called so")
}

#[test]
fn each_of_the_eight_broken_manifests_is_found_with_its_cure() {
    let mut broken = seen(BROKEN);
    let pod = object(&mut broken, "pods", "shop-8").name().to_owned();
    let last = "bulsajo: invalid value '50' for '--latency <LATENCY>'".to_owned();
    broken.last_words.insert((pod, "order".to_owned()), vec![last.clone()]);
    let findings = judge(&broken);
    let container = "/spec/template/spec/containers/0";
    for (about, what, cause, cure) in [
        (
            "deploy/shop-1",
            "the image bulsajo/order:0.1 does not come",
            "The tags that are there: 0.1.0, bad, canary",
            "kubectl set image deploy/shop-1 order=bulsajo/order:0.1.0".to_owned(),
        ),
        (
            "deploy/shop-2",
            "is restarted again and again by its liveness probe",
            "It asks on port 8090, where nothing listens; the container declares 8080.",
            format!(r#""path":"{container}/livenessProbe/httpGet/port","value":8080"#),
        ),
        (
            "deploy/shop-3",
            "does not get ready",
            "no path /actuator/health/ready: it answers 404",
            format!(
                r#""{container}/readinessProbe/httpGet/path","value":"/actuator/health/readiness""#
            ),
        ),
        (
            "service/shop-4",
            "finds no pod: none has the labels app=shop4",
            "The pods of deploy/shop-4, which are nearest, have app=shop-4.",
            "kubectl set selector service/shop-4 app=shop-4".to_owned(),
        ),
        (
            "service/shop-5",
            "sends to port 8081 (targetPort)",
            "The pods of deploy/shop-5 declare 8080.",
            r#""path":"/spec/ports/0/targetPort","value":8080"#.to_owned(),
        ),
        (
            "deploy/shop-6",
            "waits for a node (Pending): no node has so much cpu",
            "It requests cpu 200; the largest node has 2 in all.",
            "kubectl set resources deploy/shop-6 -c order --requests=cpu=100m".to_owned(),
        ),
        (
            "deploy/shop-7",
            "is killed for its memory (OOMKilled, exit code 137)",
            "more than its limit, which is 128Mi",
            "kubectl set resources deploy/shop-7 -c order --limits=memory=512Mi".to_owned(),
        ),
        (
            "deploy/shop-8",
            "ends again and again (CrashLoopBackOff): container order, exit code 2",
            "its last lines say why",
            "kubectl set env deploy/shop-8 LATENCY=…".to_owned(),
        ),
    ] {
        tells(&findings, about, what, cause, &cure);
    }
    assert_eq!(findings.len(), 8, "nothing else is wrong: {findings:#?}");
    let crash = findings.iter().find(|it| it.about == "deploy/shop-8").expect("told above");
    assert_eq!(crash.said, [last]);
    let ranks: Vec<_> = findings.iter().map(|it| it.rank).collect();
    assert!(ranks.is_sorted(), "the worst first: {ranks:?}");
}

#[test]
fn other_ills_are_found_with_their_cures() {
    let findings = judge(&seen(ILLS));
    for (about, what, cause, cure) in [
        ("deploy/asks-registry", "does not come", "imagePullPolicy Always", r#""IfNotPresent""#),
        ("deploy/done", "exit code 0", "as if it were done", "make it a Job"),
        ("deploy/no-claim", "no volume claim date", "was not applied", "correct claimName"),
        (
            "deploy/no-key",
            "cannot be made",
            "has no key LATENCY",
            "describe configmap kube-root-ca.crt",
        ),
        ("deploy/no-node", "(Pending)", "of this kind: disk=ssd", "correct nodeSelector"),
        ("deploy/no-program", "cannot be made", "not have the program", "correct `command`"),
        ("deploy/no-secret", "cannot be made", "no secret db", "create secret generic db"),
        (
            "deploy/no-storage",
            "claim data is not met",
            "the storage class fast",
            "get storageclass",
        ),
        (
            "deploy/no-volume-secret",
            "cannot be mounted",
            "no secret tls",
            "create secret generic tls",
        ),
        (
            "deploy/not-allowed",
            "Pod Security",
            "only what is baseline",
            "take out of deploy/not-allowed",
        ),
        ("deploy/strict", "Pod Security", "only what is restricted", r#""drop":["ALL"]"#),
        ("deploy/root", "cannot be made", "may not run as root", r#""runAsUser":65532"#),
        ("deploy/says-no", "does not get ready", "fails: cat /tmp/healthy", "exec says-no-"),
        ("deploy/too-soon", "by its liveness probe", "it gets 7 s, and port 8080", "/startupProbe"),
        ("deploy/stopped", "the image bulsajo/order:never", "No node has this tag", "set image"),
        (
            "deploy/stopped",
            "an update that stopped",
            "For 5 s no new pod",
            "rollout undo deploy/stopped",
        ),
        (
            "deploy/paused",
            "paused in the middle",
            "0 of 1 pods are new",
            "rollout resume deploy/paused",
        ),
        ("hpa/nobody", "there is no Deployment nobody", "scaleTargetRef", "patch hpa/nobody"),
        (
            "hpa/well",
            "shows <unknown>: the container order has no cpu request",
            "in per cent of what is requested",
            "kubectl set resources deploy/well -c order --requests=cpu=200m",
        ),
        ("service/well", "sends to port web", "declare 8080", r#""value":8080"#),
        (
            "service/well",
            "EXTERNAL-IP <pending>",
            "from a cloud",
            "port-forward service/well 8080:80",
        ),
    ] {
        tells(&findings, about, what, cause, cure);
    }
    assert_eq!(findings.len(), 21, "nothing else is wrong: {findings:#?}");
}

#[test]
fn what_ends_well_again_and_again_is_found_between_two_tries() {
    let mut ills = seen(ILLS);
    let status = &mut object(&mut ills, "pods", "done-")["status"]["containerStatuses"][0];
    status["state"] = json!({ "terminated": { "reason": "Completed", "exitCode": 0 } });
    let what = "ends again and again: container order, exit code 0";
    tells(&judge(&ills), "deploy/done", what, "as if it were done", "make it a Job");
}

#[test]
fn an_autoscaler_without_metrics_is_told_so() {
    let mut ills = seen(ILLS);
    ills.metrics = Metrics::Missing;
    tells(&judge(&ills), "hpa/well", "does not measure", "no metrics-server", "install");
    ills.metrics = Metrics::Silent;
    tells(&judge(&ills), "hpa/well", "does not answer", "not ready", "logs deploy/metrics-server");
    // A limit is a request as well.
    ills.metrics = Metrics::There;
    let pod = object(&mut ills, "pods", "well-");
    pod["spec"]["containers"][0]["resources"] = json!({ "limits": { "cpu": "1" } });
    assert!(judge(&ills).iter().all(|it| it.about != "hpa/well"));
}

#[test]
fn an_image_that_another_node_has_is_to_be_loaded() {
    let mut broken = seen(BROKEN);
    let node = object(&mut broken, "pods", "shop-1")["spec"]["nodeName"].clone();
    let nodes = broken.objects.get_mut("nodes").expect("nodes").iter_mut();
    for other in nodes.filter(|it| it.name() != node) {
        other["status"]["images"] = json!([{ "names": ["docker.io/bulsajo/order:0.1"] }]);
    }
    let cause = format!("{} has not", node.as_str().expect("a node"));
    tells(&judge(&broken), "deploy/shop-1", "does not come", &cause, "load it");
}
