//! `lab doctor` on a real cluster: it finds what is broken, its cures heal, and it finds nothing else.

mod kinds;

use std::{process::Command, time::Duration};

use testkit::{Namespace, eventually_within, namespace::PodSecurity, workspace};

use crate::person::{Key, Run, lab};

/// What takes minutes here is minutes late as well where others work on the same machine.
const PATIENCE: Duration = Duration::from_mins(6);

const BROKEN: &str = "labs/manifests/16-broken";

/// What is said of each of the eight, and what its cure has.
const EIGHT: [(&str, &str); 8] = [
    (
        "deploy/shop-1 does not start: the image bulsajo/order:0.1 does not come",
        "bulsajo/order:0.1.0",
    ),
    (
        "deploy/shop-2 is restarted again and again by its liveness probe",
        r#"livenessProbe/httpGet/port","value":8080"#,
    ),
    (
        "deploy/shop-3 does not get ready: its readiness probe fails",
        r#""/actuator/health/readiness""#,
    ),
    ("service/shop-4 finds no pod", "set selector service/shop-4 app=shop-4"),
    ("service/shop-5 sends to port 8081 (targetPort)", r#"targetPort","value":8080"#),
    ("deploy/shop-6 waits for a node (Pending): no node has so much cpu", "--requests=cpu="),
    ("deploy/shop-7 is killed for its memory (OOMKilled", "--limits=memory="),
    ("deploy/shop-8 ends again and again", "set env deploy/shop-8 LATENCY=…"),
];

/// A namespace, and a key whose context leads into it.
struct Ward {
    namespace: Namespace,
    key: Key,
}

/// How it ended, and all that it wrote.
type Answer = (Option<i32>, String);

impl Ward {
    fn new(security: PodSecurity) -> Self {
        let namespace = Namespace::create(security);
        let key = Key::into(&namespace);
        Self { namespace, key }
    }

    fn run(&self, command: &mut Command) -> Answer {
        let run = Run::of(command.current_dir(workspace()).env("KUBECONFIG", self.key.path()));
        (run.code, run.told + &run.complained)
    }

    fn doctor(&self) -> Answer {
        self.run(&mut lab("doctor"))
    }

    fn check(&self, shops: &[&str]) -> Answer {
        self.run(Command::new(workspace().join(BROKEN).join("check")).args(shops))
    }
}

/// Asks again until this is true of the answer.
fn until(ask: impl Fn() -> Answer, right: impl Fn(Option<i32>, &str) -> bool) -> String {
    eventually_within(PATIENCE, || {
        let (code, told) = ask();
        if right(code, &told) { Ok(told) } else { Err(format!("{code:?}:\n{told}")) }
    })
}

/// The first cure of each finding, if it is a command. What is to be filled in is the time that the
/// eighth shop lacks a unit of.
fn cures(told: &str) -> Vec<String> {
    let cures = told.lines().filter_map(|it| it.trim().strip_prefix("Cure:  "));
    cures.filter(|it| it.starts_with("kubectl ")).map(|it| it.replace('…', "50ms")).collect()
}

#[test]
fn each_of_the_eight_broken_manifests_is_found_and_healed_by_its_cure() {
    if !Namespace::is_available(
        "each_of_the_eight_broken_manifests_is_found_and_healed_by_its_cure",
    ) {
        return;
    }
    let ward = Ward::new(PodSecurity::Baseline);
    ward.namespace.kubectl("apply --filename k8s/toolbox.yaml");
    ward.namespace.kubectl(&format!("apply --filename {BROKEN}"));
    ward.namespace.kubectl("wait pod/siege --for=condition=Ready --timeout=180s");
    let all =
        |told: &str| EIGHT.iter().all(|(what, cure)| told.contains(what) && told.contains(cure));
    let told = until(
        || ward.doctor(),
        |code, told| {
            // And nothing else is wrong.
            code == Some(1) && all(told) && told.starts_with("8 findings in the namespace")
        },
    );
    let (code, checked) = ward.check(&[]);
    assert_eq!((code, checked.contains("0 of 8 repaired")), (Some(1), true), "{checked}");

    let cures = cures(&told);
    assert_eq!(cures.len(), 8, "{told}");
    for cure in cures {
        let (code, told) = ward.run(Command::new("bash").args(["-c", &cure]));
        assert_eq!(code, Some(0), "{cure}: {told}");
    }
    until(|| ward.check(&[]), |code, told| code == Some(0) && told.contains("8 of 8 repaired"));
    until(|| ward.doctor(), |code, told| code == Some(0) && told.contains("Nothing is wrong"));

    // To take away what is wrong is no repair.
    ward.namespace.kubectl(
        "patch deploy shop-2 --type json --patch \
         [{\"op\":\"remove\",\"path\":\"/spec/template/spec/containers/0/livenessProbe\"}]",
    );
    ward.namespace.rolled_out("deploy/shop-2", 180);
    assert_eq!(ward.check(&["2"]), (Some(1), "shop-2: not repaired\n".to_owned()));
}

#[test]
fn a_healthy_fleet_has_no_finding_from_its_first_moment_on() {
    if !Namespace::is_available("a_healthy_fleet_has_no_finding_from_its_first_moment_on") {
        return;
    }
    let ward = Ward::new(PodSecurity::Restricted);
    ward.namespace.kubectl("apply --kustomize k8s/overlays/minimal");
    let well = |told: &str| told.contains("Nothing is wrong") && !told.contains("not ready yet");
    until(
        || ward.doctor(),
        |code, told| {
            assert_eq!(code, Some(0), "{told}");
            well(told) && ward.namespace.pods("app.kubernetes.io/component=service").len() == 5
        },
    );
}

#[test]
fn a_namespace_that_is_not_there_not_ours_or_empty_is_told_so() {
    if !Namespace::is_available("a_namespace_that_is_not_there_not_ours_or_empty_is_told_so") {
        return;
    }
    let mut ward = Ward::new(PodSecurity::Baseline);
    let (code, told) = ward.run(lab("doctor").args(["--namespace", "no-such-ward"]));
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("there is no namespace no-such-ward"), "{told}");

    let (code, told) = ward.doctor();
    assert_eq!(code, Some(0), "{told}");
    assert!(told.starts_with("There is nothing in the namespace"), "{told}");

    ward.key = Key::of_nobody(&ward.namespace);
    let (code, told) = ward.doctor();
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("you may not list pods in the namespace"), "{told}");
}
