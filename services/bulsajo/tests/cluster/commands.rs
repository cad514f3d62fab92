//! What worksheets type, with our images and nothing else: no YAML, no chart, no settings.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{
    Namespace, eventually, eventually_within,
    inside::{self, condition},
    namespace::PodSecurity::Baseline,
};

use crate::beside_others;

const STABLE: &str = "bulsajo/order:0.1.0";
const CANARY: &str = "bulsajo/order:canary";
const ORDER: &str = "services/order:8080";
const COFFEE: &str = r#"{"productId":1,"qty":1,"paymentType":"cash","cost":1000}"#;

#[test]
fn create_expose_scale_set_image_undo_logs_and_exec_work_as_typed() {
    let Some((namespace, _turn)) = beside_others("commands", Baseline) else { return };
    let began = Instant::now();
    typed(
        &namespace,
        &format!("create deploy order --image={STABLE}"),
        "deployment.apps/order created",
    );
    namespace.rolled_out("deploy/order", 60);
    typed(&namespace, "expose deploy order --port=8080", "service/order exposed");
    let orders = answers(&namespace, "/orders");
    assert_eq!(orders.pointer("/page/totalElements"), Some(&json!(0)), "{orders}");
    let answers_after = began.elapsed();

    let log = namespace.kubectl("logs deploy/order");
    assert!(log.contains("order listens on http://0.0.0.0:8080"), "{log}");
    well_and_down(&namespace);
    an_order_needs_payment(&namespace);

    typed(&namespace, "scale deploy order --replicas=3", "deployment.apps/order scaled");
    namespace.rolled_out("deploy/order", 60);
    eventually(|| match namespace.endpoints("order").len() {
        3 => Ok(()),
        count => Err(format!("{count} of 3 in the endpoints")),
    });

    typed(
        &namespace,
        &format!("set image deploy/order order={CANARY}"),
        "deployment.apps/order image updated",
    );
    namespace.rolled_out("deploy/order", 120);
    eventually(|| all_run(&namespace, CANARY));
    answers(&namespace, "/orders");
    typed(&namespace, "rollout undo deploy/order", "deployment.apps/order rolled back");
    namespace.rolled_out("deploy/order", 120);
    eventually(|| all_run(&namespace, STABLE));
    answers(&namespace, "/orders");
    // The first revision has become the third.
    let history = namespace.kubectl("rollout history deploy/order");
    let revisions = history.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok());
    assert_eq!(revisions.collect::<Vec<u32>>(), [2, 3], "{history}");

    eprintln!(
        "create and expose: an answer after {:.1} s; with scale, set image and undo {} s",
        answers_after.as_secs_f64(),
        began.elapsed().as_secs(),
    );
}

/// `order:bad` fails each request, and `order:crash` ends as soon as it has begun.
#[test]
fn a_bad_version_stops_at_its_probe_and_one_that_crashes_is_called_so() {
    let Some((namespace, _turn)) = beside_others("bad versions", Baseline) else { return };
    namespace.kubectl("create deploy crash --image=bulsajo/order:crash");
    namespace.kubectl(&format!("create deploy order --image={STABLE}"));
    typed(&namespace, "expose deploy order --port=8080", "service/order exposed");
    let probe = json!({ "httpGet": { "path": "/orders", "port": 8080 }, "periodSeconds": 1 });
    let container = json!([{ "name": "order", "readinessProbe": probe }]);
    let patch = json!({ "spec": { "template": { "spec": { "containers": container } } } });
    namespace.kubectl(&format!("patch deploy order --patch {patch}"));
    namespace.rolled_out("deploy/order", 120);
    let serving = eventually(|| {
        let pods = namespace.endpoints("order");
        if pods.len() == 1 { Ok(pods) } else { Err(pods.join(", ")) }
    });

    namespace.kubectl("set image deploy/order order=bulsajo/order:bad");
    let stuck = namespace.try_kubectl("rollout status deploy/order --timeout=15s");
    assert!(stuck.is_err(), "it went through: {stuck:?}");
    assert_eq!(namespace.pods("app=order").len(), 2, "the bad one runs, and waits");
    assert_eq!(namespace.endpoints("order"), serving, "the old pod serves");
    answers(&namespace, "/orders");
    typed(&namespace, "rollout undo deploy/order", "deployment.apps/order rolled back");
    namespace.rolled_out("deploy/order", 120);
    assert_eq!(namespace.endpoints("order"), serving);

    let reason = "/status/containerStatuses/0/state/waiting/reason";
    eventually_within(Duration::from_mins(2), || {
        let pod = namespace.pods("app=crash").pop().ok_or("no pod")?;
        if pod.pointer(reason) == Some(&json!("CrashLoopBackOff")) {
            Ok(())
        } else {
            Err("not yet")
        }
    });
}

#[test]
fn autoscale_says_what_is_missing_and_needs_no_more_than_a_request() {
    let Some((namespace, _turn)) = beside_others("autoscale", Baseline) else { return };
    namespace.kubectl(&format!("create deploy order --image={STABLE}"));
    typed(
        &namespace,
        "autoscale deployment order --cpu-percent=50 --min=1 --max=3",
        "horizontalpodautoscaler.autoscaling/order autoscaled",
    );
    let why = eventually_within(Duration::from_mins(3), || {
        let why = scaling_active(&namespace)?;
        let wanted = why["status"] == "False"
            && why["message"].as_str().is_some_and(|it| it.contains("missing request for cpu"));
        if wanted { Ok(why) } else { Err(why.to_string()) }
    });
    let shown = namespace.kubectl("get hpa order --no-headers");
    assert!(shown.contains("<unknown>/50%"), "{shown}");

    let began = Instant::now();
    typed(
        &namespace,
        "set resources deployment order --requests=cpu=200m",
        "deployment.apps/order resource requirements updated",
    );
    namespace.rolled_out("deploy/order", 60);
    eventually_within(Duration::from_mins(3), || {
        let active = scaling_active(&namespace)?;
        if active["status"] == "True" { Ok(()) } else { Err(active.to_string()) }
    });
    let shown = namespace.kubectl("get hpa order --no-headers");
    assert!(shown.contains("%/50%") && !shown.contains("<unknown>"), "{shown}");
    eprintln!(
        "autoscale without a request: {}; with one, after {} s: {}",
        why["reason"].as_str().unwrap_or_default(),
        began.elapsed().as_secs(),
        shown.split_whitespace().collect::<Vec<_>>().join(" "),
    );
}

/// Types this, and expects to be told that.
fn typed(namespace: &Namespace, words: &str, told: &str) {
    assert_eq!(namespace.kubectl(words), told, "kubectl {words}");
}

fn answers(namespace: &Namespace, path: &str) -> Value {
    let answer = eventually(|| namespace.ask_inside("GET", ORDER, path));
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

/// `kubectl exec` finds a program to ask with, though the image has no shell.
fn well_and_down(namespace: &Namespace) {
    let check =
        |what: &str| namespace.try_kubectl(&format!("exec deploy/order -- /bulsajo check {what}"));
    assert_eq!(check("readiness").as_deref(), Ok("readiness is UP"));
    namespace.ask_inside("PUT", ORDER, "/actuator/down").expect("it goes down");
    let told = check("health").expect_err("it is down");
    assert!(told.contains("health is DOWN: PUT /actuator/down"), "{told}");
    namespace.ask_inside("PUT", ORDER, "/actuator/up").expect("it is up again");
    assert_eq!(check("health").as_deref(), Ok("health is UP"));
}

/// order asks payment first, and finds it by its name alone, whatever type its Service has.
fn an_order_needs_payment(namespace: &Namespace) {
    let order = || namespace.send_inside("POST", ORDER, "/orders", COFFEE);
    let told = order().expect_err("payment is nowhere");
    assert!(told.contains("ServiceUnavailable"), "{told}");
    let payment = STABLE.replace("order", "payment");
    namespace.kubectl(&format!("create deploy payment --image={payment}"));
    typed(
        namespace,
        "expose deploy payment --type=LoadBalancer --port=8080",
        "service/payment exposed",
    );
    namespace.rolled_out("deploy/payment", 60);
    eventually(order);
    let orders = answers(namespace, "/orders");
    let count = orders.pointer("/page/totalElements");
    assert_eq!(count, Some(&json!(1)), "those that were refused are not there: {orders}");
    let shown = namespace.kubectl("get service payment --no-headers");
    assert!(shown.contains("LoadBalancer") && shown.contains("<pending>"), "{shown}");
}

/// Three pods of this image, and no other.
fn all_run(namespace: &Namespace, image: &str) -> Result<(), String> {
    let pods = namespace.pods("app=order");
    let images = pods.iter().filter_map(|pod| pod.pointer("/spec/containers/0/image")?.as_str());
    let images: Vec<&str> = images.collect();
    let ready = pods.iter().all(inside::is_ready);
    if ready && images == [image; 3] { Ok(()) } else { Err(format!("ready {ready}: {images:?}")) }
}

fn scaling_active(namespace: &Namespace) -> Result<Value, String> {
    let hpa = namespace.get("hpa order");
    condition(&hpa, "ScalingActive")
        .cloned()
        .ok_or_else(|| format!("nothing yet: {}", hpa["status"]))
}
