//! Verbs, flags and resources that kubectl 1.34 does not have.

use super::{Command, Flag, flags};
use crate::migrate::change::Found;

/// Verbs of old, and what there is now.
const VERBS: [(&str, &str); 12] = [
    ("alpha", "its commands have a place of their own by now: `kubectl debug`, `kubectl events` …"),
    ("apiversions", "it is `kubectl api-versions`"),
    ("clusterinfo", "it is `kubectl cluster-info`"),
    (
        "convert",
        "it is a plugin since kubectl 1.20 (`kubectl-convert`); for manifests `lab migrate` does it",
    ),
    ("log", "it is `kubectl logs`"),
    ("namespace", "it is `kubectl config set-context --current --namespace=NAME`"),
    ("resize", "it is `kubectl scale`"),
    (
        "rolling-update",
        "it is gone since kubectl 1.18: a Deployment, and `kubectl set image`, updates its pods one by one",
    ),
    (
        "rollingupdate",
        "it is gone: a Deployment, and `kubectl set image`, updates its pods one by one",
    ),
    ("run-container", "it is `kubectl run`, which makes a pod, or `kubectl create deployment`"),
    ("stop", "it is `kubectl delete`"),
    ("update", "it is `kubectl replace`"),
];

/// Verbs that are called otherwise, with all else as it was.
const RENAMED: [(&str, &str); 6] = [
    ("apiversions", "api-versions"),
    ("clusterinfo", "cluster-info"),
    ("log", "logs"),
    ("resize", "scale"),
    ("stop", "delete"),
    ("update", "replace"),
];

enum Cure {
    /// Without it the command does what it did.
    Drop,
    Rename(&'static str),
    Tell,
}

/// Flags of old, and why they are gone. An empty verb stands for all.
const FLAGS: [(&str, &str, Cure, &str); 24] = [
    (
        "get",
        "export",
        Cure::Drop,
        "`--export` is gone since kubectl 1.18; what the cluster adds is in the output now",
    ),
    ("get", "show-all", Cure::Drop, "pods that have ended are always shown"),
    ("get", "a", Cure::Drop, "pods that have ended are always shown"),
    ("", "include-uninitialized", Cure::Drop, "there are no uninitialized objects any more"),
    ("", "use-openapi-print-columns", Cure::Drop, "the server always says which columns there are"),
    ("", "schema-cache-dir", Cure::Drop, "it is part of --cache-dir"),
    (
        "",
        "server-dry-run",
        Cure::Rename("--dry-run=server"),
        "it is a value of --dry-run since kubectl 1.18",
    ),
    (
        "",
        "output-version",
        Cure::Tell,
        "it is gone: name the version with the resource, as `deployments.v1.apps`",
    ),
    (
        "apply",
        "prune-whitelist",
        Cure::Rename("--prune-allowlist"),
        "it is called so since kubectl 1.26",
    ),
    (
        "drain",
        "delete-local-data",
        Cure::Rename("--delete-emptydir-data"),
        "it is called so since kubectl 1.20",
    ),
    ("version", "short", Cure::Drop, "`kubectl version` is short since 1.28"),
    ("version", "c", Cure::Rename("--client"), "it is called so"),
    ("expose", "generator", Cure::Drop, "there is one kind of Service by now"),
    ("autoscale", "generator", Cure::Drop, "there is one kind of autoscaler by now"),
    ("expose", "container-port", Cure::Rename("--target-port"), "it is called so"),
    ("expose", "create-external-load-balancer", Cure::Tell, "it is `--type=LoadBalancer`"),
    ("exec", "p", Cure::Tell, "it is gone: name the pod itself, `kubectl exec POD -- COMMAND`"),
    ("exec", "pod", Cure::Tell, "it is gone: name the pod itself, `kubectl exec POD -- COMMAND`"),
    (
        "port-forward",
        "p",
        Cure::Tell,
        "it is gone: name the pod itself, `kubectl port-forward POD 8080:80`",
    ),
    (
        "port-forward",
        "pod",
        Cure::Tell,
        "it is gone: name the pod itself, `kubectl port-forward POD 8080:80`",
    ),
    ("top pod", "heapster-namespace", Cure::Drop, "metrics-server took the place of Heapster"),
    ("top node", "heapster-namespace", Cure::Drop, "metrics-server took the place of Heapster"),
    ("rollout undo", "record", Cure::Drop, "it has no effect here"),
    ("replace", "record", Cure::Drop, "it has no effect here"),
];

/// Resources that no cluster serves any more.
const RESOURCES: [(&str, &str); 10] = [
    (
        "podsecuritypolicy",
        "PodSecurityPolicy is gone since Kubernetes 1.25: labels of the namespace, pod-security.kubernetes.io/enforce=…",
    ),
    (
        "podsecuritypolicies",
        "PodSecurityPolicy is gone since Kubernetes 1.25: labels of the namespace, pod-security.kubernetes.io/enforce=…",
    ),
    (
        "psp",
        "PodSecurityPolicy is gone since Kubernetes 1.25: labels of the namespace, pod-security.kubernetes.io/enforce=…",
    ),
    ("podpreset", "PodPreset is gone since Kubernetes 1.20"),
    ("podpresets", "PodPreset is gone since Kubernetes 1.20"),
    ("thirdpartyresource", "it is a CustomResourceDefinition since Kubernetes 1.8"),
    ("thirdpartyresources", "it is a CustomResourceDefinition since Kubernetes 1.8"),
    (
        "componentstatus",
        "it is out of use since Kubernetes 1.19, and often wrong: `kubectl get --raw='/readyz?verbose'`",
    ),
    (
        "componentstatuses",
        "it is out of use since Kubernetes 1.19, and often wrong: `kubectl get --raw='/readyz?verbose'`",
    ),
    (
        "cs",
        "it is out of use since Kubernetes 1.19, and often wrong: `kubectl get --raw='/readyz?verbose'`",
    ),
];

pub(super) fn mend(command: &Command<'_>, found: &mut Found) {
    verb(command, found);
    for flag in &command.call.flags {
        if flag.known {
            tell_deprecated(command, flag, found);
        } else if command.word(flag.at).literal {
            unknown(command, flag, found);
        }
    }
    resources(command, found);
    let master = command.words.iter().find(|it| it.text.contains("node-role.kubernetes.io/master"));
    if let Some(word) = master {
        let told = "it is node-role.kubernetes.io/control-plane since 1.24";
        found.tell(word.place.start, told);
    }
}

fn verb(command: &Command<'_>, found: &mut Found) {
    let Some(first) = command.call.verbs.first().map(|at| command.word(*at)) else { return };
    let Some((old, why)) = VERBS.iter().find(|(it, _)| *it == first.text) else { return };
    let why = format!("`kubectl {old}`: {why}");
    match RENAMED.iter().find(|(it, _)| it == old) {
        Some((_, new)) => found.edit(first.place.clone(), *new, &why),
        None => found.tell(first.place.start, why),
    }
}

/// What still works, with a warning.
fn tell_deprecated(command: &Command<'_>, flag: &Flag, found: &mut Found) {
    let value = flag.value.as_ref().map(|(_, value)| value.as_str());
    let told = match (flag.name.as_str(), value) {
        ("record", _) => {
            "`--record` still works and is to go: an annotation, `kubernetes.io/change-cause=…`, says \
             why"
        }
        ("dry-run", None | Some("true")) => {
            "`--dry-run` alone still works; it is `--dry-run=client`"
        }
        ("dry-run", Some("false")) => "`--dry-run=false` still works; it is `--dry-run=none`",
        ("cascade", Some("true")) => "`--cascade=true` still works; it is `--cascade=background`",
        ("cascade", Some("false")) => "`--cascade=false` still works; it is `--cascade=orphan`",
        ("cpu-percent", _) => {
            "`--cpu-percent=50` still works; since kubectl 1.34 it is `--cpu=50%`"
        }
        _ => return,
    };
    found.tell(command.at(flag.at), told);
}

fn unknown(command: &Command<'_>, flag: &Flag, found: &mut Found) {
    let verb = command.call.verb.as_str();
    // Flags behind what `exec` executes are that program's; those that `run` has lost are told there.
    let theirs = verb == "exec" && command.call.rest.get(1).is_some_and(|at| *at < flag.at);
    let lost =
        ["generator", "replicas", "schedule", "requests", "limits", "serviceaccount", "hostport"];
    if theirs || !flags::is_verb(verb) || (verb == "run" && lost.contains(&flag.name.as_str())) {
        return;
    }
    let known =
        FLAGS.iter().find(|(of, name, ..)| *name == flag.name && (of.is_empty() || *of == verb));
    match known {
        Some((_, _, Cure::Drop, why)) if only_flag(command, flag) => {
            command.drop_flag(flag, why, found);
        }
        Some((_, _, Cure::Rename(new), why)) if only_flag(command, flag) => {
            command.rename_flag(flag, new, why, found);
        }
        Some((.., why)) => found.tell(command.at(flag.at), *why),
        None => {
            let written = &command.word(flag.at).text;
            let told = format!("`{written}`: `kubectl {verb}` of 1.34 has no such flag");
            found.tell(command.at(flag.at), told);
        }
    }
}

/// No other flag is in the same word.
fn only_flag(command: &Command<'_>, flag: &Flag) -> bool {
    command.call.flags.iter().filter(|it| it.at == flag.at).count() == 1
}

fn resources(command: &Command<'_>, found: &mut Found) {
    let verb = command.call.verb.as_str();
    if !matches!(verb, "get" | "describe" | "delete" | "edit" | "explain") {
        return;
    }
    let mut rest = command.rest();
    if let Some(first) = rest.next() {
        let kinds = first.text.split(',').map(|it| it.split(['.', '/']).next().unwrap_or_default());
        for kind in kinds.map(str::to_ascii_lowercase) {
            if let Some((_, why)) = RESOURCES.iter().find(|(it, _)| *it == kind) {
                found.tell(first.place.start, *why);
            }
        }
    }
    let secret = command.rest().any(|it| it.text.starts_with("secret"));
    if let Some(word) = command.words.iter().find(|it| secret && it.text.contains("token")) {
        let told = "service accounts have no secret with a token since Kubernetes 1.24: \
                    `kubectl create token NAME` makes one";
        found.tell(word.place.start, told);
    }
}
