//! Pods that are added have their share of what comes through the gateway within seconds.

use std::time::Duration;

use testkit::{
    Doors as _, Load, Namespace, eventually_within,
    fleet::Service::{Gateway, Order},
    inside::{is_ready, name},
    namespace::PodSecurity::Restricted,
};

use crate::{
    fleet::{install, roll},
    namespace,
};

/// How soon each pod has its share behind a Service.
const SOON: Duration = Duration::from_secs(5);

/// The same behind a headless Service, whose addresses DNS keeps for 5 s.
const SOON_BY_NAME: Duration = Duration::from_secs(15);

/// How many requests show how they are shared.
const ENOUGH: i64 = 60;

/// Every pod of order behind a name of its own, as `order-pods`.
const HEADLESS: &str = "
apiVersion: v1
kind: Service
metadata: { name: order-pods }
spec:
  clusterIP: None
  selector: { app: order }
  ports: [{ port: 8080, targetPort: http }]
";

#[test]
fn order_scaled_to_three_pods_has_its_requests_at_three_pods_within_seconds() {
    let Some((namespace, _turn)) = namespace("requests for all pods", Restricted) else { return };
    install(&namespace, "");
    has_its_share(&namespace, SOON, &[Order]);

    // The same where the name of the service is that of its pods.
    namespace.apply(HEADLESS);
    namespace.kubectl("set env deployment/gateway ORDER_URL=http://order-pods:8080");
    namespace.rolled_out("deployment/gateway", 120);
    has_its_share(&namespace, SOON_BY_NAME, &[Order]);
}

/// Scales order out under load, and back; a rollout behind the gateway then fails nothing.
fn has_its_share(namespace: &Namespace, soon: Duration, rolled: &[testkit::fleet::Service]) {
    let load = Load::start(namespace.address(Gateway), 4);
    load.accepted(20);
    namespace.kubectl("scale deployment order --replicas=3");
    namespace.rolled_out("deployment/order", 120);
    let mut before = answered(namespace);
    assert_eq!(before.len(), 3, "{before:?}");

    let shares = eventually_within(soon, || {
        let now = answered(namespace);
        let shares: Vec<i64> =
            now.iter().zip(&before).map(|((_, now), (_, then))| now - then).collect();
        let all: i64 = shares.iter().sum();
        let fair = all >= ENOUGH && shares.iter().all(|share| share * 100 / all >= 10);
        if fair {
            return Ok(shares);
        }
        // Those that came before a pod was known say nothing of its share from now on.
        if all >= ENOUGH {
            before = now;
        }
        Err(format!("{shares:?}"))
    });

    roll(namespace, rolled);
    load.accepted(20);
    namespace.kubectl("scale deployment order --replicas=1");
    namespace.rolled_out("deployment/order", 120);
    load.accepted(20);
    let ledger = load.stop();
    eprintln!("requests at each of three pods within {soon:?}: {shares:?}; {ledger}");
    ledger.nobody_was_refused();
}

/// How many orders each pod of order has been asked for, by the pod's name.
fn answered(namespace: &Namespace) -> Vec<(String, i64)> {
    let pods = namespace.pods("app=order");
    let mut pods: Vec<String> =
        pods.iter().filter(|it| is_ready(it)).map(|it| name(it).to_owned()).collect();
    pods.sort_unstable();
    let count = |pod: String| {
        let whom = format!("pods/{pod}:8080");
        let metrics = namespace.ask_inside("GET", &whom, "/actuator/prometheus").expect("metrics");
        let lines = metrics.lines().filter(|it| {
            it.starts_with("http_requests_total{") && it.contains("route=\"/orders\"")
        });
        let values = lines.filter_map(|it| it.rsplit(' ').next()?.parse::<i64>().ok());
        (pod, values.sum())
    };
    pods.into_iter().map(count).collect()
}
