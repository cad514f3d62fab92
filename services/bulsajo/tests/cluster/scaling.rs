//! Autoscaling by CPU, as the worksheet has it, and by memory.

use std::time::{Duration, Instant};

use serde_json::json;
use testkit::{
    Autoscaler, Doors as _, Namespace, Reading, eventually_within,
    fleet::Service::{self, Order},
    namespace::PodSecurity::Restricted,
    toolbox::Toolbox,
};

use crate::{fleet::install, namespace};

/// An autoscaler looks every 15 s, at metrics that may be as old.
const SOON: Duration = Duration::from_mins(2);
/// Kubernetes waits five minutes before pods go, unless it is told otherwise.
const LATER: Duration = Duration::from_mins(8);

/// What a pod of `jvm` may take: its limit is one core, its request a fifth of that.
const LIMIT: u64 = 500;
/// One pod becomes three at more than twice the target of 50 %. How much more it reads depends on
/// the machine: two pods that start, siege, and whoever else is there take their part of it.
const TWICE: u64 = 100;

#[test]
fn the_worksheets_load_takes_order_to_three_pods_and_its_end_back_to_one() {
    let Some((namespace, _turn)) = namespace("autoscaling by CPU", Restricted) else { return };
    install(&namespace, "--set order.profile=jvm");
    let toolbox = Toolbox::start(&namespace);
    // A full page, as after the labs before this one: a request costs 8 ms, and siege less than that.
    for _ in 0..20 {
        assert_eq!(namespace.ask(Order, "POST", "/orders", Some(json!({}))).status, 201);
    }
    is_calm(&namespace, Order.name());

    let typed = Instant::now();
    namespace.kubectl("autoscale deployment order --cpu-percent=50 --min=1 --max=3");
    let autoscaler = Autoscaler::watch(&namespace, "order");
    let is_idle = |it: &Reading| it.replicas == 1 && it.percent.is_some_and(|percent| percent < 25);
    let known = autoscaler.tells(LATER, "an idle pod", is_idle).at - typed;

    let began = Instant::now();
    let siege = toolbox.siege("-c20 -t40S -v http://order:8080/orders");
    let over = Instant::now();
    autoscaler.has_pods(SOON, 3);
    namespace.rolled_out("deployment/order", 120);
    let so_far = autoscaler.readings();
    // Metrics can come late for a moment; <unknown> does not stay.
    autoscaler.tells(SOON, "a percentage", |it| it.percent.is_some());
    let one = autoscaler.has_pods(LATER, 1).at - over;

    // From the load's beginning until three pods are ready.
    let told: Vec<Reading> = so_far.into_iter().filter(|it| it.at > began).collect();
    let percent: Vec<u64> = told.iter().filter_map(|it| it.percent).collect();
    let peak = percent.iter().max().copied().unwrap_or(0);
    let three = told.iter().find(|it| it.replicas == 3).expect("it told of three").at - began;
    eprintln!(
        "order: a number after {known:.0?}; {percent:?} %/50 %, three pods after {three:.0?} of \
         load, {} requests answered, {} failed; one pod {one:.0?} after it",
        siege.answered, siege.failed,
    );
    assert_eq!(siege.failed, 0, "of {} requests", siege.answered + siege.failed);
    assert!(peak > TWICE && peak < LIMIT + LIMIT / 10, "{peak} %");
}

/// Waits until what a pod burnt at its start is no longer in what the cluster measures: where that
/// is counted, a start looks like load (docs/kubernetes.md).
fn is_calm(namespace: &Namespace, service: &str) {
    eventually_within(SOON, || {
        let told =
            namespace.try_kubectl(&format!("top pods --selector app={service} --no-headers"))?;
        let millicores = told.split_whitespace().nth(1).and_then(|it| it.strip_suffix('m'));
        match millicores.and_then(|it| it.parse::<u64>().ok()) {
            Some(..25) => Ok(()),
            _ => Err(told),
        }
    });
}

/// 60 MiB more make three pods at 30 MiB each, and what there are of them then, some 70 MiB, still
/// do; without, one is enough.
#[test]
fn memory_that_is_taken_brings_pods_and_memory_that_is_given_back_takes_them() {
    let Some((namespace, _turn)) = namespace("autoscaling by memory", Restricted) else { return };
    install(&namespace, "--set autoscaling.enabled=true --set delivery.autoscaling.memory=30Mi");
    let toolbox = Toolbox::start(&namespace);
    let autoscaler = Autoscaler::watch(&namespace, "delivery");
    autoscaler.tells(SOON, "an idle pod", |it| {
        it.replicas == 1 && it.average.is_some_and(|bytes| bytes < 30 << 20)
    });
    percentages(&namespace);

    let pod = namespace.pods("app=delivery").remove(0);
    let pod = pod.pointer("/status/podIP").and_then(|it| it.as_str()).expect("an address");
    let fault = format!("http://{pod}:8080/actuator/faults/memory");
    let began = Instant::now();
    toolbox.run(&format!("curl --fail-with-body -sSX PUT '{fault}?value=60MiB'"));
    let three = autoscaler.has_pods(SOON, 3).at - began;
    namespace.rolled_out("deployment/delivery", 60);
    let taken = autoscaler.readings().iter().filter_map(|it| it.average).max().unwrap_or(0) >> 20;

    let over = Instant::now();
    toolbox.run(&format!("curl --fail-with-body -sSX DELETE '{fault}'"));
    let one = autoscaler.has_pods(LATER, 1).at - over;
    eprintln!(
        "delivery: {taken} MiB/30 MiB; three pods {three:.0?} after it took 60 MiB, one {one:.0?} \
         after it gave them back"
    );
}

/// `kubectl get hpa` shows a percentage for every service.
fn percentages(namespace: &Namespace) {
    for service in Service::ALL {
        let autoscaler = Autoscaler::watch(namespace, service.name());
        autoscaler.tells(SOON, "a percentage", |it| it.percent.is_some());
    }
    // A number can be missing for a moment, when the metrics come late; it does not stay so.
    eventually_within(SOON, || match namespace.kubectl("get hpa --no-headers") {
        table if table.contains("<unknown>") => Err(table),
        _ => Ok(()),
    });
}
