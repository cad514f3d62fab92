//! Hooks of a container's life: postStart and preStop.

use serde_json::Value;

use super::{
    container::Container,
    finding::{Finding, Rank},
    read::{Read as _, abridged, last_seen},
    seen::Seen,
};

/// What failed longer ago is not told, seconds.
const RECENT: i64 = 600;

pub(super) fn judge(seen: &Seen) -> Vec<Finding> {
    let containers = seen.pods().flat_map(Seen::containers).filter(|it| failed(seen, it));
    let mut findings: Vec<Finding> = containers.map(|it| post_start(seen, &it)).collect();
    findings.extend(seen.all("events").iter().filter_map(|event| pre_stop(seen, event)));
    findings
}

/// Whether its hook postStart ends it again and again.
pub(super) fn failed(seen: &Seen, it: &Container) -> bool {
    let hook = it.spec.pointer("/lifecycle/postStart").is_some_and(Value::is_object);
    let told = seen.last_event(it.pod, "FailedPostStartHook", &format!("{{{}}}", it.name()));
    let recent = told.is_some_and(|it| seen.since(last_seen(it)) < RECENT);
    hook && !it.is_ready() && (recent || it.waits() == "PostStartHookError")
}

fn post_start(seen: &Seen, it: &Container) -> Finding {
    let (maker, name) = (seen.maker(it.pod), it.name());
    let event = seen.last_event(it.pod, "FailedPostStartHook", &format!("{{{name}}}"));
    let said = match it.waits() {
        "PostStartHookError" => it.status.text("/state/waiting/message"),
        _ => event.map(|it| it.text("/message")).unwrap_or_default(),
    };
    let does = action(&it.spec["lifecycle"]["postStart"]);
    Finding::new(
        Rank::Stops,
        &maker,
        format!("is ended again and again: the hook postStart of its container {name} fails"),
    )
    .because(format!("A container whose postStart fails is killed. It {does}."))
    .cure(format!("correct lifecycle.postStart of the container {name} in {maker}, or take it out"))
    .said(abridged(said))
}

/// What a hook does.
fn action(hook: &Value) -> String {
    let words: Vec<&str> = hook.list("/exec/command").iter().filter_map(Value::as_str).collect();
    if !words.is_empty() {
        return format!("runs {}", words.join(" "));
    }
    let http = &hook["httpGet"];
    format!("asks {} on port {}", http.text("/path"), http["port"])
}

/// Of a pod that may be gone by now.
fn pre_stop(seen: &Seen, event: &Value) -> Option<Finding> {
    if event.text("/reason") != "FailedPreStopHook" || seen.since(last_seen(event)) > RECENT {
        return None;
    }
    let pod = event.text("/involvedObject/name");
    let (maker, template) = maker(seen, pod)?;
    let containers = template.list("/spec/template/spec/containers").iter();
    let path = event.text("/involvedObject/fieldPath");
    let mut hooked = containers.filter(|it| {
        let this = path.is_empty() || path.contains(&format!("{{{}}}", it.name()));
        this && it.pointer("/lifecycle/preStop").is_some_and(Value::is_object)
    });
    let container = hooked.next()?;
    let (name, does) = (container.name(), action(&container["lifecycle"]["preStop"]));
    Some(
        Finding::new(Rank::Halts, &maker, format!("the hook preStop of its container {name} fails when a pod ends"))
            .because(format!("So the pod ends at once, and not as it should. It {does}."))
            .cure(format!("correct lifecycle.preStop of the container {name} in {maker}: is what it runs in the image?"))
            .said(abridged(event.text("/message"))),
    )
}

/// What made a pod of this name, if it would make it in the same way today.
fn maker<'a>(seen: &'a Seen, pod: &str) -> Option<(String, &'a Value)> {
    let version = |it: &Value| -> i64 {
        it.text("/metadata/annotations/deployment.kubernetes.io~1revision").parse().unwrap_or(0)
    };
    let made = |name: &str| pod.strip_prefix(name).is_some_and(|it| it.starts_with('-'));
    seen.templates().find(|(maker, it)| {
        if !maker.starts_with("deploy/") {
            return made(it.name());
        }
        let sets = seen.all("replicasets").iter().filter(|set| {
            let owner = set.list("/metadata/ownerReferences").first();
            owner.is_some_and(|owner| owner.name() == it.name())
        });
        sets.max_by_key(|it| version(it)).is_some_and(|set| made(set.name()))
    })
}
