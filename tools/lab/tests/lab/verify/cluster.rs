//! Where worksheets run: the cluster, its namespaces, and those that are not there.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::Stdio,
};

use rustix::process::Signal;
use testkit::{Namespace, eventually, namespace::PodSecurity};

use super::Sheet;
use crate::person::{Key, Run, kubeconfig, signal};

const WHERE: &str = "```sh\nkubectl config view --minify --output 'jsonpath={..namespace}'\n```\n";

#[test]
fn without_a_cluster_it_says_what_is_missing() {
    let sheet = Sheet::new(WHERE);
    let with = |kubeconfig: &Path, options: &[&str]| {
        Run::of(sheet.command(options).env("KUBECONFIG", kubeconfig))
    };
    let missing = Path::new("/dev/null/kubeconfig");
    with(missing, &[])
        .complains(3, "there is no kubeconfig that can be read: /dev/null/kubeconfig: ");
    let nowhere = Key::to_nowhere();
    with(&nowhere.path(), &["--context", "home"])
        .complains(3, "the kubeconfig has no context home; it has: school");
    with(&nowhere.path(), &[])
        .complains(3, "the cluster of context school does not answer at http://");
}

#[test]
fn a_run_has_a_namespace_of_its_own_and_deletes_it() {
    if !Namespace::is_available("a_run_has_a_namespace_of_its_own_and_deletes_it") {
        return;
    }
    let outside = Namespace::create(PodSecurity::Baseline);
    let run = Sheet::new(&format!("{WHERE}```output\nlab-sheet-…\n```\n{POD}")).on_cluster(&[]);
    assert_eq!(run.code, Some(0), "{}{}", run.told, run.complained);
    let name = namespace_in(&run.told);
    assert!(run.complained.contains(&format!("the namespace {name} is deleted")));
    assert!(!outside.kubectl("get namespaces").contains(&name), "it is gone");
}

#[test]
fn it_is_left_when_that_is_asked_for() {
    if !Namespace::is_available("it_is_left_when_that_is_asked_for") {
        return;
    }
    let outside = Namespace::create(PodSecurity::Baseline);
    let run = Sheet::new(WHERE).on_cluster(&["--keep"]);
    let name = namespace_in(&run.told);
    let told = format!("delete it: kubectl delete namespace {name}");
    run.complains(0, &told);
    let ours = outside.kubectl("get namespaces --selector app.kubernetes.io/managed-by=lab");
    outside.kubectl(&format!("delete namespace {name} --wait=false"));
    assert!(ours.contains(&name), "{ours}");
}

#[test]
fn a_given_namespace_stays_and_another_one_is_not_made_up() {
    if !Namespace::is_available("a_given_namespace_stays_and_another_one_is_not_made_up") {
        return;
    }
    let given = Namespace::create(PodSecurity::Baseline);
    let sheet = Sheet::new(&format!("{WHERE}```output\n{}\n```\n", given.name()));
    let run = sheet.on_cluster(&["--namespace", given.name()]);
    assert_eq!(run.code, Some(0), "{}{}", run.told, run.complained);
    given.kubectl("create configmap still-there");
    let missing = format!("{}-not", given.name());
    sheet
        .on_cluster(&["--namespace", &missing])
        .complains(3, &format!("has no namespace {missing}"));
}

#[test]
fn who_may_not_is_told_what() {
    if !Namespace::is_available("who_may_not_is_told_what") {
        return;
    }
    let given = Namespace::create(PodSecurity::Baseline);
    let nobody = Key::of_nobody(&given);
    let sheet = Sheet::new(WHERE);
    let run = |options: &[&str]| Run::of(sheet.command(options).env("KUBECONFIG", nobody.path()));
    run(&[]).complains(3, "you may not create namespaces; give one that is yours");
    let told = format!("you may not create pods in the namespace {}", given.name());
    run(&["--namespace", given.name()]).complains(3, &told);
}

#[test]
fn an_interrupted_run_deletes_its_namespace() {
    if !Namespace::is_available("an_interrupted_run_deletes_its_namespace") {
        return;
    }
    let outside = Namespace::create(PodSecurity::Baseline);
    let sheet = Sheet::new(&format!("{POD}{SLEEP}"));
    let (name, run) = interrupted(&sheet);
    run.complains(143, &format!("the cluster is deleting the namespace {name}"));
    eventually(|| {
        let namespaces = outside.kubectl("get namespaces");
        if namespaces.contains(&name) { Err(namespaces) } else { Ok(()) }
    });
}

/// Nodes are not deleted with it: one that was closed would stay so.
#[test]
fn an_interrupted_run_that_works_on_nodes_cleans_up_first() {
    if !Namespace::is_available("an_interrupted_run_that_works_on_nodes_cleans_up_first") {
        return;
    }
    let clean_up = "```sh always\ntouch cleaned-up\n```\n";
    let sheet = Sheet::new(&format!("---\nnodes: 1\n---\n{POD}{SLEEP}{clean_up}"));
    let (_, run) = interrupted(&sheet);
    run.complains(143, "lab: the namespace lab-sheet-");
    assert!(sheet.folder.path().join("cleaned-up").exists(), "{}", run.told);
}

#[test]
fn too_few_nodes_are_noticed_before_anything_is_typed() {
    if !Namespace::is_available("too_few_nodes_are_noticed_before_anything_is_typed") {
        return;
    }
    let sheet = Sheet::new("---\nnodes: 99\n---\n```sh\ntouch typed\n```\n");
    let run = sheet.on_cluster(&[]);
    run.complains(3, "the worksheet needs 99 nodes that take pods, and the cluster has ");
    assert!(!sheet.folder.path().join("typed").exists() && run.told.is_empty(), "{}", run.told);
}

/// SIGTERM when the first step is done: which namespace it was in, and what it told.
fn interrupted(sheet: &Sheet) -> (String, Run) {
    let mut command = sheet.command(&[]);
    command.env("KUBECONFIG", kubeconfig());
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut lines = BufReader::new(run.stdout.take().expect("it was asked for")).lines();
    let name = namespace_in(&lines.next().expect("a line").expect("text"));
    assert!(lines.any(|it| it.expect("text").contains("ok")), "the first step is done");
    signal(&run, Signal::TERM);
    drop(lines);
    (name, Run::ended(run.wait_with_output().expect("it ends")))
}

const SLEEP: &str = "```sh within=1h\nsleep 1000\n```\n";

/// Pods are accepted from the first moment on.
const POD: &str = "```sh\nkubectl run pod --image bulsajo/toolbox:0.1.0\n```\n";

fn namespace_in(told: &str) -> String {
    let name = told.lines().next().and_then(|it| it.split("in the namespace ").nth(1));
    name.unwrap_or_else(|| panic!("no namespace in {told}")).to_owned()
}
