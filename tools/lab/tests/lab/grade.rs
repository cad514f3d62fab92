//! `lab grade` on a real cluster: who has done the work gets the points, and nothing is changed by it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempDir;
use testkit::{Namespace, eventually_within, namespace::PodSecurity::Baseline, workspace};

use crate::person::{Key, Run, kubeconfig, lab};

const LAB: &str = "labs/en/03-zero-downtime.md";
const MANIFESTS: &str = "labs/manifests/03-zero-downtime";

fn grade(kubeconfig: impl AsRef<Path>, words: &[&str]) -> Run {
    let mut command = lab("grade");
    Run::of(command.args(words).current_dir(workspace()).env("KUBECONFIG", kubeconfig.as_ref()))
}

/// A student's namespace, with the Service of lab 03 as this student has left it.
fn student(manifest: &str, image: &str) -> Namespace {
    let namespace = Namespace::create(Baseline);
    let read = |file: &str| fs::read_to_string(workspace().join(file)).expect("it is there");
    namespace.apply(&read("k8s/toolbox.yaml"));
    namespace.apply(&read(&format!("{MANIFESTS}/order.yaml")));
    let order = read(&format!("{MANIFESTS}/{manifest}"));
    namespace.apply(&order.replace("bulsajo/order:stable", image));
    namespace
}

/// What stands in it, each with the number that a change would raise.
fn state(namespace: &Namespace) -> String {
    namespace.kubectl(
        "get deploy,replicasets,services,configmaps --output \
         jsonpath={.items[*]['metadata.uid','metadata.generation']}",
    )
}

#[test]
fn right_half_and_wrong_get_different_points_and_nobody_stops_the_others() {
    let test = "right_half_and_wrong_get_different_points_and_nobody_stops_the_others";
    if !Namespace::is_available(test) {
        return;
    }
    let students = [
        ("4", student("order-with-readiness.yaml", "bulsajo/order:canary")),
        ("2", student("order.yaml", "bulsajo/order:canary")),
        ("0", student("order.yaml", "bulsajo/order:stable")),
    ];
    for (_, it) in &students {
        it.rolled_out("deploy/order", 170);
        it.kubectl("wait pod/siege --for=condition=Ready --timeout=170s");
        // The port is open 16 s after the start, whatever a rollout without a probe says.
        eventually_within(Duration::from_mins(3), || {
            it.try_kubectl("exec siege -- http order:8080/orders")
        });
    }
    let before: Vec<String> = students.iter().map(|(_, it)| state(it)).collect();

    let folder = tempfile::tempdir().expect("a temporary folder");
    let csv = folder.path().join("room.csv");
    let csv = csv.to_str().expect("text");
    let gone = format!("{}-gone", students[0].1.name());
    // A pattern that means this one alone.
    let last = students[2].1.name();
    let pattern = format!("{}?", &last[..last.len() - 1]);
    let (first, second) = (students[0].1.name(), students[1].1.name());
    let names = ["-n", first, "-n", second, "-n", &pattern, "-n", &gone];
    let run = grade(kubeconfig(), &[&[LAB, "--csv", csv], &names[..]].concat());

    eprintln!("{}", run.told);
    run.ends_with(1);
    assert!(run.told.contains("3 checks, 4 points"), "{}", run.told);
    assert!(run.told.contains("1 with all points, 2 with less, 1 not graded"), "{}", run.told);
    let rows = fs::read_to_string(csv).expect("it was written");
    for (points, it) in &students {
        assert!(rows.contains(&format!("\n{},{points},4,", it.name())), "{rows}");
    }
    assert!(rows.contains(&format!("\n{gone},,4,,there is no such namespace\r\n")), "{rows}");
    assert!(rows.contains(": expected /orders, came nothing more"), "why: {rows}");
    let after: Vec<String> = students.iter().map(|(_, it)| state(it)).collect();
    assert_eq!(before, after, "it only looks");

    let run = grade(kubeconfig(), &[LAB, "-n", students[0].1.name()]);
    assert_eq!(run.code, Some(0), "all points: {}{}", run.told, run.complained);
}

/// Each check of each lab can fail: whoever has done nothing but wait has no point.
#[test]
fn nothing_done_is_no_point_in_any_lab() {
    if !Namespace::is_available("nothing_done_is_no_point_in_any_lab") {
        return;
    }
    let namespace = Namespace::create(Baseline);
    namespace
        .apply(&fs::read_to_string(workspace().join("k8s/toolbox.yaml")).expect("it is there"));
    namespace.kubectl("wait pod/siege --for=condition=Ready --timeout=170s");
    for lab in labs() {
        let lab = lab.to_str().expect("text");
        let run = grade(kubeconfig(), &[lab, "-n", namespace.name()]);
        assert_eq!(run.code, Some(1), "{lab}: {}{}", run.told, run.complained);
        let none = format!("{}  0 of ", namespace.name());
        assert!(run.told.contains(&none), "{lab}: {}", run.told);
    }
}

fn labs() -> Vec<PathBuf> {
    let all = fs::read_dir(workspace().join("labs/en")).expect("there are labs");
    let all = all.map(|it| it.expect("it can be read").path());
    all.filter(|it| it.file_name().is_some_and(|name| name != "README.md")).collect()
}

#[test]
fn a_check_that_does_not_end_is_cut_off_and_the_others_count() {
    if !Namespace::is_available("a_check_that_does_not_end_is_cut_off_and_the_others_count") {
        return;
    }
    let namespace = Namespace::create(Baseline);
    let text = "```sh points=3\nsleep 1000\n```\n```sh\ntouch typed\n```\n\
                ```sh points=1\nkubectl get configmap kube-root-ca.crt\n```\n\
                ```sh points=1 fails\nkubectl get configmap none\n```\n";
    let (folder, sheet) = sheet(text);
    let run = grade(kubeconfig(), &[&sheet, "-n", namespace.name(), "--limit", "4s"]);
    run.ends_with(1);
    assert!(run.told.contains(&format!("{}  2 of 5", namespace.name())), "{}", run.told);
    assert!(run.told.contains("3 for line 1: it was not over within 4s"), "{}", run.told);
    assert!(!folder.path().join("typed").exists(), "only checks are typed");
}

#[test]
fn who_may_not_look_is_told_so() {
    if !Namespace::is_available("who_may_not_look_is_told_so") {
        return;
    }
    let namespace = Namespace::create(Baseline);
    let nobody = Key::of_nobody(&namespace);
    let (_folder, sheet) = sheet("```sh points=1\nkubectl get pods\n```\n");
    let run = grade(nobody.path(), &[&sheet, "-n", namespace.name()]);
    run.ends_with(1);
    assert!(run.told.contains("not graded: context "), "{}", run.told);
    assert!(run.told.contains("you may not get pods in the namespace"), "{}", run.told);
    let run = grade(nobody.path(), &[&sheet, "-n", "student-*"]);
    run.ends_with(3);
    assert!(run.complained.contains("you may not list namespaces"), "{}", run.complained);
}

#[test]
fn a_worksheet_without_a_check_cannot_be_graded() {
    let (_folder, sheet) = sheet("```sh\nls\n```\n");
    let run = grade("/dev/null", &[&sheet, "-n", "student-*"]);
    assert_eq!(run.code, Some(2), "{}", run.complained);
    assert!(run.complained.contains("has no check: a block that begins with ```sh points=1"));
}

fn sheet(text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("sheet.md");
    fs::write(&path, text).expect("it can be written");
    let path = path.to_str().expect("text").to_owned();
    (folder, path)
}

#[test]
fn what_is_no_pattern_is_told_before_a_cluster_is_asked() {
    let (_folder, sheet) = sheet("```sh points=1\nls\n```\n");
    let run = grade("/dev/null", &[&sheet, "-n", "student-["]);
    run.complains(2, "lab: --namespaces student-[: ");
}

/// How a line of a check may begin. Whoever is graded has built it: nobody else may change it.
const LOOKS: [&str; 6] = [
    "kubectl get ",
    "kubectl set env deploy ",
    "kubectl exec siege -- http ",
    "kubectl exec siege -- curl -s ",
    "kubectl exec siege -- kcat -b my-kafka:9092 -t ",
    "labs/manifests/16-broken/check ",
];
const CHANGES: [&str; 12] = [
    "POST", "PUT", "PATCH", "DELETE", " -P", " -d", " -X", " -T", " --json", "delete", "apply", ">",
];

#[test]
fn every_lab_has_a_check_and_no_check_changes_anything() {
    for path in labs() {
        let text = fs::read_to_string(&path).expect("a worksheet");
        let mut checks = 0;
        for block in text.split("\n```sh ").skip(1) {
            let (words, rest) = block.split_once('\n').expect("a block");
            if !words.contains("points=") {
                continue;
            }
            checks += 1;
            let (command, _) = rest.split_once("\n```").expect("its end");
            for line in command.lines() {
                let looks = LOOKS.iter().any(|it| line.starts_with(it));
                let lists = !line.contains("set env") || line.ends_with(" --list");
                let plain = line.replace("-o /dev/null", "");
                let changes = CHANGES.iter().any(|it| plain.contains(it));
                assert!(looks && lists && !changes, "{}: {line}", path.display());
            }
        }
        assert!(checks > 0, "{} has no check", path.display());
    }
}
