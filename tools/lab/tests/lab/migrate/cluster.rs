//! A cluster of today takes what comes out, and did not take what went in.

use std::{path::PathBuf, process::Command};

use serde_json::Value;
use testkit::{Namespace, eventually, namespace::PodSecurity};

use super::{after, before, path};
use crate::person::{Key, Run};

#[test]
fn a_cluster_takes_what_was_migrated_and_only_that() {
    if !Namespace::is_available("a_cluster_takes_what_was_migrated_and_only_that") {
        return;
    }
    let namespace = Namespace::create(PodSecurity::Baseline);
    let apply =
        |file: &str| namespace.try_kubectl(&format!("apply --dry-run=server --filename {file}"));
    for file in before().iter().filter(|it| it.extension().is_some_and(|it| it == "yaml")) {
        let old = apply(path(file));
        assert!(old.is_err(), "{} needs no migration: {old:?}", file.display());
        let new = after(file);
        apply(path(&new)).unwrap_or_else(|told| panic!("{}: {told}", new.display()));
    }
}

fn old(name: &str) -> PathBuf {
    before().into_iter().find(|it| it.ends_with(name)).expect("it")
}

/// What a class typed, as the shell of today takes it, and what it left behind.
#[test]
fn a_class_is_held_again() {
    if !Namespace::is_available("a_class_is_held_again") {
        return;
    }
    let namespace = Namespace::create(PodSecurity::Baseline);
    let key = Key::into(&namespace);
    let class = after(&old("class.sh"));

    let run = Run::of(Command::new("bash").arg(class).env("KUBECONFIG", key.path()));

    run.ends_with(0);
    assert!(run.complained.contains("Availability:\t\t      100.00 %"), "{}", run.complained);
    run.tells(&["\"totalElements\" : 0", "deployment \"order\" successfully rolled out"]);
    let shown = |what: &str, path: &str| namespace.get(what).pointer(path).cloned();
    let image = "/spec/template/spec/containers/0/image";
    assert_eq!(shown("deployment order", image), Some("bulsajo/order:canary".into()));
    let target = "/spec/metrics/0/resource/target/averageUtilization";
    assert_eq!(shown("hpa order", target), Some(50.into()));
    let door = "/spec/rules/0/http/paths/0/backend/service/port/number";
    assert_eq!(shown("ingress order", door), Some(8080.into()));
}

#[test]
fn a_migrated_worksheet_runs() {
    if !Namespace::is_available("a_migrated_worksheet_runs") {
        return;
    }
    let namespace = Namespace::create(PodSecurity::Baseline);
    let new = after(&old("deployment.yaml"));
    namespace.kubectl(&format!("apply --filename {}", path(&new)));
    namespace.rolled_out("deployment/order", 120);
    eventually(|| {
        let endpoints = namespace.get("endpointslices --selector kubernetes.io/service-name=order");
        let pods = endpoints.pointer("/items/0/endpoints").and_then(Value::as_array);
        let ready = |it: &&Value| it.pointer("/conditions/ready") == Some(&Value::Bool(true));
        let ready = pods.map(|it| it.iter().filter(ready).count());
        if ready == Some(2) { Ok(()) } else { Err(endpoints) }
    });
}
