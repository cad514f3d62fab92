//! Containers that cannot be made: what they need is not there, or not allowed.

use super::{
    container::Container,
    finding::{Finding, Rank},
    read::{Read as _, abridged},
    runtime,
    seen::{Seen, condition_is},
    unit,
};

const FAILED: [&str; 3] =
    ["CreateContainerConfigError", "CreateContainerError", "RunContainerError"];
/// A sandbox or a volume may need another try.
const PATIENCE: i64 = 60;

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let containers = seen.pods().flat_map(Seen::containers);
    let failed = containers.filter(|it| FAILED.contains(&it.waits()) || never_began(it));
    let mut findings: Vec<Finding> = failed.map(|it| container(seen, &it)).collect();
    findings.extend(seen.pods().filter_map(|pod| surroundings(seen, pod)));
    findings
}

/// Whether its last end was that its program could not even be started.
pub(super) fn never_began(it: &Container) -> bool {
    let ended = it.ended().map(|it| it.text("/reason")).unwrap_or_default();
    matches!(ended, "StartError" | "ContainerCannotRun") && it.running_since().is_none()
}

fn container(seen: &Seen, it: &Container) -> Finding {
    let maker = seen.maker(it.pod);
    let ended = it.ended().filter(|_| never_began(it)).map(|it| it.text("/message"));
    let said = ended.unwrap_or(it.status.text("/state/waiting/message"));
    // What the parts of the runtime said to one another before that does not help.
    let said = ["exec: ", "error mounting"]
        .iter()
        .find_map(|it| Some(&said[said.find(it)?..]))
        .unwrap_or(said);
    let what = format!("does not start: its container {} cannot be made", it.name());
    let finding = Finding::new(Rank::Stops, &maker, what).said(abridged(said));
    if let Some((cause, cure)) = missing(&seen.kubectl, said) {
        return finding.because(cause).cure(cure);
    }
    if said.contains("runAsNonRoot") || said.contains("run as root") {
        let path = format!("{}/securityContext", it.place);
        let user = serde_json::json!({ "runAsNonRoot": true, "runAsUser": 65532 });
        return finding
            .because("It may not run as root (runAsNonRoot), and its image does not name another user by number.")
            .cure(seen.patch(&maker, &path, &user));
    }
    if let Some((cause, cure)) = runtime::known(seen, it, said) {
        return finding.because(cause).cure(cure);
    }
    if said.contains("executable file not found") || said.contains("no such file") {
        return finding
            .because("Its image does not have the program that `command` or `args` name.")
            .cure(format!(
                "correct `command` of the container {} in {maker}, or leave it out",
                it.name()
            ));
    }
    finding.because(format!("The node says {}.", it.waits())).cure(format!(
        "{} describe pod {}",
        seen.kubectl,
        it.pod.name()
    ))
}

/// A pod that is waiting for a volume or a network.
fn surroundings(seen: &Seen, pod: &serde_json::Value) -> Option<Finding> {
    let waits = Seen::containers(pod)
        .any(|it| matches!(it.waits(), "ContainerCreating" | "PodInitializing"));
    if !waits || has_volumes_and_network(pod) || unit::is_too_little(pod) {
        return None;
    }
    let maker = seen.maker(pod);
    let age = seen.since(pod.time("/metadata/creationTimestamp"));
    let stays = |what: &str| Finding::new(Rank::Stops, &maker, format!("does not start: {what}"));
    let mount =
        seen.last_event(pod, "FailedMount", "").or(seen.last_event(pod, "FailedAttachVolume", ""));
    if let Some(event) = mount {
        let said = event.text("/message");
        let finding = stays("a volume cannot be mounted").said(abridged(said));
        if let Some((cause, cure)) = missing(&seen.kubectl, said) {
            return Some(finding.because(cause).cure(cure));
        }
        return (age > PATIENCE).then(|| {
            finding.because(format!("The node tries so for {age} s.")).cure(format!(
                "{} describe pod {}",
                seen.kubectl,
                pod.name()
            ))
        });
    }
    let event = seen.last_event(pod, "FailedCreatePodSandBox", "").filter(|_| age > PATIENCE)?;
    Some(
        stays("the node gives it no network or no sandbox")
            .because("This is the node's trouble, not the manifest's.")
            .cure(format!("{} get pods --namespace kube-system", seen.kubectl))
            .said(abridged(event.text("/message"))),
    )
}

/// Whether it has its volumes and its network, which its first container waits for: an event of an
/// earlier try says nothing of now.
fn has_volumes_and_network(pod: &serde_json::Value) -> bool {
    condition_is(pod, "PodReadyToStartContainers", "True").is_some()
        || Seen::containers(pod).any(|it| it.running_since().is_some())
}

/// The Secret or `ConfigMap`, or the key in it, that is not there.
fn missing(kubectl: &str, said: &str) -> Option<(String, String)> {
    let lower = said.to_lowercase();
    let kind = if lower.contains("configmap") {
        "configmap"
    } else if lower.contains("secret") {
        "secret"
    } else {
        return None;
    };
    let create = if kind == "secret" { "create secret generic" } else { "create configmap" };
    // `couldn't find key password in Secret demo/db`
    if let Some((_, rest)) = said.split_once("couldn't find key ") {
        let mut words = rest.split_whitespace();
        let key = words.next()?;
        let name = words.next_back()?.rsplit('/').next()?;
        return Some((
            format!("The {kind} {name} has no key {key}."),
            format!(
                "see which keys it has ({kubectl} describe {kind} {name}), and correct `key`, or add {key}"
            ),
        ));
    }
    if said.contains("non-existent") {
        return Some((
            format!("A volume names keys that its {kind} has not."),
            format!(
                "see which keys there are ({kubectl} describe {kind}s), and correct `items` of the volume"
            ),
        ));
    }
    // `secret "db" not found`
    let (_, rest) = lower.split_once(&format!("{kind} \""))?;
    let name = rest.split('"').next()?;
    lower.contains("not found").then(|| {
        (
            format!("There is no {kind} {name} in this namespace."),
            format!("{kubectl} {create} {name} --from-literal=KEY=VALUE, or correct the name"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn what_is_missing_is_named() {
        for (said, cause) in [
            (r#"secret "db" not found"#, "There is no secret db in this namespace."),
            (r#"configmap "shop" not found"#, "There is no configmap shop in this namespace."),
            ("couldn't find key password in Secret demo/db", "The secret db has no key password."),
            (
                "couldn't find key LATENCY in ConfigMap demo/shop",
                "The configmap shop has no key LATENCY.",
            ),
            (
                r#"MountVolume.SetUp failed for volume "x" : secret "tls" not found"#,
                "There is no secret tls in this namespace.",
            ),
            (
                r#"MountVolume.SetUp failed for volume "x" : references non-existent config key: a"#,
                "",
            ),
        ] {
            let found = missing("kubectl", said).map(|(cause, _)| cause);
            assert_eq!(found.unwrap_or_default(), cause, "{said}");
        }
    }
}
