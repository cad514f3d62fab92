//! Each kind of object with something wrong, on a real cluster: it is found with its cause, and cures
//! that are commands heal.

use std::process::Command;

use testkit::{Namespace, namespace::PodSecurity};

use super::{Key, Ward, cures, lab, until};

const MANIFESTS: &str = "tools/lab/tests/lab/doctor/manifests";

/// What is said of each; all of a row stands in the same finding.
const WORKLOADS: [&[&str]; 14] = [
    &["job/import has failed for good", "the catalogue has no prices", "exit code 4"],
    &["cronjob/never will never run", "0 4 30 2 *"],
    &["cronjob/resting is suspended", "patch cronjob/resting"],
    &[
        "deploy/prepares does not start",
        "wait-for-broker",
        "no broker yet",
        "no Service broker here",
    ],
    &["deploy/warms-up is ended again and again", "postStart", "exit 9"],
    &["deploy/tiny has limits.memory 48m", "--limits=memory=48Mi"],
    &["deploy/asks-by-nothing does not get ready", "has no program is-it-well"],
    &["deploy/bare-script", "exec format error", "#!/bin/sh"],
    &["deploy/windows-script", "CRLF"],
    &["deploy/over-a-file does not start", "not a directory", "mountPath is a file"],
    &["deploy/alone waits for a node", "podAntiAffinity", "app=alone"],
    &["deploy/scribe has lost", "Evicted", "--limits=ephemeral-storage=32Mi"],
    &["pod/held is to be deleted", "shop.example/audit"],
    &["statefulset/store keeps its broken pod store-0", "delete pod store-0"],
];

const OTHERS: [&[&str]; 6] = [
    &["service/billing finds no pod", "apply what makes the pods of billing"],
    &["ingress/front leads to a Service tills", "Is till meant", r#""value":"till""#],
    &["hpa/till is not alone", "delete hpa/till-by-memory"],
    &["hpa/asleep is switched off", "scale deploy/asleep --replicas=1"],
    &["pdb/till lets no pod go", r#""maxUnavailable":1"#],
    &["pvc/golden gets no volume", "golden"],
];

/// The findings of an answer, each from its number to its last line.
fn findings(told: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in told.lines() {
        let numbered =
            line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
        match all.last_mut() {
            _ if numbered => all.push(line.to_owned()),
            Some(last) if line.starts_with(' ') => *last = format!("{last}\n{line}"),
            _ => {}
        }
    }
    all
}

/// All rows that no finding has.
fn missing<'a>(told: &str, rows: &[&'a [&'a str]]) -> Vec<&'a str> {
    let all = findings(told);
    let found = |row: &&&[&str]| all.iter().any(|it| row.iter().all(|part| it.contains(part)));
    rows.iter().filter(|row| !found(row)).map(|row| row[0]).collect()
}

fn until_found(ward: &Ward, rows: &[&[&str]]) -> String {
    until(
        || {
            let (code, told) = ward.doctor();
            let lacks = missing(&told, rows);
            (code, format!("missing: {lacks:?}\n{told}"))
        },
        |code, told| code == Some(1) && told.starts_with("missing: []"),
    )
}

/// Runs the first cures that are commands, of the findings about these.
fn heal(ward: &Ward, told: &str, of: &[&str]) {
    for finding in findings(told).iter().filter(|it| of.iter().any(|about| it.contains(about))) {
        for cure in cures(finding) {
            let (code, told) = ward.run(Command::new("bash").args(["-c", &cure]));
            assert_eq!(code, Some(0), "{cure}: {told}");
        }
    }
}

fn until_healed(ward: &Ward, of: &[&str]) {
    until(|| ward.doctor(), |_, told| of.iter().all(|about| !told.contains(about)));
}

#[test]
fn what_is_wrong_with_pods_of_every_kind_is_found() {
    if !Namespace::is_available("what_is_wrong_with_pods_of_every_kind_is_found") {
        return;
    }
    let ward = Ward::new(PodSecurity::Baseline);
    ward.namespace.kubectl(&format!("apply --filename {MANIFESTS}/workloads.yaml"));
    // Its template is corrected, and its pod stays what it is.
    until(
        || (Some(0), ward.namespace.kubectl("get pods --output json")),
        |_, told| told.contains("bulsajo/toolbox:never") && told.contains("ImagePullBackOff"),
    );
    ward.namespace.kubectl("set image statefulset/store main=bulsajo/toolbox:0.1.0");
    ward.namespace.kubectl("delete pod held --wait=false");
    let told = until_found(&ward, &WORKLOADS);
    let healed = ["statefulset/store", "deploy/tiny", "cronjob/resting"];
    heal(&ward, &told, &healed);
    until_healed(&ward, &healed);
    ward.namespace
        .kubectl("patch pod held --type=merge --patch {\"metadata\":{\"finalizers\":null}}");
}

#[test]
fn what_is_wrong_with_what_leads_to_pods_scales_or_protects_them_is_found() {
    if !Namespace::is_available(
        "what_is_wrong_with_what_leads_to_pods_scales_or_protects_them_is_found",
    ) {
        return;
    }
    let ward = Ward::new(PodSecurity::Baseline);
    ward.namespace.kubectl(&format!("apply --filename {MANIFESTS}/others.yaml"));
    let told = until_found(&ward, &OTHERS);
    assert!(!told.contains("set selector"), "{told}");
    let healed = ["hpa/till is not", "hpa/asleep", "pdb/till", "ingress/front leads"];
    heal(&ward, &told, &healed);
    until_healed(&ward, &healed);
}

#[test]
fn pods_that_a_quota_refuses_for_want_of_limits_get_them() {
    if !Namespace::is_available("pods_that_a_quota_refuses_for_want_of_limits_get_them") {
        return;
    }
    let ward = Ward::new(PodSecurity::Baseline);
    ward.namespace.kubectl(&format!("apply --filename {MANIFESTS}/quota.yaml"));
    let set = "-c main --limits=memory=256Mi --requests=cpu=100m";
    let rows: [&[&str]; 2] = [
        &["deploy/till gets no pods", "still has room", set],
        &["replicaset/bare gets no pods", "still has room", set],
    ];
    let told = until_found(&ward, &rows);
    heal(&ward, &told, &["deploy/till", "replicaset/bare"]);
    until(|| ward.doctor(), |code, told| code == Some(0) && told.contains("Nothing is wrong"));
}

#[test]
fn what_may_not_be_listed_is_said_and_nothing_is_called_well() {
    if !Namespace::is_available("what_may_not_be_listed_is_said_and_nothing_is_called_well") {
        return;
    }
    let mut ward = Ward::new(PodSecurity::Baseline);
    ward.namespace.kubectl("create role looks --verb=list --resource=pods,services,events");
    let account = format!("--serviceaccount={}:default", ward.namespace.name());
    ward.namespace.kubectl(&format!("create rolebinding looks --role=looks {account}"));
    ward.key = Key::of_nobody(&ward.namespace);
    let (code, told) = ward.run(&mut lab("doctor"));
    assert_eq!(code, Some(0), "{told}");
    assert!(told.starts_with("No finding in the namespace"), "{told}");
    for part in
        ["Not looked at, because you may not: ", "jobs", "ingresses", "There are no ", "pods"]
    {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
    assert!(!told.contains("Nothing is wrong"), "{told}");
}
